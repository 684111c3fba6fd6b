import { coverAt, whyCovered } from "./hit.ts";
import { outline } from "./outline.ts";

/** What one press of the mouse may send. */
const pressEvents = [
  "pointerdown",
  "mousedown",
  "pointerup",
  "mouseup",
  "click",
  "auxclick",
  "dblclick",
  "contextmenu",
] as const;

type Guard = { element: Element; name: string; verdict: "waiting" | "hit" | "missed"; reason: string };

let guard: Guard | null = null;

/**
 * Looks once more when the press comes: between the answer and the event something may have moved over the element. A press
 * that would reach something else is kept from the page, so that it can be made again.
 */
export function watchPress(element: Element, name: string): void {
  forgetPress();
  guard = { element, name, verdict: "waiting", reason: "" };
  for (const type of pressEvents) addEventListener(type, judge, { capture: true });
}

/** Why the press was kept from the page; null when it was not. Ends the watch. */
export function missedPress(): string | null {
  const reason = guard?.verdict === "missed" ? guard.reason : null;
  forgetPress();
  return reason;
}

export function forgetPress(): void {
  if (guard === null) return;
  guard = null;
  for (const type of pressEvents) removeEventListener(type, judge, { capture: true });
}

function judge(event: Event): void {
  // What scripts send is no press.
  if (guard === null || !event.isTrusted || !(event instanceof MouseEvent)) return;
  if (guard.verdict === "waiting") decide(guard, event);
  if (guard.verdict !== "missed") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function decide(watched: Guard, { clientX, clientY }: MouseEvent): void {
  const { element, name } = watched;
  const point = { x: clientX, y: clientY };
  // The page may have taken it out because of the pointer: then the press is what the page makes of it.
  const cover = element.isConnected ? coverAt(element, point) : null;
  watched.verdict = cover ? "missed" : "hit";
  if (!cover) return;
  const covered = whyCovered(element, point) ?? `is covered by ${outline(cover)}`;
  watched.reason = `expected ${name} to receive the press, but when it came it ${covered}`;
}
