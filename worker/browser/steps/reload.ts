import { navigateBy } from "../navigation.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const reload: StepBehaviour<"reload"> = async ({ browser, deadline }) => {
  const { tab } = browser;
  await navigateBy(tab, () => tab.session.send("Page.reload"), deadline);
  return {};
};
