import type { Target } from "../../../db/domain/steps/fields.ts";
import { askPage, seek } from "../engine.ts";
import { release } from "../frames.ts";
import type { TextExpectation, Want } from "../page/contract.ts";
import type { StepContext, StepResult } from "./behaviour.ts";

/** Waits until the target is as wanted. */
export async function expectOf(context: StepContext, target: Target, want: Want): Promise<StepResult> {
  const found = await seek(context.browser.tab, target, want, context.deadline);
  release(found.place);
  return { target: found.target };
}

/** Waits until the page is as wanted. */
export async function expectPage(context: StepContext, want: Want): Promise<StepResult> {
  await askPage(context.browser.tab, want, context.deadline);
  return {};
}

type Match = TextExpectation["match"];

export function textExpectation(
  text: string,
  match: Match | undefined,
  byDefault: Match,
  ignoreCase = false,
): TextExpectation {
  return { text, match: match ?? byDefault, ignoreCase };
}
