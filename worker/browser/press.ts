import type { Target } from "../../db/domain/steps/fields.ts";
import type { AttemptContext } from "./context.ts";
import type { Deadline } from "./deadline.ts";
import { type Found, seek } from "./engine.ts";
import { evaluateIn } from "./evaluate.ts";
import { StepFailure } from "./failure.ts";
import { pageBox, pagePoint, release } from "./frames.ts";
import { actAndSettle, type Press, pressMouse } from "./input.ts";
import type { Want } from "./page/contract.ts";
import { pointOf } from "./steps/answers.ts";
import type { Tab } from "./tab.ts";

type PressOptions = {
  /** What is done around each try of the press, such as holding keys. */
  around?: (press: () => Promise<void>) => Promise<void>;
};

/**
 * Finds an element, presses it, and makes sure that the press has reached it: the page looks once more when the event comes,
 * keeps a press that would reach something else from being heard, and then it is made again. Not pressed when the page
 * answers that nothing is left to do.
 * @throws StepFailure of the page; `covered` when no press reaches it until the deadline
 */
export async function pressOn(
  browser: AttemptContext,
  target: Target,
  want: Extract<Want, { kind: "act" }>,
  press: Press,
  deadline: Deadline,
  { around = (act) => act() }: PressOptions = {},
): Promise<Found> {
  const { tab } = browser;
  for (;;) {
    const found = await seek(tab, target, want, deadline);
    if (found.answer.done) return found;
    if (await browser.beforeAct?.(found.answer.waited)) continue;
    const point = await pagePoint(found.place, pointOf(found.answer), deadline);
    // Frames may have been scrolled to bring the point into view.
    if (found.target && found.answer.box && found.place.owners.length > 0) {
      found.target.box = await pageBox(found.place, found.answer.box, deadline);
    }
    const before = tab.commits;
    let missed: string | null = null;
    await actAndSettle(tab, deadline, async () => {
      await around(() => pressMouse(browser, tab, point, press, deadline));
      if (!tab.isClosed && tab.commits === before)
        missed = await missedIn(tab, found.place.frameId, deadline);
    });
    release(found.place);
    if (missed === null) return found;
    if (deadline.isOver) throw new StepFailure("covered", `${missed} (waited ${deadline.timeoutMs} ms)`);
  }
}

/** Why the page did not let the press through; null when it did, or is gone. */
async function missedIn(tab: Tab, frameId: string, deadline: Deadline): Promise<string | null> {
  const realm = tab.documents.present("engine").find((known) => known.frameId === frameId);
  if (!realm) return null;
  const evaluated = await evaluateIn(realm, "globalThis.__verdict?.missed() ?? null", deadline);
  return evaluated.gone || evaluated.exception ? null : (evaluated.result.value as string | null);
}
