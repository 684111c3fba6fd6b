import { spawn } from "node:child_process";
import type { MessagePort } from "node:worker_threads";
import type { AttemptOutcome, AttemptPlan, FromAttempt } from "../browser/protocol.ts";

/**
 * In the place of the thread that drives browsers: does what the variable `mode` says, with a process that only sleeps in
 * the place of a browser.
 */
export async function runAttempt({
  plan,
  port,
}: {
  plan: AttemptPlan;
  port: MessagePort;
}): Promise<AttemptOutcome> {
  const say = (message: FromAttempt) => port.postMessage(message);
  const browser = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
  browser.unref();
  say({ type: "browser", pid: browser.pid ?? 0 });
  const { mode, count = "1" } = plan.variables;
  if (mode === "crash") process.exit(3);
  if (mode === "throw") throw new Error("the thread threw");
  if (mode === "talk") {
    for (let n = 1; n <= Number(count); n++) {
      say({
        type: "events",
        events: [{ at: new Date().toISOString(), type: "log", level: "info", text: `${n}` }],
      });
    }
  }
  // Deaf to being asked to stop; `stubborn` also to the death of its browser.
  if (mode === "deaf") await new Promise((resolve) => browser.once("exit", resolve));
  if (mode === "stubborn") await new Promise(() => setInterval(() => undefined, 1_000));
  browser.kill("SIGKILL");
  port.close();
  const status = mode === "deaf" ? "cancelled" : "passed";
  return { status, failure: null, durationMs: 1 };
}

export async function closeBrowsers(): Promise<void> {}
