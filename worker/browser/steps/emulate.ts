import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const emulate: StepBehaviour<"emulate"> = async ({ browser, deadline }, step) => {
  await sendWithin(deadline, browser.emulation.emulate(step));
  return {};
};
