import { childrenOf } from "../../../db/domain/steps/index.ts";
import type { StepBehaviour } from "./behaviour.ts";
import { holds } from "./condition.ts";

export const ifStep: StepBehaviour<"if"> = async (context, step) => {
  const branch = (await holds(context, step, context.deadline)) ? "then" : "else";
  const chosen = childrenOf(step).find(({ field }) => field === branch);
  if (chosen) await context.runSteps(chosen.steps, branch);
  return {};
};
