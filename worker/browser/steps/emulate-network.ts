import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const emulateNetwork: StepBehaviour<"emulateNetwork"> = async ({ browser, deadline }, step) => {
  await sendWithin(deadline, browser.setNetwork(step));
  return {};
};
