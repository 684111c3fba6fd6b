import type { AriaStates } from "../../../db/domain/aria-snapshot.ts";
import { nameOf } from "./accname.ts";
import type { Glance } from "./query.ts";
import { roleOf } from "./roles.ts";
import { checkedOf, isDisabled } from "./states.ts";
import { normalise } from "./text.ts";
import { isHiddenForAria } from "./visible.ts";

/** What assistive technology sees: texts, and elements with a role. */
export type AriaNode =
  | string
  | { role: string; name: string; states: AriaStates; url: string | null; children: AriaNode[] };

const nodesMax = 20_000;
const transparent = new Set(["generic", "presentation", "none", "document"]);
/** Of these, what they hold is told instead of what they are made of. */
const fields = new Set(["textbox", "searchbox", "spinbutton", "combobox", "slider"]);

/** The tree below an element, itself included; elements without a role are seen through. */
export function ariaTree(glance: Glance, root: Element): AriaNode[] {
  const walk = { glance, left: nodesMax };
  return folded(nodesOf(root, walk));
}

type Walk = { glance: Glance; left: number };

function nodesOf(element: Element, walk: Walk): AriaNode[] {
  if (--walk.left < 0 || isHiddenForAria(walk.glance, element)) return [];
  const role = roleOf(element);
  if (role === null || transparent.has(role)) return inner(element, walk);
  const name = nameOf(walk.glance, element);
  const children = fields.has(role) ? heldText(element) : folded(inner(element, walk));
  // A text that only says the name again says nothing.
  const isRepeated = children.length === 1 && children[0] === name;
  return [
    {
      role,
      name,
      states: statesOf(element, role),
      url: urlOf(element),
      children: isRepeated ? [] : children,
    },
  ];
}

function heldText(element: Element): AriaNode[] {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
    return element.value === "" ? [] : [normalise(element.value)];
  }
  if (element instanceof HTMLSelectElement) {
    return [...element.options].map((option) => ({
      role: "option",
      name: normalise(option.label),
      states: option.selected ? { selected: true } : {},
      url: null,
      children: [],
    }));
  }
  const text = normalise(element.textContent ?? "");
  return text === "" ? [] : [text];
}

function inner(element: Element, walk: Walk): AriaNode[] {
  const nodes: AriaNode[] = [];
  const isBlock = !/^(inline|contents)/.test(getComputedStyle(element).display);
  if (isBlock) nodes.push(" ");
  for (const child of childrenOf(element)) {
    if (child instanceof Text) nodes.push(child.data);
    else if (child instanceof Element) nodes.push(...nodesOf(child, walk));
  }
  if (isBlock) nodes.push(" ");
  return nodes;
}

function childrenOf(element: Element): Iterable<Node> {
  if (element instanceof HTMLSlotElement) {
    const assigned = element.assignedNodes();
    if (assigned.length > 0) return assigned;
  }
  return (element.shadowRoot ?? element).childNodes;
}

/** Texts beside each other are one. */
function folded(nodes: AriaNode[]): AriaNode[] {
  const result: AriaNode[] = [];
  let text = "";
  const flush = () => {
    const line = normalise(text);
    if (line !== "") result.push(line);
    text = "";
  };
  for (const node of nodes) {
    if (typeof node === "string") text += node;
    else {
      flush();
      result.push(node);
    }
  }
  flush();
  return result;
}

const checkable = /^(checkbox|radio|switch|menuitemcheckbox|menuitemradio|option|treeitem)$/;

function statesOf(element: Element, role: string): AriaStates {
  const states: AriaStates = {};
  const level = /^h([1-6])$/.exec(element.localName)?.[1] ?? element.getAttribute("aria-level");
  if (role === "heading") states.level = Number(level ?? 2);
  const checked = checkable.test(role) ? checkedOf(element) : false;
  if (checked !== false) states.checked = checked;
  const pressed = element.getAttribute("aria-pressed");
  if (pressed === "true" || pressed === "mixed") states.pressed = pressed === "mixed" ? "mixed" : true;
  const isOpen =
    element.localName === "details" ? element.hasAttribute("open") : element.getAttribute("aria-expanded");
  if (isOpen === true || isOpen === "true") states.expanded = true;
  const isSelected =
    element instanceof HTMLOptionElement
      ? element.selected
      : element.getAttribute("aria-selected") === "true";
  if (isSelected) states.selected = true;
  if (isDisabled(element)) states.disabled = true;
  return states;
}

function urlOf(element: Element): string | null {
  return element.localName === "a" || element.localName === "area" ? element.getAttribute("href") : null;
}

const linesMax = 120;

/** The tree as a snapshot, so that it can be pasted into a test. */
export function ariaLines(nodes: readonly AriaNode[]): string[] {
  const lines: string[] = [];
  write(nodes, "", lines);
  return lines.length > linesMax ? [...lines.slice(0, linesMax), "# … and more"] : lines;
}

function write(nodes: readonly AriaNode[], indent: string, lines: string[]): void {
  for (const node of nodes) {
    if (lines.length > linesMax) return;
    if (typeof node === "string") {
      lines.push(`${indent}- text: ${plain(node)}`);
      continue;
    }
    const states = Object.entries(node.states).map(([key, value]) =>
      value === true ? ` [${key}]` : ` [${key}=${value}]`,
    );
    const head = `${indent}- ${node.role}${node.name === "" ? "" : ` ${JSON.stringify(node.name)}`}${states.join("")}`;
    const [only] = node.children;
    if (node.children.length === 0) lines.push(head);
    else if (node.children.length === 1 && typeof only === "string") lines.push(`${head}: ${plain(only)}`);
    else {
      lines.push(`${head}:`);
      write(node.children, `${indent}  `, lines);
    }
  }
}

/** Quoted where YAML would take it for something else. */
function plain(text: string): string {
  return /^[\p{L}\p{N}][^:#]*$/u.test(text) && !/^(true|false|null|~|[-+.\d][\d.eE+-]*)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
