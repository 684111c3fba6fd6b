import type { ResolvedTarget } from "../../../db/domain/events.ts";
import { actAndSettle } from "../input.ts";
import { actInPage } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const blur: StepBehaviour<"blur"> = async (context, step) => {
  let target: ResolvedTarget | null = null;
  await actAndSettle(context.browser.tab, context.deadline, async () => {
    ({ target } = await actInPage(context, step.target, { type: "blur" }));
  });
  return { target };
};
