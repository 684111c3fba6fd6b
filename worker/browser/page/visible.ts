import { outline } from "./outline.ts";
import type { Glance } from "./query.ts";
import { renderedParentOf } from "./tree.ts";

/** Why nobody can see the element, in words; null when it is visible. One that is fully transparent counts as visible. */
export function whyInvisible(element: Element): string | null {
  if (!element.isConnected) return "is no longer in the page";
  const style = getComputedStyle(element);
  if (style.display === "contents") {
    return hasVisibleContent(element) ? null : "has display: contents and nothing visible in it";
  }
  if (style.display === "none") return "has display: none";
  if (style.visibility !== "visible") return `has visibility: ${style.visibility}`;
  if (!isRendered(element)) return whyNotRendered(element);
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 ? null : `has an empty box (${round(width)}×${round(height)})`;
}

export function isVisible(element: Element): boolean {
  return whyInvisible(element) === null;
}

/** Whether no ancestor takes it out of the rendering (display: none, a closed details, content-visibility). */
export function isRendered(element: Element): boolean {
  return typeof element.checkVisibility === "function"
    ? element.checkVisibility()
    : element.getClientRects().length > 0;
}

function whyNotRendered(element: Element): string {
  for (let at = renderedParentOf(element); at; at = renderedParentOf(at)) {
    if (getComputedStyle(at).display === "none")
      return `is inside of ${outline(at)}, which has display: none`;
    if (at.localName === "details" && !at.hasAttribute("open"))
      return `is inside of ${outline(at)}, which is closed`;
  }
  return "is not rendered";
}

function hasVisibleContent(element: Element): boolean {
  for (const child of element.childNodes) {
    if (child instanceof Element ? isVisible(child) : child instanceof Text && isVisibleText(child))
      return true;
  }
  return false;
}

function isVisibleText(text: Text): boolean {
  const range = document.createRange();
  range.selectNode(text);
  const { width, height } = range.getBoundingClientRect();
  return width > 0 && height > 0;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** Whether the accessibility tree leaves the element out: not rendered, invisible, or under `aria-hidden`. */
export function isHiddenForAria(glance: Glance, element: Element): boolean {
  const known = glance.hidden.get(element);
  if (known !== undefined) return known;
  const hidden = worksOutHidden(glance, element);
  glance.hidden.set(element, hidden);
  return hidden;
}

const unseen = new Set(["style", "script", "noscript", "template"]);

function worksOutHidden(glance: Glance, element: Element): boolean {
  if (unseen.has(element.localName)) return true;
  // The options of a closed list have no box, and yet they are there.
  const list =
    element.localName === "option" || element.localName === "optgroup" ? element.closest("select") : null;
  if (list) return isHiddenForAria(glance, list);
  const style = getComputedStyle(element);
  if (style.display !== "contents" && style.visibility !== "visible") return true;
  return isCutOff(glance, element, style.display);
}

function isCutOff(glance: Glance, element: Element, display: string): boolean {
  if (display === "none" || element.getAttribute("aria-hidden") === "true" || element.hasAttribute("inert"))
    return true;
  // A child of a host that no slot takes up is not rendered.
  if (element.parentElement?.shadowRoot && !element.assignedSlot) return true;
  if (display === "contents") {
    const parent = renderedParentOf(element);
    return parent !== null && isHiddenForAria(glance, parent);
  }
  return !isRendered(element) || isUnderHidden(glance, element);
}

/** Whether something around the element is marked as hidden. */
function isUnderHidden(glance: Glance, element: Element): boolean {
  const parent = renderedParentOf(element);
  if (!parent) return false;
  let cutOff = glance.cutOff.get(parent);
  if (cutOff === undefined) {
    const isMarked = parent.getAttribute("aria-hidden") === "true" || parent.hasAttribute("inert");
    cutOff = isMarked || isUnderHidden(glance, parent);
    glance.cutOff.set(parent, cutOff);
  }
  return cutOff;
}
