import type { Changes } from "./changes.ts";
import type { Fault } from "./fault.ts";
import {
  type Box,
  boxOf,
  bringFrameIntoView,
  bringIntoView,
  clearOfBar,
  type Point,
  pointOf,
  whyCovered,
} from "./hit.ts";
import { controlOf, whyDisabled, whyReadOnly } from "./states.ts";
import { whyInvisible } from "./visible.ts";
import { nextFrame } from "./wait.ts";

type Need = "visible" | "enabled" | "editable";

/** A page in which nothing has moved for so long (three frames) has been still for the two frames that are asked for. */
const quietMs = 50;
const stillFrames = 2;
/** An animation that was just started shows its first picture until the browser has got it going. */
const startingFramesMax = 10;

/** What hinders a person from using the element, apart from where it is; null when nothing does. */
export function whyUnusable(element: Element, name: string, needs: readonly Need[]): Fault | null {
  const invisible = needs.includes("visible") ? whyInvisible(element) : null;
  if (invisible) return fault("not-visible", `expected ${name} to be visible, but it ${invisible}`);
  const control = controlOf(element);
  const disabled = needs.includes("enabled") ? whyDisabled(control) : null;
  if (disabled) return fault("not-enabled", `expected ${name} to be enabled, but it ${disabled}`);
  const readOnly = needs.includes("editable") ? whyReadOnly(control) : null;
  return readOnly ? fault("not-editable", `expected ${name} to be editable, but it ${readOnly}`) : null;
}

type Reachable = { point: Point; box: Box };

/**
 * The point where a press reaches the element: in view, standing still for two frames, and not covered. What is worked out
 * after the last frame happens in one task, so that the answer is true of one moment.
 */
export async function reachPoint(
  changes: Changes,
  element: Element,
  name: string,
  options: { position: Point | null; needs: readonly Need[]; round: number; deadline: number },
): Promise<Reachable | { fault: Fault }> {
  const { position, needs, round, deadline } = options;
  const before = whyUnusable(element, name, needs);
  if (before) return { fault: before };
  bringFrameIntoView(element);
  const hasScrolled = bringToPress(element, position, round);
  // A frame in another process gets presses only once it has been drawn, so there the two frames are always waited for.
  const isEmbedded = window.parent !== window;
  if (hasScrolled || isEmbedded || !changes.isQuietFor(quietMs)) {
    const moved = await whyMoving(changes, element, deadline);
    if (moved) {
      const message = `expected ${name} to stand still, but ${moved.reason}`;
      return { fault: { ...fault("not-stable", message), isInconclusive: moved.isInconclusive } };
    }
  }
  const after = whyUnusable(element, name, needs);
  if (after) return { fault: after };
  const point = pointOf(element, position);
  if (!point) {
    const where = position ? `the position (${position.x}, ${position.y}) of ${name}` : name;
    return { fault: fault("not-visible", `expected ${where} to be in view, but it can't be scrolled there`) };
  }
  const covered = whyCovered(element, point);
  if (covered)
    return { fault: fault("covered", `expected ${name} to receive the pointer, but it ${covered}`) };
  return { point, box: boxOf(element) };
}

/** Scrolls where it must: into view, out from under a bar, or, when it was covered in the last round, to another edge. */
function bringToPress(element: Element, position: Point | null, round: number): boolean {
  let point = pointOf(element, position);
  const isInView = point !== null;
  if (!point) {
    bringIntoView(element, position, round);
    point = pointOf(element, position);
  }
  if (!point || whyCovered(element, point) === null) return !isInView;
  if (clearOfBar(element, point)) return true;
  if (isInView && round > 0) {
    bringIntoView(element, position, round);
    return true;
  }
  return !isInView;
}

type Motion = { reason: string; isInconclusive: boolean };

/** Null once the box was the same in two frames running. */
async function whyMoving(changes: Changes, element: Element, deadline: number): Promise<Motion | null> {
  let box = element.getBoundingClientRect();
  let still = 0;
  let seen = "";
  for (let frames = 0; still < stillFrames; frames++) {
    if (frames > 0 && performance.now() >= deadline) {
      return { reason: seen || "there was no time to see whether it does", isInconclusive: seen === "" };
    }
    const isDrawn = await nextFrame();
    if (!element.isConnected) return { reason: "it was taken out of the page", isInconclusive: false };
    const next = element.getBoundingClientRect();
    const isStarting = frames < startingFramesMax && changes.isAnimationPending();
    if (!isSame(box, next)) seen = `it moved from ${place(box)} to ${place(next)}`;
    if (!isSame(box, next) || isStarting) still = 0;
    else if (isDrawn) still++;
    box = next;
  }
  return null;
}

function isSame(a: DOMRect, b: DOMRect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function place({ x, y, width, height }: DOMRect): string {
  return `(${Math.round(x)}, ${Math.round(y)}, ${Math.round(width)}×${Math.round(height)})`;
}

function fault(code: Fault["code"], message: string): Fault {
  return { code, message };
}
