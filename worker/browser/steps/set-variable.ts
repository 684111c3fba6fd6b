import type { StepBehaviour } from "./behaviour.ts";

export const setVariable: StepBehaviour<"setVariable"> = async (context, step) => {
  context.setVariable(step.variable, step.value);
  return {};
};
