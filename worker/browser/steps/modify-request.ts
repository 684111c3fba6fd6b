import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const modifyRequest: StepBehaviour<"modifyRequest"> = async ({ browser, deadline }, step) => {
  await sendWithin(deadline, browser.mocks.add(step));
  return {};
};
