import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Contender } from "./contender.ts";
import type { Who } from "./who.ts";

export const jobsHeld = 10;
const childFile = fileURLToPath(new URL("./recovery-worker.ts", import.meta.url));
const startBoundMs = 20_000;

/**
 * Seconds from the blow to a worker with ten running jobs until all ten run again in another one; null when that took longer
 * than the bound.
 */
export async function recovery(
  contender: Contender,
  who: Who,
  signal: "SIGKILL" | "SIGSTOP",
  boundMs: number,
): Promise<number | null> {
  await contender.empty();
  await contender.enqueueBulk(jobsHeld);
  const victim = startWorker(who);
  let heir: Worker | null = null;
  try {
    await within(startBoundMs, victim.hasStarted(jobsHeld));
    heir = startWorker(who);
    await within(startBoundMs, heir.isReady);
    const struckAt = performance.now();
    victim.child.kill(signal);
    const recovered = await Promise.race([
      heir.hasStarted(jobsHeld).then(() => true),
      delay(boundMs, false, { ref: false }),
    ]);
    return recovered ? (performance.now() - struckAt) / 1_000 : null;
  } finally {
    for (const worker of [victim, heir]) {
      if (!worker) continue;
      worker.child.kill("SIGKILL");
      if (worker.child.exitCode === null && worker.child.signalCode === null)
        await once(worker.child, "exit");
    }
  }
}

type Worker = { child: ChildProcess; isReady: Promise<void>; hasStarted(jobs: number): Promise<void> };

function startWorker(who: Who): Worker {
  const child = spawn(process.execPath, ["--import", "tsx", childFile, JSON.stringify(who)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { promise: isReady, resolve: ready } = Promise.withResolvers<void>();
  const { promise: enough, resolve: started } = Promise.withResolvers<void>();
  let jobs = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ready") ready();
    if (line === "job" && ++jobs === jobsHeld) started();
  });
  return { child, isReady, hasStarted: () => enough };
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  const inTime = await Promise.race([promise.then(() => true), delay(ms, false, { ref: false })]);
  if (!inTime) throw new Error(`a worker of the recovery benchmark did not start within ${ms} ms`);
}
