import type { StepBehaviour } from "./behaviour.ts";

export const handleDialog: StepBehaviour<"handleDialog"> = async ({ browser }, step) => {
  browser.dialogs = { action: step.action, text: step.text };
  return {};
};
