import type { AriaSnapshot, AriaTemplate } from "../../../db/domain/aria-snapshot.ts";
import { type AriaNode, ariaLines, ariaTree } from "./aria-tree.ts";
import type { Want } from "./contract.ts";
import type { Fault } from "./fault.ts";
import type { Glance } from "./query.ts";
import type { Found } from "./resolve.ts";
import { canonicalRole } from "./roles.ts";
import { shown, type TextTest, textTest } from "./text.ts";

type Element = Exclude<AriaNode, string>;

/** Why the element does not have the structure, with the nearest that is there; null when it has it. */
export function ariaFault(
  { snapshot, not }: Extract<Want, { kind: "aria" }>,
  { element, locator }: Found,
  glance: Glance,
): Fault | null {
  const tree = ariaTree(glance, element);
  if (matchesTree(tree, snapshot) !== not) return null;
  const miss = not ? null : firstMiss(tree, snapshot);
  const message = not
    ? `expected ${locator.source} not to have the structure of the snapshot, but it has`
    : `expected ${locator.source} to have the structure of the snapshot${miss ? `, but there is no ${miss}` : ""}`;
  return {
    code: "assertion-failed",
    message,
    seen: miss ? `no ${miss}` : "another structure",
    explain: () => `What is there:\n${ariaLines(tree).join("\n")}`,
  };
}

/** Whether the list of the snapshot stands somewhere in the tree: beside each other, in order, with anything between. */
function matchesTree(nodes: readonly AriaNode[], snapshot: AriaSnapshot): boolean {
  if (holds(nodes, snapshot.children, snapshot.isWhole)) return true;
  return nodes.some((node) => typeof node !== "string" && matchesTree(node.children, snapshot));
}

function holds(nodes: readonly AriaNode[], templates: readonly AriaTemplate[], isWhole: boolean): boolean {
  if (isWhole && nodes.length !== templates.length) return false;
  if (isWhole) return templates.every((template, index) => matches(nodes[index], template));
  let at = 0;
  for (const template of templates) {
    while (at < nodes.length && !matches(nodes[at], template)) at++;
    if (at++ >= nodes.length) return false;
  }
  return true;
}

function matches(node: AriaNode | undefined, template: AriaTemplate): boolean {
  if (node === undefined) return false;
  if (template.kind === "text") return typeof node === "string" && textOf(template.text)(node);
  if (typeof node === "string" || !matchesHead(node, template)) return false;
  // A text that is also the name stands in the name only.
  const [only] = template.children;
  if (node.children.length === 0 && template.children.length === 1 && only?.kind === "text") {
    return textOf(only.text)(node.name);
  }
  return holds(node.children, template.children, template.isWhole);
}

type RoleTemplate = Extract<AriaTemplate, { kind: "role" }>;

function matchesHead(node: Element, template: RoleTemplate): boolean {
  if (node.role !== canonicalRole(template.role)) return false;
  if (template.name !== null && !textOf(template.name)(node.name)) return false;
  if (template.url !== null && !(node.url !== null && textOf(template.url)(node.url))) return false;
  const wanted = Object.entries(template.states) as [keyof typeof node.states, unknown][];
  return wanted.every(([key, value]) => (node.states[key] ?? false) === value);
}

const tests = new WeakMap<object, TextTest>();

/** Made once for each text of a snapshot: a wait asks many times. */
function textOf(match: Extract<AriaTemplate, { kind: "text" }>["text"]): TextTest {
  const known = tests.get(match);
  if (known) return known;
  const test = textTest(match);
  tests.set(match, test);
  return test;
}

/** The first line of the snapshot that nothing in the tree is like, by itself. */
function firstMiss(nodes: readonly AriaNode[], { children }: AriaSnapshot): string | null {
  for (const template of children) {
    const found =
      template.kind === "text"
        ? anyIn(nodes, template)
        : anyIn(nodes, { ...template, children: [], isWhole: false });
    if (!found) return describe(template);
    const inner = template.kind === "role" ? firstMiss(nodes, template) : null;
    if (inner) return inner;
  }
  return null;
}

function anyIn(nodes: readonly AriaNode[], template: AriaTemplate): boolean {
  return nodes.some(
    (node) =>
      matches(node, template) ||
      (typeof node !== "string" && anyIn(node.children, template)) ||
      isNamed(node, template),
  );
}

function isNamed(node: AriaNode, template: AriaTemplate): boolean {
  return typeof node !== "string" && template.kind === "text" && textOf(template.text)(node.name);
}

function describe(template: AriaTemplate): string {
  const words = (match: RoleTemplate["name"]) =>
    match === null
      ? ""
      : match.match === "regex"
        ? ` /${match.source}/${match.flags}`
        : ` ${shown(match.text, 80)}`;
  if (template.kind === "text") return `text${words(template.text)}`;
  const states = Object.entries(template.states).map(([key, value]) =>
    value === true ? ` [${key}]` : ` [${key}=${value}]`,
  );
  return `${template.role}${words(template.name)}${states.join("")}`;
}
