import { test } from "node:test";
import { findFirefox, noFirefox } from "../testing/find-browser.ts";
import type { Listed } from "./case-list.ts";
import { conformanceOn } from "./suite.ts";

/** Where there is no Firefox, what is not tested is said. `most`: how many cases of each step and kind, where not all. */
export function conformanceOnFirefox(kinds: readonly Listed["kind"][], most?: number): void {
  const how = { kinds, plan: { timeoutMs: 120_000 }, ...(most === undefined ? {} : { most }) };
  if (findFirefox() !== null) conformanceOn("firefox", how);
  else test(`steps on firefox: ${kinds.join(" and ")}`, { skip: noFirefox }, () => undefined);
}
