import { seek } from "../engine.ts";
import { pagePoint, release } from "../frames.ts";
import { moveMouse } from "../input.ts";
import { pointOf } from "./answers.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const hover: StepBehaviour<"hover"> = async ({ browser, deadline }, step) => {
  const { tab } = browser;
  const want = { kind: "act", act: { type: "hover" }, position: step.position ?? null } as const;
  let found = await seek(tab, step.target, want, deadline);
  if (await browser.beforeAct?.(found.answer.waited)) found = await seek(tab, step.target, want, deadline);
  await moveMouse(browser, tab, await pagePoint(found.place, pointOf(found.answer), deadline), deadline);
  release(found.place);
  return { target: found.target };
};
