import { test } from "node:test";
import { findFirefox, noFirefox } from "../testing/find-browser.ts";
import type { Listed } from "./case-list.ts";
import { conformanceOn } from "./suite.ts";

/** Where there is no Firefox, what is not tested is said. */
export function conformanceOnFirefox(kinds: readonly Listed["kind"][]): void {
  if (findFirefox() !== null) conformanceOn("firefox", { kinds, plan: { timeoutMs: 120_000 } });
  else test(`steps on firefox: ${kinds.join(" and ")}`, { skip: noFirefox }, () => undefined);
}
