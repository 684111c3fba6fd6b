import { outline } from "./outline.ts";
import { closest, isRenderedInside, parentOf, renderedParentOf } from "./tree.ts";

export type Point = { x: number; y: number };
export type Box = { x: number; y: number; width: number; height: number };

/** The element's box in CSS pixels of this frame's viewport, to a hundredth. */
export function boxOf(element: Element): Box {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x: hundredth(x), y: hundredth(y), width: hundredth(width), height: hundredth(height) };
}

/**
 * Where to press: the middle of the first part of the element that can be seen, or the position counted from its upper left
 * corner. Null when the place is outside of the viewport or of a box that clips it.
 */
export function pointOf(element: Element, position: Point | null): Point | null {
  if (position) {
    const { x, y } = element.getBoundingClientRect();
    const point = { x: hundredth(x + position.x), y: hundredth(y + position.y) };
    return contains(visibleArea(element), point) ? point : null;
  }
  const area = visibleArea(element);
  for (const rect of rectsOf(element)) {
    const left = Math.max(rect.left, area.left);
    const top = Math.max(rect.top, area.top);
    const width = Math.min(rect.right, area.right) - left;
    const height = Math.min(rect.bottom, area.bottom) - top;
    if (width >= 1 && height >= 1) return { x: hundredth(left + width / 2), y: hundredth(top + height / 2) };
    const isThin = (rect.width < 1 || rect.height < 1) && width > 0 && height > 0;
    if (isThin) return { x: hundredth(left + width / 2), y: hundredth(top + height / 2) };
  }
  return null;
}

/** An element without a box of its own is pressed where its content is. */
function rectsOf(element: Element): DOMRect[] {
  const own = [...element.getClientRects()];
  if (own.length > 0) return own;
  return [...element.children].flatMap((child) => [...child.getClientRects()]);
}

type Area = { left: number; top: number; right: number; bottom: number };

/** The part of the viewport in which the element can show: what its scrolling ancestors leave of it. */
function visibleArea(element: Element): Area {
  let area: Area = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  let position = getComputedStyle(element).position;
  for (let at = renderedParentOf(element); at; at = renderedParentOf(at)) {
    if (position === "fixed" || at === document.documentElement || at === document.body) break;
    const style = getComputedStyle(at);
    // Only the ancestor that positions an absolute element clips it.
    if (position === "absolute" && style.position === "static") continue;
    if (style.overflowX !== "visible" || style.overflowY !== "visible") {
      const { left, top, right, bottom } = at.getBoundingClientRect();
      area = {
        left: Math.max(area.left, left),
        top: Math.max(area.top, top),
        right: Math.min(area.right, right),
        bottom: Math.min(area.bottom, bottom),
      };
    }
    position = style.position;
  }
  return area;
}

function contains(area: Area, { x, y }: Point): boolean {
  return x >= area.left && x < area.right && y >= area.top && y < area.bottom;
}

const alignments: readonly ScrollIntoViewOptions[] = [
  { block: "center", inline: "center" },
  { block: "end", inline: "nearest" },
  { block: "start", inline: "nearest" },
];

/** Scrolls so that the place can be pressed; each round tries another alignment, for pages with bars that cover an edge. */
export function bringIntoView(element: Element, position: Point | null, round: number): void {
  const options = alignments[round % alignments.length] ?? {};
  element.scrollIntoView({ ...options, behavior: "instant" });
  if (!position || pointOf(element, position)) return;
  const { x, y } = element.getBoundingClientRect();
  scrollBy({
    left: x + position.x - innerWidth / 2,
    top: y + position.y - innerHeight / 2,
    behavior: "instant",
  });
}

/** Within a frame, the frame itself may be out of view; the frames around it scroll along, as far as they let us. */
export function bringFrameIntoView(element: Element): void {
  if (window.parent !== window)
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}

/** Why a press at the point would not reach the element; null when it would. */
export function whyCovered(element: Element, point: Point): string | null {
  const hit = elementAt(point);
  if (hit && receives(element, hit)) return null;
  if (getComputedStyle(element).pointerEvents === "none")
    return "lets the pointer through (pointer-events: none)";
  if (!hit) return `is not at (${point.x}, ${point.y}), where it would be pressed`;
  return `is covered by ${outline(hit)}${partOf(hit, element)}`;
}

function elementAt({ x, y }: Point): Element | null {
  let hit = document.elementFromPoint(x, y);
  while (hit?.shadowRoot) {
    const inner: Element | null = hit.shadowRoot.elementFromPoint(x, y);
    if (!inner || inner === hit || !isRenderedInside(inner, hit)) break;
    hit = inner;
  }
  return hit;
}

/** Whether a press at the point reaches the element, and if not, what is there. */
export function coverAt(element: Element, point: Point): Element | null {
  const hit = elementAt(point);
  return hit && !receives(element, hit) ? hit : null;
}

/** Room that is left between an element and a bar. */
const barGap = 8;

/**
 * Scrolls so that the element comes out from under a bar that stays where it is (fixed or sticky) while the page scrolls.
 * False when there is no such bar at the point, or no room beside it.
 */
export function clearOfBar(element: Element, point: Point): boolean {
  const bar = barAt(element, point);
  if (!bar) return false;
  const { top, bottom } = bar.getBoundingClientRect();
  const box = element.getBoundingClientRect();
  const isAbove = top <= 1 || (top + bottom) / 2 < innerHeight / 2;
  const room = isAbove ? innerHeight - bottom : top;
  if (room < 1) return false;
  // What is higher than the room is shown from its upper edge on, below a bar; to its lower edge, above one.
  const by = isAbove ? box.top - bottom - barGap : box.bottom - top + barGap;
  const scroller = scrollerOf(element);
  const before = scroller.scrollTop;
  scroller.scrollBy({ top: by, behavior: "instant" });
  return scroller.scrollTop !== before;
}

function barAt(element: Element, point: Point): Element | null {
  for (let at = coverAt(element, point); at; at = renderedParentOf(at)) {
    if (isRenderedInside(element, at)) return null;
    if (/^(fixed|sticky)$/.test(getComputedStyle(at).position)) return at;
  }
  return null;
}

/** The nearest thing around the element that scrolls it up and down. */
function scrollerOf(element: Element): Element {
  for (let at = renderedParentOf(element); at; at = renderedParentOf(at)) {
    if (at === document.body || at === document.documentElement) break;
    if (at.scrollHeight > at.clientHeight && /auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return document.scrollingElement ?? document.documentElement;
}

/** A press on the hit element counts as one on the target: its inside, its label, or the button that both are in. */
function receives(target: Element, hit: Element): boolean {
  if (isRenderedInside(hit, target)) return true;
  const label = closest(hit, "label");
  if (label instanceof HTMLLabelElement && label.control === target) return true;
  const button = closest(target, "button,[role=button],a,[role=link]");
  return button !== null && !target.matches("input,textarea,select") && isRenderedInside(hit, button);
}

/** Names the outermost layer that does the covering, when it is another one than what was hit. */
function partOf(hit: Element, target: Element): string {
  let layer = hit;
  for (let at = parentOf(layer); at && !isRenderedInside(target, at); at = parentOf(at)) layer = at;
  return layer === hit ? "" : `, a part of ${outline(layer)}`;
}

function hundredth(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
