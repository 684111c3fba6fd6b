import { actInPage } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const focus: StepBehaviour<"focus"> = async (context, step) => {
  const { target } = await actInPage(context, step.target, { type: "focus" });
  return { target };
};
