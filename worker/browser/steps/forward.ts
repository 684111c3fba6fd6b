import { travel } from "../navigation.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const forward: StepBehaviour<"forward"> = async ({ browser, deadline }) => {
  await travel(browser.tab, 1, deadline);
  return {};
};
