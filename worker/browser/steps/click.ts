import { withKeys } from "../input.ts";
import { pressOn } from "../press.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const click: StepBehaviour<"click"> = async ({ browser, deadline }, step) => {
  const modifiers = (step.modifiers ?? []).filter((key) => !browser.heldKeys.has(key));
  const act = { type: "point" } as const;
  const found = await pressOn(
    browser,
    step.target,
    { kind: "act", act, position: step.position ?? null },
    step,
    deadline,
    {
      around: (press) =>
        withKeys(browser.tab, modifiers, deadline, async () => {
          for (const key of modifiers) browser.heldKeys.add(key);
          try {
            await press();
          } finally {
            for (const key of modifiers) browser.heldKeys.delete(key);
          }
        }),
    },
  );
  return { target: found.target };
};
