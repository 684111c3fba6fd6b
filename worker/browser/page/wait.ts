import type { Changes } from "./changes.ts";
import type { Fault, Outcome, Success } from "./fault.ts";

/** For what no event tells: properties, computed style, the address. */
const pollMs = 50;
/** A page that changes without pause is looked at about once per frame. */
const restMs = 8;
/** Longer than a frame of a busy page. */
const frameFallbackMs = 250;
const hiddenFrameMs = 20;

type Look = (isLast: boolean) => Outcome | Promise<Outcome>;

/**
 * Looks at once, then after each change and behind that by a poll, until it is well, can't get well, or the deadline has passed.
 * The last look is at the deadline.
 */
export async function waitUntil(
  changes: Changes,
  deadline: number,
  look: Look,
  onFault: (fault: Fault) => void,
): Promise<{ success: Success } | { fault: Fault }> {
  let before: Fault | null = null;
  for (;;) {
    const began = performance.now();
    const isLast = began >= deadline;
    const outcome = await look(isLast);
    if ("success" in outcome || outcome.fault.isFinal) return outcome;
    const fault: Fault = outcome.fault.isInconclusive && before ? before : outcome.fault;
    if (isLast) return { fault };
    onFault(fault);
    before = fault;
    const ended = performance.now();
    const cost = Math.min(ended - began, pollMs);
    await changes.next(Math.min(pollMs, Math.max(deadline - ended, 0)));
    const rest = Math.min(Math.max(restMs, cost), deadline - ended) - (performance.now() - ended);
    if (rest > 0) await pause(rest);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let framesMissed = 0;
/** After so many in a row (two seconds) a page gets no frames at all; one that is only late says that the machine is busy. */
const framesMissedMax = 8;

/**
 * The next animation frame; whether one was drawn. A page in the background gets none: there, time stands in for it, so that
 * nothing hangs. A page that is only busy gets the time to draw its frame, and what is seen without one says nothing of what
 * moves, since between two frames everything seems to stand still: false then. Chromium calls for one frame twice when it
 * could not show it the first time; the clock of the animations tells, and a frame is a next one only when it has moved.
 */
export function nextFrame(): Promise<boolean> {
  return new Promise((resolve) => {
    const isWithoutFrames = document.visibilityState === "hidden" || framesMissed >= framesMissedMax;
    const timer = setTimeout(
      () => {
        framesMissed++;
        cancelAnimationFrame(asked);
        resolve(isWithoutFrames);
      },
      isWithoutFrames ? hiddenFrameMs : frameFallbackMs,
    );
    const shownAt = document.timeline.currentTime;
    const look = () => {
      if (shownAt !== null && document.timeline.currentTime === shownAt) {
        asked = requestAnimationFrame(look);
        return;
      }
      framesMissed = 0;
      clearTimeout(timer);
      resolve(true);
    };
    let asked = requestAnimationFrame(look);
  });
}
