import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const mockWebSocket: StepBehaviour<"mockWebSocket"> = async ({ browser, deadline }, step) => {
  await sendWithin(deadline, browser.sockets.mock(step, browser.openTabs));
  return {};
};
