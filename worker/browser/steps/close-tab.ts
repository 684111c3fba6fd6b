import { tabBeside } from "../context.ts";
import { sendWithin } from "../evaluate.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const closeTab: StepBehaviour<"closeTab"> = async ({ browser, deadline }) => {
  const { tab } = browser;
  const beside = tabBeside(browser.openTabs, tab);
  await sendWithin(deadline, tab.page.close());
  await browser.switchTo(beside, deadline);
  return {};
};
