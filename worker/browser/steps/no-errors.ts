import { matchesAddress } from "../address.ts";
import { evaluateIn } from "../evaluate.ts";
import { StepFailure } from "../failure.ts";
import type { StepContext, StepResult } from "./behaviour.ts";

const shownMax = 20;

/** No line of a list that pages write to, but those that are ignored; with `not`, waits for one. */
export async function expectNone(
  context: StepContext,
  lines: readonly string[],
  what: string,
  { ignore = [], not = false }: { ignore?: string[] | undefined; not?: boolean | undefined },
): Promise<StepResult> {
  const { browser, deadline } = context;
  const meant = () => lines.filter((line) => !ignore.some((pattern) => matchesAddress(pattern, line)));
  if (not) {
    const found = await browser.witness.until(() => (meant().length > 0 ? true : null), deadline);
    if (found) return {};
    throw new StepFailure(
      "assertion-failed",
      `expected a ${what}, but there was none (waited ${deadline.timeoutMs} ms)`,
    );
  }
  await catchUp(context);
  const found = meant();
  const [first] = found;
  if (first === undefined) return {};
  const count = found.length === 1 ? `a ${what}` : `${found.length} ${what}s, the first`;
  throw new StepFailure(
    "assertion-failed",
    `expected no ${what}, got ${count}: ${first.slice(0, 500)}`,
    found.length > 1 ? found.slice(0, shownMax).join("\n").slice(0, 3_500) : null,
  );
}

/** What the page has written until now is told before the answer to what it is asked now. */
async function catchUp({ browser, deadline }: StepContext): Promise<void> {
  const { openTab: tab } = browser;
  if (!tab) return;
  const realm = await tab.documents.realm("engine", tab.mainFrameId, deadline);
  await evaluateIn(realm, "new Promise((resolve) => setTimeout(resolve))", deadline);
}
