import { readState } from "../sign-in-state.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const saveState: StepBehaviour<"saveState"> = async (context, step) => {
  const { browser, deadline } = context;
  const { text, summary } = await readState(browser.context, browser.openTabs, deadline);
  // Whoever reads the log must not be able to sign in with it.
  context.setVariable(step.as, text, `(${summary})`);
  return {};
};
