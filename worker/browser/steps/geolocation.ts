import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const geolocation: StepBehaviour<"geolocation"> = async ({ browser, deadline }, step) => {
  const { latitude, longitude, accuracy = 1 } = step;
  await sendWithin(
    deadline,
    browser.emulation.setLocation(browser.context, { latitude, longitude, accuracy }),
  );
  return {};
};
