import { isOwnNetworkError, networkErrorText } from "./address.ts";
import type { Deadline } from "./deadline.ts";
import { isGone } from "./evaluate.ts";
import { AttemptFault, StepFailure } from "./failure.ts";
import { type LoadPhase, type Tab, tabClosed } from "./tab.ts";

/**
 * Opens an address in a tab and waits until so much of it is there.
 * @throws StepFailure `navigation-failed`, or `timeout` with what was missing; AttemptFault `network-lost`.
 */
export async function openAddress(
  tab: Tab,
  url: string,
  phase: LoadPhase,
  deadline: Deadline,
): Promise<void> {
  const late = () => tooLate(tab, `could not open ${url}: no answer within ${deadline.timeoutMs} ms`);
  const reply = await deadline
    .race(tab.session.send("Page.navigate", { url }), late)
    .catch((error: unknown) => {
      if (isGone(error)) throw tabClosed();
      if (error instanceof Error && /invalid url/i.test(error.message)) {
        throw new StepFailure("invalid-address", `"${url}" is no address`);
      }
      throw error;
    });
  if (reply.errorText) {
    const isOurs = isOwnNetworkError(reply.errorText) && !tab.isOffline;
    throw isOurs ? ownNetworkFault(url, reply.errorText) : notOpened(tab, url, reply.errorText);
  }
  const { loaderId } = reply;
  // Without one it was a move within the document, such as to an anchor.
  if (loaderId === undefined) return;
  await tab.until(() => tab.hasCommitted(loaderId), deadline, late);
  await reach(tab, phase, url, deadline);
}

/**
 * Does something that replaces the document, and waits for the new one.
 * @throws StepFailure as `openAddress` does.
 */
export async function navigateBy(tab: Tab, act: () => Promise<unknown>, deadline: Deadline): Promise<void> {
  const before = tab.commits;
  const late = () => tooLate(tab, `the page did not change within ${deadline.timeoutMs} ms`);
  await deadline.race(act(), late);
  await tab.until(() => tab.commits > before, deadline, late);
  await reach(tab, "load", tab.url, deadline);
  if (!tab.isErrorPage) return;
  throw networkLoss(tab) ?? notOpened(tab, tab.url, tab.documentError ?? "net::ERR_FAILED");
}

function notOpened(tab: Tab, url: string, error: string): StepFailure {
  const what = `could not open ${url}`;
  // It may have been sent on from there.
  const wanted = { url: tab.requestedUrl || url, what };
  return new StepFailure("navigation-failed", `${what}: ${networkErrorText(error)}`, error, { wanted });
}

/** That the tab shows an error page instead of its document because of the machine that we run on; null when it does not. */
export function networkLoss(tab: Tab): AttemptFault | null {
  const error = tab.documentError;
  if (error === null || !tab.isErrorPage || tab.hasFailedOffline || !isOwnNetworkError(error)) return null;
  return ownNetworkFault(tab.url, error);
}

function ownNetworkFault(url: string, error: string): AttemptFault {
  const message = `could not open ${url}: ${networkErrorText(error)} (${error}, where the browser runs)`;
  return new AttemptFault("network-lost", message);
}

async function reach(tab: Tab, phase: LoadPhase, url: string, deadline: Deadline): Promise<void> {
  await tab.until(
    () => tab.hasReached(phase),
    deadline,
    () =>
      tooLate(tab, `${url} was opened, but its ${phase} event did not come within ${deadline.timeoutMs} ms`),
  );
}

function tooLate(tab: Tab, message: string): StepFailure {
  tab.session.send("Page.stopLoading").catch(() => undefined);
  return new StepFailure("timeout", message);
}

/** Goes so many entries in the history of the tab. @throws StepFailure `no-history`. */
export async function travel(tab: Tab, by: 1 | -1, deadline: Deadline): Promise<void> {
  const go = async () => {
    if (await tab.page.travel(by)) return;
    throw new StepFailure("no-history", `there is no page to go ${by < 0 ? "back" : "forward"} to`);
  };
  await navigateBy(tab, go, deadline);
}
