import { nativeName } from "./native-name.ts";
import type { Glance } from "./query.ts";
import { roleOf } from "./roles.ts";
import { selectedLabels } from "./select.ts";
import { normalise } from "./text.ts";
import { isHiddenForAria } from "./visible.ts";

/**
 * The accessible name (accname 1.2). `from` says on whose behalf the walk has come to a node: its own name, the content of an
 * ancestor, a label, or `aria-labelledby`.
 */
export type Walk = {
  glance: Glance;
  visited: Set<Element>;
  from: "self" | "content" | "label" | "labelledby" | "native";
  /** The walk began at something hidden that was referred to, so that hidden parts count. */
  throughHidden: boolean;
  /** `aria-labelledby` has been followed; it is followed only once. */
  inReference: boolean;
  /** Whose name it is all for. */
  owner: Element;
};

const nameless = new Set(
  `caption code definition deletion emphasis generic insertion mark paragraph presentation strong subscript superscript term
  time`.split(/\s+/),
);
const namedByContent = new Set(
  `button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row rowheader
  switch tab tooltip treeitem`.split(/\s+/),
);
const readThrough = new Set(
  `caption code contentinfo definition deletion emphasis generic insertion list listitem mark paragraph presentation region
  rowgroup section strong subscript superscript table term time`.split(/\s+/),
);
const ranges = new Set(["progressbar", "scrollbar", "slider", "spinbutton", "meter"]);

/** The name of the element for assistive technology, white space folded. */
export function nameOf(glance: Glance, element: Element): string {
  const known = glance.names.get(element);
  if (known !== undefined) return known;
  const role = roleOf(element);
  const name =
    role !== null && nameless.has(role)
      ? ""
      : normalise(
          alternativeOf(element, {
            glance,
            visited: new Set(),
            from: "self",
            throughHidden: false,
            inReference: false,
            owner: element,
          }),
        );
  glance.names.set(element, name);
  return name;
}

/** The elements that an attribute of ids refers to, in its own tree. */
export function referencesOf(element: Element, attribute: string): Element[] {
  const ids = element.getAttribute(attribute)?.trim();
  if (!ids) return [];
  const root = element.getRootNode();
  if (!(root instanceof Document || root instanceof ShadowRoot)) return [];
  const found = ids.split(/\s+/).map((id) => root.getElementById(id));
  return [...new Set(found.filter((one) => one !== null))];
}

/** The text alternative of one node on the walk. */
export function alternativeOf(element: Element, walk: Walk): string {
  if (walk.visited.has(element)) return "";
  if (!walk.throughHidden && walk.from !== "self" && isHiddenForAria(walk.glance, element)) {
    walk.visited.add(element);
    return "";
  }
  if (!walk.inReference) {
    const named = fromReferences(element, walk);
    if (named !== "") return named;
  }
  const role = roleOf(element) ?? "";
  if (walk.from !== "self") {
    const value = embeddedValue(element, role, walk);
    if (value !== null) {
      walk.visited.add(element);
      return value;
    }
  }
  const label = element.getAttribute("aria-label")?.trim() ?? "";
  if (label !== "") {
    walk.visited.add(element);
    return label;
  }
  return fromElement(element, role, walk);
}

function fromReferences(element: Element, walk: Walk): string {
  return referencesOf(element, "aria-labelledby")
    .map((reference) =>
      alternativeOf(reference, {
        ...walk,
        visited: new Set(),
        from: "labelledby",
        inReference: true,
        throughHidden: isHiddenForAria(walk.glance, reference),
        owner: walk.from === "self" ? element : walk.owner,
      }),
    )
    .filter((text) => text.trim() !== "")
    .join(" ");
}

/** What a control says when it stands in the text of something else: its value. Null when it is no such control. */
function embeddedValue(element: Element, role: string, walk: Walk): string | null {
  if (element === walk.owner && walk.from === "label") return "";
  if (role === "textbox" || role === "searchbox") {
    return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
      ? element.value
      : (element.textContent ?? "");
  }
  if (role === "combobox" || role === "listbox") return chosenIn(element, walk);
  if (ranges.has(role)) {
    const value = element.getAttribute("aria-valuetext") ?? element.getAttribute("aria-valuenow");
    if (value !== null) return value;
    if (element instanceof HTMLInputElement) return element.value;
    return element.getAttribute("value") ?? "";
  }
  return role === "menu" ? "" : null;
}

