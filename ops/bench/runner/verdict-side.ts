// Our side of the benchmark, a process of its own:   node --import tsx ops/bench/runner/verdict-side.ts PLAN RESULT
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { AttemptPlan, FromAttempt } from "../../../worker/browser/protocol.ts";
import { noLog, noMetrics } from "../../../worker/metrics.ts";
import { BrowserPool } from "../../../worker/pool.ts";
import { openRunFolder } from "../../../worker/run-folder.ts";
import { type BenchCase, stepsOf } from "./cases.ts";

export type VerdictPlan = {
  folder: string;
  cases: BenchCase[];
  siteUrl: string;
  executablePath: string;
  workers: number;
  screenshots: AttemptPlan["screenshots"];
};

async function main(planPath: string, resultPath: string): Promise<void> {
  const plan = JSON.parse(readFileSync(planPath, "utf8")) as VerdictPlan;
  const { folder, workers } = plan;
  const evidence = join(folder, "evidence");
  mkdirSync(evidence);
  const runFolder = await openRunFolder(folder, randomUUID());
  const pool = new BrowserPool({
    threads: availableParallelism(),
    attemptsMax: workers,
    folder: runFolder,
    metrics: noMetrics,
    log: noLog,
  });
  const [first] = plan.cases;
  if (first)
    await warmUp(
      pool,
      attemptOf(first, plan, runFolder.profilesDirectory),
      Math.min(workers, availableParallelism()),
    );
  const began = performance.now();
  const failed: string[] = [];
  const times: number[] = [];
  const left = [...plan.cases];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { outcome } = pool.run(attemptOf(next, plan, runFolder.profilesDirectory), (message, taken) => {
        keep(message, evidence);
        taken();
      });
      const { status, failure, durationMs } = await outcome;
      times.push(durationMs);
      if (status !== "passed") failed.push(`${next.name}: ${failure?.message ?? status}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const ms = performance.now() - began;
  await pool.close();
  await runFolder.remove();
  const passed = plan.cases.length - failed.length;
  writeFileSync(resultPath, JSON.stringify({ ms, passed, failed, times }));
}

/** A worker is up before anything comes: its threads have read their code, and have a browser. */
async function warmUp(pool: BrowserPool, plan: AttemptPlan, threads: number): Promise<void> {
  const steps: AttemptPlan["steps"] = [{ type: "goto", url: "/" }];
  const runs = Array.from({ length: threads }, () =>
    pool.run({ ...plan, steps }, (_message, taken) => taken()),
  );
  await Promise.all(runs.map(({ outcome }) => outcome));
}

function attemptOf(benchCase: BenchCase, plan: VerdictPlan, profilesDirectory: string): AttemptPlan {
  const recordings = plan.screenshots === "each-step" ? "on" : "on-failure";
  return {
    executionId: randomUUID(),
    attempt: 1,
    organizationId: "bench",
    workerName: "bench",
    steps: stepsOf(benchCase),
    variables: {},
    secrets: {},
    baseUrl: plan.siteUrl,
    browser: {
      name: "chromium",
      executablePath: plan.executablePath,
      sandbox: process.getuid?.() !== 0,
      profilesDirectory,
    },
    viewport: { width: 1280, height: 720 },
    timeoutMs: 60_000,
    screenshots: plan.screenshots,
    evidence: { replay: recordings, network: recordings, metrics: true },
  };
}

/** Evidence ends on the disk, as a trace does. */
function keep(message: FromAttempt, folder: string): void {
  if (message.type === "artifact") writeFileSync(join(folder, message.artifact.id), message.artifact.bytes);
  if (message.type === "events") {
    writeFileSync(join(folder, "events.jsonl"), `${JSON.stringify(message.events)}\n`, { flag: "a" });
  }
}

const [planPath, resultPath] = process.argv.slice(2);
if (planPath === undefined || resultPath === undefined)
  throw new Error("give the plan's and the result's file");
await main(planPath, resultPath);
