import { keying, keyOf } from "../input.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const keyDown: StepBehaviour<"keyDown"> = async ({ browser, deadline }, step) => {
  const { tab } = browser;
  const key = keyOf(step.key);
  await keying(tab, deadline, tab.page.keyboard.down(key), step.key);
  browser.heldKeys.add(key);
  return {};
};
