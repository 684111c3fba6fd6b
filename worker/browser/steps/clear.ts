import { actInPage } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const clear: StepBehaviour<"clear"> = async (context, step) => {
  const { target } = await actInPage(context, step.target, { type: "fill", value: "" });
  return { target };
};
