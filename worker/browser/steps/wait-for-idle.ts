import { StepFailure } from "../failure.ts";
import type { StepBehaviour } from "./behaviour.ts";

export const waitForIdle: StepBehaviour<"waitForIdle"> = async ({ browser, deadline }, step) => {
  const { witness } = browser;
  const { quietMs = 500, requests = 0 } = step;
  const isIdle = await witness.until(() => (witness.quietMs(requests) >= quietMs ? true : null), deadline);
  if (isIdle) return {};
  const left = witness.underway();
  const message = `the network was not idle for ${quietMs} ms within ${deadline.timeoutMs} ms: ${left.length === 1 ? "1 request is" : `${left.length} requests are`} under way`;
  const lines = left.slice(0, 15).map(({ method, url }) => `${method} ${url.slice(0, 300)}`);
  throw new StepFailure("timeout", message, lines.length > 0 ? `Under way:\n${lines.join("\n")}` : null);
};
