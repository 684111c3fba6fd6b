import { limits } from "../../../db/domain/limits.ts";
import { childrenOf, type StepOf } from "../../../db/domain/steps/index.ts";
import { seek } from "../engine.ts";
import { StepFailure } from "../failure.ts";
import { release } from "../frames.ts";
import type { StepBehaviour, StepContext } from "./behaviour.ts";
import { holds } from "./condition.ts";

export const repeat: StepBehaviour<"repeat"> = async (context, step) => {
  const steps = childrenOf(step).flatMap((child) => child.steps);
  const max = step.times ?? step.max ?? limits.repeatTimesDefault;
  const values = await valuesOf(context, step, max);
  for (let round = 1; ; round++) {
    if (values && round > values.length) break;
    if (step.while && !(await holds(context, context.interpolated(step.while), context.deadline.again())))
      break;
    if (step.times !== undefined && round > step.times) break;
    if (round > max) {
      throw new StepFailure(
        "too-many-rounds",
        `the condition still held after ${max} rounds; max allows for more`,
      );
    }
    const value = values?.[round - 1];
    if (step.as !== undefined && value !== undefined) context.setVariable(step.as, value);
    if (step.indexAs !== undefined) context.setVariable(step.indexAs, String(round));
    await context.runSteps(steps, `round-${round}`);
  }
  return {};
};

/** What the rounds are about, counted once; null where it is not known before. */
async function valuesOf(context: StepContext, step: StepOf<"repeat">, max: number): Promise<string[] | null> {
  const values =
    step.elements === undefined
      ? step.list === undefined
        ? null
        : listOf(step.list)
      : await elementsOf(context, step.elements);
  if (values && values.length > max) {
    throw new StepFailure(
      "too-many-rounds",
      `there are ${values.length} to go through; max allows for ${max}`,
    );
  }
  return values;
}

/** A locator for each element that matches now. */
async function elementsOf(
  { browser, deadline }: StepContext,
  target: NonNullable<StepOf<"repeat">["elements"]>,
): Promise<string[]> {
  const any = { kind: "count", comparison: ">=", count: 0, not: false } as const;
  const { answer, place } = await seek(browser.tab, target, any, deadline);
  release(place);
  const { locator, matches } = answer;
  if (!locator) return [];
  return Array.from({ length: matches }, (_, index) => `${locator.source} >> nth=${index}`);
}

/** A list as it is, or the JSON list or the lines in a text. */
function listOf(list: string | string[]): string[] {
  if (typeof list !== "string") return list;
  if (!/^\s*\[/.test(list)) return list.split(/\r?\n/).filter((line) => line.trim() !== "");
  let value: unknown;
  try {
    value = JSON.parse(list);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepFailure("invalid-list", `the list is no JSON: ${reason}`, list.slice(0, 1_000));
  }
  return (value as unknown[]).map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
}
