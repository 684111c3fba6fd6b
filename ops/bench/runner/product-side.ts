// Our side of the benchmark, a process of its own:   node --import tsx ops/bench/runner/product-side.ts PLAN RESULT
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { EvidencePolicy } from "../../../db/domain/evidence.ts";
import type { Execution, Organization, Project, Run, Suite, TestCase } from "../../../db/domain/resources.ts";
import { startEmbeddedPostgres } from "../../embedded-postgres.ts";
import { startSystem, type TestSystem } from "../../testing/system.ts";
import { type BenchCase, stepsOf } from "./cases.ts";
import { watchUsage } from "./usage.ts";

export type ProductPlan = {
  folder: string;
  cases: BenchCase[];
  siteUrl: string;
  executablePath: string;
  workers: number;
  evidence: EvidencePolicy;
};

const endSecondsMax = 240;

/**
 * The whole product: API, outbox, a worker process, its threads and browsers, events in PostgreSQL (fsync on), artifacts in
 * storage. Timed from the request that starts the suite to the end of the run, on an installation that is up, as a worker is all
 * day; processor time and memory of all its processes, PostgreSQL among them, meanwhile.
 */
async function main(planPath: string, resultPath: string): Promise<void> {
  const plan = JSON.parse(readFileSync(planPath, "utf8")) as ProductPlan;
  // The system user of PostgreSQL must get through it.
  chmodSync(plan.folder, 0o755);
  const server = await startEmbeddedPostgres({ home: join(plan.folder, "postgres") });
  process.env.VERDICT_TEST_PG_OWNER_URL = server.superuserUrl;
  const system = await startSystem({
    DEMO: "0",
    LOG_LEVEL: "warn",
    WORKER_CONCURRENCY: String(plan.workers),
    PUPPETEER_EXECUTABLE_PATH: plan.executablePath,
  });
  try {
    const suites = await makeSuites(system, plan);
    const worker = system.startWorker();
    await runOf(system, suites.warmUp, plan);
    const usage = watchUsage(process.pid);
    const run = await runOf(system, suites.all, plan);
    const { cpuSeconds, memoryMegabytes } = usage.stop();
    writeFileSync(resultPath, JSON.stringify({ ...run, cpuSeconds, memoryMegabytes }));
    worker.kill("SIGTERM");
    await worker.exited;
  } finally {
    await system.stop();
    await server.stop();
  }
}

/** `warmUp`: a case for each slot, so that every thread has its browser. */
async function makeSuites(system: TestSystem, { cases, siteUrl, workers }: ProductPlan) {
  const [organization] = (await ask<{ items: Organization[] }>(system, "GET", "/organizations")).items;
  const projectOf = { organizationId: organization?.id, name: "Benchmark", baseUrl: siteUrl };
  const { id: projectId } = await ask<Project>(system, "POST", "/projects", projectOf);
  const ids: string[] = [];
  for (const one of cases) {
    const input = { projectId, name: one.name, status: "active", steps: stepsOf(one) };
    ids.push((await ask<TestCase>(system, "POST", "/test-cases", input)).id);
  }
  const suiteOf = (name: string, testCaseIds: string[]) =>
    ask<Suite>(system, "POST", "/test-suites", { projectId, name, testCaseIds });
  const warmUp = await suiteOf("Warm up", ids.slice(0, Math.max(2, workers)));
  return { warmUp: warmUp.id, all: (await suiteOf("All", ids)).id };
}

async function runOf(system: TestSystem, suiteId: string, { evidence }: ProductPlan) {
  const asked = Date.now();
  const { id } = await ask<Run>(system, "POST", `/test-suites/${suiteId}/execute`, { evidence });
  const run = await endOf(system, id);
  const path = `/executions?runId=${id}&limit=100`;
  const { items } = await ask<{ items: Execution[] }>(system, "GET", path);
  const failed = items.filter(({ status }) => status !== "passed");
  return {
    ms: Date.parse(run.finishedAt ?? "") - asked,
    passed: items.length - failed.length,
    failed: failed.map(({ testCaseName, error }) => `${testCaseName}: ${error?.message ?? "no reason"}`),
    times: items.map(({ durationMs }) => durationMs ?? 0),
  };
}

/** Asked once a second: a user may make 100 requests a minute. */
async function endOf(system: TestSystem, runId: string): Promise<Run> {
  for (let asked = 0; asked < endSecondsMax; asked++) {
    const run = await ask<Run>(system, "GET", `/runs/${runId}`);
    if (run.finishedAt !== null) return run;
    await delay(1_000);
  }
  throw new Error(`the run has not ended within ${endSecondsMax} s`);
}

async function ask<T>(system: TestSystem, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await system.call(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

const [planPath, resultPath] = process.argv.slice(2);
if (planPath === undefined || resultPath === undefined)
  throw new Error("give the plan's and the result's file");
await main(planPath, resultPath);
