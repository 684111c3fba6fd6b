import { actInPage } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const scroll: StepBehaviour<"scroll"> = async (context, step) => {
  const isDistance = step.x !== undefined || step.y !== undefined;
  const { target } = await actInPage(
    context,
    // Without a target it is the page that scrolls.
    step.target ?? "css=:root",
    isDistance ? { type: "scrollTo", x: step.x ?? null, y: step.y ?? null } : { type: "scrollIntoView" },
  );
  return step.target === undefined ? {} : { target };
};
