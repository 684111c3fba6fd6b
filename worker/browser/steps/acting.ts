import type { Target } from "../../../db/domain/steps/fields.ts";
import { type Found, seek } from "../engine.ts";
import { release } from "../frames.ts";
import type { Act } from "../page/contract.ts";
import type { StepContext, StepResult } from "./behaviour.ts";

/** An act that the page engine does by itself, such as filling a field. */
export async function actInPage(context: StepContext, target: Target, act: Act): Promise<Found> {
  const { browser, deadline } = context;
  const found = await seek(browser.tab, target, { kind: "act", act, position: null }, deadline);
  release(found.place);
  return found;
}

/** Gives an element the focus, so that keys go to it; without a target they go where the focus is. */
export async function focus(
  context: StepContext,
  target: Target | undefined,
  isSecret = false,
): Promise<StepResult> {
  const { browser, deadline } = context;
  if (target === undefined) {
    if (isSecret) await browser.cover.markFocused(browser.tab);
    return {};
  }
  const want = { kind: "act", act: { type: "focus", isSecret }, position: null } as const;
  const found = await seek(browser.tab, target, want, deadline);
  release(found.place);
  return { target: found.target };
}
