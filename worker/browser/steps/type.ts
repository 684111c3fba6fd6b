import { actAndSettle, keying } from "../input.ts";
import { focus } from "./acting.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const type: StepBehaviour<"type"> = async (context, step) => {
  const { browser, deadline } = context;
  const { tab } = browser;
  const result = await focus(context, step.target, context.holdsSecret(step.text));
  await actAndSettle(tab, deadline, async () => {
    // One key after the other, so that the deadline can come between them.
    for (const char of step.text) {
      await keying(tab, deadline, tab.page.keyboard.type(char), char);
      if (step.delayMs) await deadline.sleep(step.delayMs);
    }
  });
  return result;
};
