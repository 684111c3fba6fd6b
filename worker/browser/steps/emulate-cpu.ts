import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const emulateCpu: StepBehaviour<"emulateCpu"> = async ({ browser, deadline }, step) => {
  await sendWithin(deadline, browser.setCpuSlowdown(step.slowdown));
  return {};
};
