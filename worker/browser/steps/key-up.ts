import { actAndSettle, keying, keyOf } from "../input.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const keyUp: StepBehaviour<"keyUp"> = async ({ browser, deadline }, step) => {
  const { tab } = browser;
  const key = keyOf(step.key);
  await actAndSettle(tab, deadline, () => keying(tab, deadline, tab.page.keyboard.up(key), step.key));
  browser.heldKeys.delete(key);
  return {};
};
