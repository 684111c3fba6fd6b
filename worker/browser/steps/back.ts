import { travel } from "../navigation.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const back: StepBehaviour<"back"> = async ({ browser, deadline }) => {
  await travel(browser.tab, -1, deadline);
  return {};
};
