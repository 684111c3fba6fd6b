import type { Glance } from "./query.ts";
import { normalise } from "./text.ts";
import { isRendered } from "./visible.ts";

const silent = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE"]);

/** All text of a node, hidden or not, shadow roots included: what `text=` and `label=` look at. */
export function textOf(glance: Glance, node: Element | ShadowRoot): string {
  const known = glance.texts.get(node);
  if (known !== undefined) return known;
  const text = normalise(rawText(glance, node));
  glance.texts.set(node, text);
  return text;
}

function rawText(glance: Glance, node: Element | ShadowRoot): string {
  if (isSilent(node)) return "";
  if (node instanceof HTMLInputElement) return isButton(node) ? node.value : "";
  // Without shadow roots the browser joins the text itself, unless there is something in it to be left out.
  if (glance.roots.length === 0 && node instanceof Element && !node.querySelector(silentSelector)) {
    return node.textContent ?? "";
  }
  let text = "";
  for (const child of node.childNodes) {
    if (child instanceof Text) text += child.data;
    else if (child instanceof Element) text += rawText(glance, child);
  }
  if (node instanceof Element && node.shadowRoot) text += rawText(glance, node.shadowRoot);
  return text;
}

const silentSelector = "script,style,noscript,template,input";

export function isSilent(node: Element | ShadowRoot): boolean {
  return node instanceof Element && (silent.has(node.nodeName.toUpperCase()) || node.localName === "head");
}

function isButton(input: HTMLInputElement): boolean {
  return input.type === "submit" || input.type === "button" || input.type === "reset";
}

/**
 * The text that an element shows, as a person reads it, in the ways in which it may be meant: as it was written, and as
 * `text-transform` draws it. A control shows its value, a list its chosen options. What is not rendered shows what it holds.
 */
export function shownTexts(element: Element): string[] {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)
    return [normalise(element.value)];
  if (element instanceof HTMLSelectElement) {
    return [normalise([...element.selectedOptions].map((option) => option.label).join(" "))];
  }
  const written = normalise(isRendered(element) ? writtenIn(element) : (element.textContent ?? ""));
  if (!(element instanceof HTMLElement) || element.shadowRoot) return [written];
  // biome-ignore lint/performance/useDomNodeTextContent: the text as it is drawn is what is asked for
  const drawn = normalise(element.innerText);
  return drawn === written || drawn.toLowerCase() !== written.toLowerCase() ? [written] : [written, drawn];
}

function writtenIn(element: Element | ShadowRoot): string {
  let text = "";
  for (const node of childrenShown(element)) {
    if (node instanceof Text) text += node.data;
    else if (node instanceof Element && !isSilent(node)) text += textOfChild(node);
  }
  return text;
}

function textOfChild(element: Element): string {
  if (element.localName === "br") return "\n";
  if (element instanceof HTMLTextAreaElement || element.localName === "select") return "";
  const style = getComputedStyle(element);
  if (style.display === "none") return "";
  const text = style.visibility === "visible" || element.childElementCount > 0 ? writtenIn(element) : "";
  return /^(inline|contents)/.test(style.display) ? text : ` ${text} `;
}

function childrenShown(element: Element | ShadowRoot): Iterable<Node> {
  if (element instanceof HTMLSlotElement) {
    const assigned = element.assignedNodes();
    if (assigned.length > 0) return assigned;
  }
  return element instanceof Element && element.shadowRoot
    ? element.shadowRoot.childNodes
    : element.childNodes;
}
