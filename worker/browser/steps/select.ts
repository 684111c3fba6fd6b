import type { ResolvedTarget } from "../../../db/domain/events.ts";
import { actAndSettle } from "../input.ts";
import { actInPage } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const select: StepBehaviour<"select"> = async (context, step) => {
  const options = typeof step.value === "string" ? [step.value] : step.value;
  let target: ResolvedTarget | null = null;
  // A choice often sends a form or opens another page.
  await actAndSettle(context.browser.tab, context.deadline, async () => {
    ({ target } = await actInPage(context, step.target, { type: "select", options }));
  });
  return { target };
};
