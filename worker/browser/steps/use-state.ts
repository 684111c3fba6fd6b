import { applyState, parseState } from "../sign-in-state.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const useState: StepBehaviour<"useState"> = async ({ browser, deadline }, step) => {
  await applyState(browser.context, parseState(step.state), () => browser.openOwnPage(), deadline);
  return {};
};
