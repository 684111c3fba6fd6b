import type { Failure } from "../db/domain/events.ts";
import { newId } from "../db/domain/ids.ts";
import type { BrowserOptions } from "./browser/protocol.ts";
import type { BrowserPool } from "./pool.ts";

const timeoutMs = 60_000;

/** Tries whether an empty page opens, in the way in which executions are run. @returns why not, or null. */
export async function probeBrowser(
  pool: BrowserPool,
  workerName: string,
  browser: BrowserOptions,
): Promise<Failure | null> {
  const { outcome } = pool.run(
    {
      executionId: newId(),
      attempt: 1,
      // Of no organization: its browser serves nobody else.
      organizationId: "probe",
      workerName,
      steps: [{ type: "goto", url: "about:blank" }],
      variables: {},
      secrets: {},
      baseUrl: null,
      browser,
      // It asks nothing of the network.
      ...(browser.isHeld ? { proxy: { address: "127.0.0.1:9", direct: [] } } : {}),
      viewport: { width: 800, height: 600 },
      timeoutMs,
      screenshots: "never",
    },
    (_, taken) => taken(),
  );
  const { status, failure } = await outcome;
  if (status === "passed") return null;
  return failure ?? { code: "probe-failed", message: `the probe was ${status}`, detail: null, step: null };
}
