import type { MessagePort } from "node:worker_threads";
import { performAttempt } from "./attempt.ts";
import { closeBrowsers as closeAll } from "./browsers.ts";
import { pixels } from "./pixels/pixels.ts";
import type { AttemptOutcome, AttemptPlan } from "./protocol.ts";

/** Ends all that this thread has started. To be run before it ends itself. */
export async function closeBrowsers(): Promise<void> {
  await Promise.all([closeAll(), pixels.close()]);
}

/**
 * The task of the pool: one attempt. Several run at once in a thread and share nothing but warm browsers. The port carries
 * `FromAttempt` out and `ToAttempt` in and is closed at the end.
 * @returns how it ended; never throws.
 */
export function runAttempt({
  plan,
  port,
}: {
  plan: AttemptPlan;
  port: MessagePort;
}): Promise<AttemptOutcome> {
  return performAttempt(plan, port);
}
