import { seek } from "../engine.ts";
import { pagePoint, release } from "../frames.ts";
import { actAndSettle, pressMouse, withKeys } from "../input.ts";
import { pointOf } from "./answers.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const click: StepBehaviour<"click"> = async ({ browser, deadline }, step) => {
  const { tab } = browser;
  const modifiers = (step.modifiers ?? []).filter((key) => !browser.heldKeys.has(key));
  const found = await seek(
    tab,
    step.target,
    { kind: "act", act: { type: "point" }, position: step.position ?? null },
    deadline,
  );
  const point = await pagePoint(found.place, pointOf(found.answer), deadline);
  await actAndSettle(tab, deadline, () =>
    withKeys(tab, modifiers, deadline, async () => {
      for (const key of modifiers) browser.heldKeys.add(key);
      try {
        await pressMouse(browser, tab, point, step, deadline);
      } finally {
        for (const key of modifiers) browser.heldKeys.delete(key);
      }
    }),
  );
  release(found.place);
  return { target: found.target };
};
