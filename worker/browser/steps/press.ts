import { actAndSettle, pressKeys } from "../input.ts";
import { focus } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const press: StepBehaviour<"press"> = async (context, step) => {
  const { browser, deadline } = context;
  const { tab } = browser;
  const result = await focus(context, step.target);
  await actAndSettle(tab, deadline, () => pressKeys(tab, step.key, deadline));
  return result;
};
