import type { StepBehaviour } from "./behaviour.ts";

export const group: StepBehaviour<"group"> = async (context, step) => {
  await context.callGroup(step.group, step.with ?? {});
  return {};
};
