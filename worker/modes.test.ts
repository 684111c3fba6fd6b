import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import postgres from "postgres";
import { openBlobs } from "../db/blobs.ts";
import type { TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { getExecution, listAttempts } from "../db/services/executions.ts";
import { getJob } from "../db/services/jobs.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { getWorker, setWorkerMode } from "../db/services/workers.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeTestCase, makeWorld, systemCtx, testKeys, type World } from "../db/testing/factories.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { startWorker, type WorkerOptions, type WorkerService } from "./service.ts";
import { until } from "./testing/wait.ts";

// What workers do and do not claim: by what they are told, what they have, and how they are.

const home = mkdtempSync(join(tmpdir(), "verdict-modes-"));
const sandbox = process.getuid?.() !== 0;
const timings = { leaseMs: 4_000, heartbeatMs: 300, sweepMs: 200, pollMs: 300, probeMs: 300, graceMs: 3_000 };

let database: TestDatabase;
let world: World;
let executablePath: string;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  executablePath = await findBrowser();
});
const services: WorkerService[] = [];
afterEach(async () => {
  await database.db.sql`delete from outbox where state <> 'running'`;
  await Promise.all(services.splice(0).map((service) => service.stop()));
});
after(async () => {
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

async function start(over: Partial<WorkerOptions> = {}): Promise<WorkerService> {
  const blobs = openBlobs({ kind: "file", directory: join(home, "blobs") });
  const service = await startWorker({
    ...{ db: database.db, blobs, keys: testKeys, name: "here", version: "0", slots: 2, home, timings },
    browser: { executablePath, sandbox },
    ...over,
  });
  services.push(service);
  return service;
}

async function execute(...steps: unknown[]): Promise<{ id: string }> {
  const all = [{ type: "goto", url: "about:blank" }, ...steps] as TestCaseInput["steps"];
  const testCase = await makeTestCase(world.as.alice, world.project.id, { steps: all });
  return executeTestCase(world.as.alice, { testCaseId: testCase.id, retries: 0 }, "manual");
}

const ended = (id: string) =>
  until("the execution has ended", 60_000, async () => {
    const execution = await getExecution(world.as.alice, id);
    return isFinal(execution.status) && execution;
  });
const statusesOf = async (id: string) => (await listAttempts(world.as.alice, id)).map(({ status }) => status);
const jobOf = async (executionId: string) => {
  const [row] = await database.db.sql<
    { id: string }[]
  >`select id from outbox where unique_key = ${executionId}`;
  return getJob(systemCtx(database.db), row?.id ?? "");
};
/** It has said how it is: what it does not claim from now on it does not want to, or can't. */
const works = (workerId: string) =>
  until("it has said how it is", 20_000, async () => {
    const worker = await getWorker(systemCtx(database.db), workerId);
    return worker.memoryBytes !== null;
  });

test("a worker without a browser leaves executions to those that have one, and the job says what is missing", async () => {
  await database.db.sql`delete from outbox`;
  const service = await start({ browser: null });
  const { id } = await execute();
  await works(service.id);
  const job = await jobOf(id);
  assert.match(job.explanation, /^Waits since .*: 0 workers have chromium$/);
  assert.equal(job.attempt, 0);
  await start({ name: "able" });
  assert.equal((await ended(id)).status, "passed");
});

test("a worker whose browser does not start quarantines itself, others do the work, and it comes back when it starts", async () => {
  // By its name it is known which kind of browser it is.
  const executable = join(home, basename(executablePath));
  const sick = await start({ name: "sick", browser: { executablePath: executable, sandbox } });
  const ids = (await Promise.all([1, 2, 3, 4].map(() => execute()))).map(({ id }) => id);
  const stateOf = async () => getWorker(systemCtx(database.db), sick.id);
  const quarantined = await until("it is quarantined", 20_000, async () => {
    const worker = await stateOf();
    return worker.state === "quarantined" && worker;
  });
  assert.match(quarantined.reason ?? "", /attempts in a row .* browser-start-failed/);
  assert.equal(quarantined.changedBy, null);
  await start({ name: "well" });
  for (const id of ids) assert.equal((await ended(id)).status, "passed");
  symlinkSync(executablePath, executable);
  await until("it is active again", 20_000, async () => (await stateOf()).state === "active");
  rmSync(executable);
});

test("told to drain, a worker ends what it has, takes nothing new, and stops without costing an attempt", async () => {
  const service = await start();
  const first = await execute({ type: "waitFor", ms: 1_500 });
  await until("it runs", 20_000, async () => (await statusesOf(first.id)).length === 1);
  await setWorkerMode(systemCtx(database.db), service.id, "draining");
  await until("it has heard", 10_000, () => service.state().mode === "draining");
  const second = await execute();
  assert.equal((await ended(first.id)).status, "passed");
  await until("it has left", 20_000, async () => {
    const rows = await database.db.sql`select 1 from worker where id = ${service.id}`;
    return rows.length === 0;
  });
  assert.deepEqual(await statusesOf(first.id), ["passed"]);
  assert.deepEqual(await statusesOf(second.id), []);
  await start({ name: "next" });
  assert.equal((await ended(second.id)).status, "passed");
});

test("a worker that the database has no use for claims nothing, says why, and works when it is asked for again", async () => {
  const owner = postgres(database.ownerUrl, { max: 1 });
  await owner`update worker_terms set protocol_min = 7, protocol_max = 8`;
  const service = await start();
  await works(service.id);
  const { id } = await execute();
  const why = /speaks protocol 1, the database asks for 7 to 8/;
  await until("the job says so", 20_000, async () => why.test((await jobOf(id)).explanation));
  assert.match(service.state().refusal.why ?? "", why);
  await owner`update worker_terms set protocol_min = 1, protocol_max = 1`;
  await owner.end();
  assert.equal((await ended(id)).status, "passed");
});

test("a worker with too little memory for a browser claims no execution and says so", async () => {
  const service = await start({ browserMemoryBytes: Number.MAX_SAFE_INTEGER });
  await works(service.id);
  const { id } = await execute();
  await until("the job says so", 20_000, async () =>
    /memory are free and a browser needs/.test((await jobOf(id)).explanation),
  );
  assert.equal((await jobOf(id)).attempt, 0);
  await start({ name: "roomy" });
  assert.equal((await ended(id)).status, "passed");
});
