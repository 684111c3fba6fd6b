import { matchesAddress } from "../address.ts";
import { StepFailure } from "../failure.ts";
import type { Tab } from "../tab.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const switchTab: StepBehaviour<"switchTab"> = async ({ browser, deadline }, step) => {
  const present = browser.openTab;
  const find = (): Tab | undefined => {
    const tabs = browser.openTabs;
    if (step.url !== undefined) {
      const { url } = step;
      return tabs.findLast((tab) => matchesAddress(url, tab.url));
    }
    if (step.tab === "main") return tabs[0];
    if (typeof step.tab === "number") return tabs[step.tab];
    // The last one is another one: a click that opens it may have been just now.
    const last = tabs.at(-1);
    return last === present ? undefined : last;
  };
  const late = () => {
    const wanted = step.url === undefined ? `tab ${step.tab}` : `a tab at ${step.url}`;
    const open = browser.openTabs.map((tab, index) => `${index}: ${tab.url}`).join("\n");
    return new StepFailure(
      "tab-not-found",
      `${wanted} did not open within ${deadline.timeoutMs} ms`,
      `Open tabs:\n${open}`,
    );
  };
  await browser.switchTo(await browser.waitForTab(find, deadline, late), deadline);
  return {};
};
