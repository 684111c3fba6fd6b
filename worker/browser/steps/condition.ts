import type { Condition } from "../../../db/domain/steps/fields.ts";
import type { Deadline } from "../deadline.ts";
import { askPage, seek } from "../engine.ts";
import { StepFailure } from "../failure.ts";
import { release } from "../frames.ts";
import { isTrueWithin, matchInPage } from "../script.ts";
import type { StepContext } from "./behaviour.ts";

/** How long a page that is between two documents is waited for before there is anything to look at. */
const documentMsMax = 5_000;
const pollMs = 50;

/**
 * Whether the condition holds, within the time that it is given; looked at once when it is given none.
 * @throws StepFailure when it can't be looked at: a locator that is none, a script that fails, a page that hangs.
 */
export async function holds(
  context: StepContext,
  condition: Condition,
  deadline: Deadline,
): Promise<boolean> {
  const isWanted = condition.not !== true;
  const end = deadline.within(condition.withinMs ?? 0);
  for (;;) {
    if ((await look(context, condition, deadline)) === isWanted) return true;
    if (end.isOver) return false;
    await end.sleep(pollMs);
  }
}

async function look(context: StepContext, condition: Condition, deadline: Deadline): Promise<boolean> {
  const { visible, hidden, url, variable, function: script } = condition;
  const { browser } = context;
  if (variable !== undefined) return compare(context, variable, condition, deadline);
  if (script !== undefined) return isTrueWithin(browser.tab, script, 0, deadline);
  if (url !== undefined) {
    const match = url.includes("*") ? "pattern" : "contains";
    return answers(deadline, (brief) =>
      askPage(browser.tab, { kind: "url", expected: { url, match }, not: false }, brief),
    );
  }
  const target = visible ?? hidden ?? "";
  // Asked for its absence, since one of several matches is enough to be seen.
  const isHidden = await answers(deadline, async (brief) => {
    release((await seek(browser.tab, target, { kind: "state", state: "hidden", not: false }, brief)).place);
  });
  return isHidden === (hidden !== undefined);
}

/** Whether what the page is asked for holds now. */
async function answers(deadline: Deadline, ask: (brief: Deadline) => Promise<unknown>): Promise<boolean> {
  const end = deadline.within(documentMsMax);
  for (;;) {
    try {
      await ask(deadline.within(0));
      return true;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      if (error.code === "assertion-failed") return false;
      // There was no document to look at.
      if (error.code !== "timeout" || end.isOver) throw error;
      await end.sleep(pollMs);
    }
  }
}

async function compare(
  { variables, browser }: StepContext,
  variable: string,
  { equals, matches }: Condition,
  deadline: Deadline,
): Promise<boolean> {
  const value = Object.hasOwn(variables, variable) ? (variables[variable] ?? "") : "";
  if (matches === undefined) return value === equals;
  return (await matchInPage(browser.tab, matches, value, deadline)) !== null;
}