function chosenIn(element: Element, walk: Walk): string {
  if (element instanceof HTMLSelectElement) return selectedLabels(element).join(" ");
  if (element instanceof HTMLInputElement) return element.value;
  const list = element.matches("[role=listbox]")
    ? element
    : ([element, ...referencesOf(element, "aria-controls"), ...referencesOf(element, "aria-owns")]
        .map((one) => (one.matches("[role=listbox]") ? one : one.querySelector("[role=listbox]")))
        .find((one) => one !== null) ?? element);
  return [...list.querySelectorAll('[role=option][aria-selected="true"]')]
    .map((option) => alternativeOf(option, { ...walk, from: "content" }))
    .join(" ");
}

function fromElement(element: Element, role: string, walk: Walk): string {
  if (role !== "presentation") {
    const native = nativeName(element, walk);
    if (native !== null) {
      walk.visited.add(element);
      return native;
    }
  }
  const readsContent =
    namedByContent.has(role) ||
    walk.from === "labelledby" ||
    walk.from === "label" ||
    walk.from === "native" ||
    (walk.from === "content" && (role === "" || readThrough.has(role)));
  if (readsContent) {
    walk.visited.add(element);
    const text = contentOf(element, walk);
    // A name of blanks only still separates words inside of another name.
    if (walk.from === "self" ? text.trim() !== "" : text !== "") return text;
  }
  walk.visited.add(element);
  const title = role === "presentation" ? "" : (element.getAttribute("title")?.trim() ?? "");
  return title;
}

function contentOf(element: Element, walk: Walk): string {
  const inner: Walk = walk.from === "self" ? { ...walk, from: "content" } : walk;
  const pieces = [generated(element, "::before")];
  for (const node of renderedChildren(element)) pieces.push(textOfNode(node, inner));
  for (const owned of referencesOf(element, "aria-owns")) pieces.push(textOfNode(owned, inner));
  pieces.push(generated(element, "::after"));
  return pieces.join("");
}

function textOfNode(node: Node, walk: Walk): string {
  if (node instanceof Text) return node.data;
  if (!(node instanceof Element)) return "";
  // What is inside of a referenced element is content; only the element itself is referred to.
  const from = walk.from === "labelledby" ? "content" : walk.from;
  const text = alternativeOf(node, { ...walk, from: from === "self" ? "content" : from });
  const display = getComputedStyle(node).display;
  return node.localName === "br" || !(display.startsWith("inline") || display === "contents")
    ? ` ${text} `
    : text;
}

function renderedChildren(element: Element): Iterable<Node> {
  if (element instanceof HTMLSlotElement) {
    const assigned = element.assignedNodes();
    if (assigned.length > 0) return assigned;
  }
  const owned = element.shadowRoot ?? element;
  return [...owned.childNodes].filter(
    (node) => !(node instanceof Element && node.id !== "" && isOwnedElsewhere(node, element)),
  );
}

/** What another element owns (`aria-owns`) is read there. */
function isOwnedElsewhere(element: Element, parent: Element): boolean {
  const root = element.getRootNode();
  if (!(root instanceof Document || root instanceof ShadowRoot)) return false;
  const owner = root.querySelector(`[aria-owns~="${CSS.escape(element.id)}"]`);
  return owner !== null && owner !== parent;
}

/** Text that style sheets put before or after the content. */
function generated(element: Element, pseudo: "::before" | "::after"): string {
  const style = getComputedStyle(element, pseudo);
  if (style.content === "none" || style.content === "normal" || style.content === "") return "";
  if (style.display === "none" || style.visibility !== "visible") return "";
  const alternative = /\/\s*("(?:\\.|[^"\\])*")\s*$/.exec(style.content);
  const source = alternative?.[1] ?? style.content;
  const text = [...source.matchAll(/"((?:\\.|[^"\\])*)"|attr\(\s*([\w-]+)\s*\)/g)]
    .map(([, literal, attribute]) =>
      attribute ? (element.getAttribute(attribute) ?? "") : (literal ?? "").replace(/\\(.)/g, "$1"),
    )
    .join("");
  return style.display.startsWith("inline") || text === "" ? text : ` ${text} `;
}
