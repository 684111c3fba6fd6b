import { actInPage } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const select: StepBehaviour<"select"> = async (context, step) => {
  const options = typeof step.value === "string" ? [step.value] : step.value;
  const { target } = await actInPage(context, step.target, { type: "select", options });
  return { target };
};
