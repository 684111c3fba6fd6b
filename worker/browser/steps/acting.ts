import type { Target } from "../../../db/domain/steps/fields.ts";
import { type Found, seek } from "../engine.ts";
import { release } from "../frames.ts";
import type { Act } from "../page/contract.ts";
import type { StepContext, StepResult } from "./behaviour.ts";

/** An act that the page engine does by itself, such as filling a field. */
export async function actInPage(context: StepContext, target: Target, act: Act): Promise<Found> {
  const { browser, deadline } = context;
  const want = { kind: "act", act, position: null } as const;
  await browser.beforeAct?.(false);
  for (;;) {
    const isShy = browser.beforeAct !== null;
    const found = await seek(browser.tab, target, { ...want, isShy }, deadline);
    release(found.place);
    if (!isShy || !found.answer.waited) return found;
    await browser.beforeAct?.(true);
    // Once: the page may take its time again.
    browser.beforeAct = null;
  }
}

/** Gives an element the focus, so that keys go to it; without a target they go where the focus is. */
export async function focus(
  context: StepContext,
  target: Target | undefined,
  isSecret = false,
): Promise<StepResult> {
  const { browser } = context;
  if (target === undefined) {
    if (isSecret) await browser.cover.markFocused(browser.tab);
    return {};
  }
  const found = await actInPage(context, target, { type: "focus", isSecret });
  return { target: found.target };
}
