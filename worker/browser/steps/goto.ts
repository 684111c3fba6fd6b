import { resolveAddress } from "../address.ts";
import { openAddress } from "../navigation.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const goto: StepBehaviour<"goto"> = async ({ browser, baseUrl, deadline }, step) => {
  await openAddress(browser.tab, resolveAddress(step.url, baseUrl), step.waitUntil ?? "load", deadline);
  return {};
};
