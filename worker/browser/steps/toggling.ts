import type { Target } from "../../../db/domain/steps/fields.ts";
import { seek } from "../engine.ts";
import { StepFailure } from "../failure.ts";
import { pressOn } from "../press.ts";
import type { StepContext, StepResult } from "./behaviour.ts";

/** How long a page may take to show that it has heard the click. */
const effectMsMax = 2_000;

/** Brings a checkbox, switch or radio button into a state, and makes sure that it is in it. */
export async function toggle(context: StepContext, target: Target, checked: boolean): Promise<StepResult> {
  const { browser, deadline } = context;
  const { tab } = browser;
  const want = { kind: "act", act: { type: "toggle", checked }, position: null } as const;
  const before = tab.commits;
  const found = await pressOn(browser, target, want, {}, deadline);
  if (found.answer.done) return { target: found.target };
  // A box whose click opens another page can't be asked any more.
  if (tab.isClosed || tab.commits !== before) return { target: found.target };
  try {
    const state = { kind: "state", state: "checked", not: !checked } as const;
    await seek(tab, target, state, deadline.within(effectMsMax));
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const wanted = checked ? "checked" : "unchecked";
    throw new StepFailure(
      "no-effect",
      `${found.target?.locator} was clicked, but did not become ${wanted}`,
      error.message,
    );
  }
  return { target: found.target };
}
