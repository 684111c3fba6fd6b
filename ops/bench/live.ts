import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { viewLimits } from "../../db/domain/live-view.ts";
import type { Execution, Organization, Project, TestCase } from "../../db/domain/resources.ts";
import { findBrowser } from "../../worker/browser/testing/find-browser.ts";
import { until } from "../../worker/testing/wait.ts";
import { startEmbeddedPostgres } from "../embedded-postgres.ts";
import { startSystem, type TestSystem } from "../testing/system.ts";
import { agesOf, startTimePage } from "./live/time-page.ts";
import { Watcher } from "./live/watcher.ts";
import { type BenchOptions, type BenchResult, barOf, quantile, type Row, rowOf } from "./result.ts";
import { watchUsage } from "./runner/usage.ts";

const full = { rounds: 3, windowMs: 20_000 };
const quick = { rounds: 1, windowMs: 6_000 };
/** A watcher's first pictures come while the screencast begins. */
const settleMs = 3_000;
const startMsMax = 60_000;
const wantedPerSecond = 10;
const wantedAgeMs = 300;

type Round = {
  /** Of one core, in percent. */
  before: number;
  watched: number;
  after: number;
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
};

/**
 * A page that changes twenty times a second, watched over the socket by one person as the dashboard does: how many pictures come,
 * how old they are when they come, and what it takes of the processor, all of the product's processes together.
 */
export async function benchLive({ quick: isQuick }: BenchOptions): Promise<BenchResult> {
  const { rounds, windowMs } = isQuick ? quick : full;
  const folder = mkdtempSync(join(tmpdir(), "verdict-bench-live-"));
  // The system user of PostgreSQL must get through it.
  chmodSync(folder, 0o755);
  const executablePath = await findBrowser();
  const server = await startEmbeddedPostgres({ home: join(folder, "postgres") });
  process.env.VERDICT_TEST_PG_OWNER_URL = server.superuserUrl;
  const page = await startTimePage();
  const system = await startSystem({
    DEMO: "0",
    LOG_LEVEL: "warn",
    PUPPETEER_EXECUTABLE_PATH: executablePath,
  });
  try {
    system.startWorker();
    const executionId = await startWatchable(system, page.url);
    const found: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      console.error(`round ${round} of ${rounds}`);
      found.push(await measure(system, executionId, windowMs, executablePath));
    }
    await system.call("POST", `/executions/${executionId}/stop`);
    return resultOf(found, windowMs, executablePath);
  } finally {
    await system.stop();
    page.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** An execution that shows the page for as long as is needed. */
async function startWatchable(system: TestSystem, url: string): Promise<string> {
  const [organization] = (await ask<{ items: Organization[] }>(system, "GET", "/organizations")).items;
  const projectOf = { organizationId: organization?.id, name: "Benchmark" };
  const { id: projectId } = await ask<Project>(system, "POST", "/projects", projectOf);
  const waits = Array.from({ length: 9 }, () => ({ type: "waitFor", ms: 60_000 }));
  const input = { projectId, name: "Time", status: "active", steps: [{ type: "goto", url }, ...waits] };
  const { id: testCaseId } = await ask<TestCase>(system, "POST", "/test-cases", input);
  const { id } = await ask<Execution>(system, "POST", "/executions", { testCaseId, evidence: "off" });
  await until("the page is open", startMsMax, async () => {
    // A user may make 100 requests a minute.
    await delay(1_000);
    const { items } = await ask<{ items: { type: string }[] }>(system, "GET", `/executions/${id}/logs`);
    return items.filter(({ type }) => type === "step-started").length >= 2;
  });
  return id;
}

async function measure(
  system: TestSystem,
  executionId: string,
  windowMs: number,
  executablePath: string,
): Promise<Round> {
  const before = await processorIn(windowMs);
  const watcher = await Watcher.open(system, executionId, {
    fps: viewLimits.fpsMax,
    width: viewLimits.widthDefault,
  });
  await delay(settleMs);
  watcher.arrived.length = 0;
  const watched = await processorIn(windowMs);
  const arrived = watcher.arrived.slice();
  watcher.close();
  // A watcher's word counts for so long, also when it has gone without one.
  await delay(viewLimits.watchMs + settleMs);
  const after = await processorIn(windowMs);
  const ages = (await agesOf(arrived, executablePath)).sort((a, b) => a - b);
  return {
    before,
    watched,
    after,
    perSecond: arrived.length / (windowMs / 1_000),
    p50Ms: quantile(ages, 0.5),
    p95Ms: quantile(ages, 0.95),
  };
}

/** What the product's processes take of the processor meanwhile, PostgreSQL and browsers among them, this one not. */
async function processorIn(windowMs: number): Promise<number> {
  const own = process.cpuUsage();
  const usage = watchUsage(process.pid);
  const began = performance.now();
  await delay(windowMs);
  const { cpuSeconds } = usage.stop();
  const { user, system } = process.cpuUsage(own);
  const seconds = (performance.now() - began) / 1_000;
  return Math.max(0, ((cpuSeconds - (user + system) / 1_000_000) / seconds) * 100);
}

function resultOf(found: readonly Round[], windowMs: number, executablePath: string): BenchResult {
  const row = (what: string, who: string, unit: Row["unit"], field: keyof Round) =>
    rowOf(
      what,
      who,
      unit,
      found.map((round) => round[field]),
    );
  const rows = [
    row("pictures at the watching socket", "one watcher", "per s", "perSecond"),
    row("age of a picture when it comes", "p50", "ms", "p50Ms"),
    row("age of a picture when it comes", "p95", "ms", "p95Ms"),
    row("processor, of one core", "nobody watches", "%", "before"),
    row("processor, of one core", "one watcher", "%", "watched"),
    row("processor, of one core", "nobody watches any more", "%", "after"),
  ];
  const median = (index: number) => rows[index]?.median ?? Number.NaN;
  return {
    rows,
    bars: [
      barOf(`pictures per second, to ${wantedPerSecond}`, median(0) / wantedPerSecond, 1),
      barOf(`${wantedAgeMs} ms, to the age of 19 of 20 pictures`, wantedAgeMs / median(2), 1),
      barOf(
        "nobody watches any more: what it took before, to what it takes then",
        median(3) / median(5),
        0.85,
      ),
    ],
    notes: [
      `a page of 40 rows that changes 20 times a second, 1280 x 720; windows of ${windowMs / 1_000} s; browser ${executablePath}`,
      "the age is from the script of the page that has drawn it to the socket of the watcher, over loopback, on one clock",
      "processor: API, worker, its browser (which draws the page in any case) and PostgreSQL; what is within 15 % is noise",
    ],
  };
}

async function ask<T>(system: TestSystem, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await system.call(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}
