import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const setViewport: StepBehaviour<"setViewport"> = async ({ browser, deadline }, step) => {
  await sendWithin(deadline, browser.setViewport(step));
  return {};
};
