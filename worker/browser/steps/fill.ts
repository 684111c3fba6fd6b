import { actInPage } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const fill: StepBehaviour<"fill"> = async (context, step) => {
  const { target } = await actInPage(context, step.target, {
    type: "fill",
    value: step.value,
    isSecret: context.holdsSecret(step.value),
  });
  return { target };
};
