import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { newId } from "../db/domain/ids.ts";
import type { JobKind } from "../db/domain/jobs.ts";
import { fail } from "../db/outbox/finish.ts";
import { registerWorker, type WorkerRow } from "../db/outbox/workers.ts";
import { enqueue } from "../db/outbox.ts";
import { changeQueue, throughput } from "../db/services/queues.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { systemCtx } from "../db/testing/factories.ts";
import { createRegistry } from "../ops/metrics.ts";
import { workerMetrics } from "../ops/worker-metrics.ts";
import { JobCounts } from "./job-counts.ts";
import { noLog } from "./metrics.ts";
import { reportQueues } from "./queue-figures.ts";
import { QueueWorker, type QueueWorkerOptions } from "./queue-worker.ts";
import { until } from "./testing/wait.ts";

/** A worker with the real queue, registry and counts, whose jobs do what a test says. */
let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
const workers: QueueWorker[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) {
    await worker.quiet();
    await worker.stop();
  }
});
after(() => database.drop());

const timings = { leaseMs: 60_000, heartbeatMs: 1_000, sweepMs: 100, pollMs: 100 };
const kind = "housekeeping";

async function start(run: QueueWorkerOptions["run"], rescue: QueueWorkerOptions["rescue"] = async () => 0) {
  const { db } = database;
  const row: WorkerRow = { id: newId(), name: "w", host: "h", pid: 1, version: "0", browsers: [], slots: 1 };
  const registry = createRegistry("worker");
  const counts = new JobCounts(db.sql);
  const metrics = counts.beside(workerMetrics(registry));
  await registerWorker(db.sql, row);
  const slots = { browser: 1, light: 2, media: 0 };
  const worker = new QueueWorker({ db, worker: row, slots, timings, run, rescue, metrics, log: noLog });
  workers.push(worker);
  worker.start();
  return { registry, counts, metrics };
}

const add = () =>
  database.db.orm.transaction((tx) => enqueue(tx, { kind, payload: {}, organizationId: null }));

type Registry = ReturnType<typeof createRegistry>;
async function figure(registry: Registry, name: string, labels: Record<string, string>): Promise<number> {
  const found = (await registry.getSingleMetric(name)?.get())?.values.find(
    (value) =>
      (!("metricName" in value) ||
        value.metricName === undefined ||
        value.metricName === `${name}_count` ||
        value.metricName === name) &&
      Object.entries(labels).every(([label, text]) => value.labels[label as never] === text),
  );
  return found?.value ?? 0;
}
const reaches = (registry: Registry, name: string, labels: Record<string, string>, value = 1) =>
  until(`${name} ${JSON.stringify(labels)} reaches ${value}`, 20_000, async () => {
    return (await figure(registry, name, labels)) >= value;
  });

test("a job that is done moves tries, waiting, running and finished, and is in the charts", async () => {
  const { registry, counts } = await start(async () => "done");
  await add();
  await add();
  await reaches(registry, "verdict_jobs_finished_total", { kind, outcome: "done" }, 2);
  for (const name of ["verdict_job_attempts_total", "verdict_job_wait_seconds", "verdict_job_run_seconds"]) {
    assert.equal(await figure(registry, name, { kind }), 2, name);
  }
  await counts.flush();
  const { total } = await throughput(systemCtx(database.db), { window: "5m" });
  assert.deepEqual([total.started, total.finished, total.failed], [2, 2, 0]);
  assert.ok(total.waitP95Ms !== null && total.runP95Ms !== null);
  assert.deepEqual(counts.totals, { processed: 2, failed: 0, faults: 0 });
});

test("a try that fails moves retries, and the last one the dead letters", async () => {
  const { db } = database;
  const { registry, metrics, counts } = await start(async ({ job }) => {
    const isPermanent = job.failures > 0;
    const result = await fail(db.orm, job, "the disk is full", { isPermanent });
    metrics.ended(job.kind, result === "scheduled" ? "retried" : result);
    await db.sql`update outbox set run_at = now() where id = ${job.jobId}`;
    return "settled";
  });
  await add();
  await reaches(registry, "verdict_job_dead_letters_total", { kind });
  assert.equal(await figure(registry, "verdict_job_retries_total", { kind }), 1);
  assert.equal(await figure(registry, "verdict_job_attempts_total", { kind }), 2);
  await counts.flush();
  const { total } = await throughput(systemCtx(db), { window: "1h" });
  assert.equal(total.failed, 2);
  assert.deepEqual(counts.totals, { processed: 2, failed: 0, faults: 2 });
  metrics.attemptEnded("failed", "chromium", 1);
  metrics.attemptEnded("error", "chromium", 1);
  assert.deepEqual(counts.totals, { processed: 2, failed: 1, faults: 3 });
});

test("a completion that is refused moves the fence refusals, and a rescue the rescues", async () => {
  const { db } = database;
  const rescued = Promise.withResolvers<void>();
  const { registry, metrics } = await start(
    async ({ job }) => {
      // Somebody else has taken the lease over meanwhile, and ends the job.
      await db.sql`update outbox set lease_token = ${newId()} where id = ${job.jobId}`;
      return "done";
    },
    async () => {
      metrics.rescued(kind as JobKind, "ready");
      rescued.resolve();
      return 0;
    },
  );
  await add();
  await reaches(registry, "verdict_job_fence_refusals_total", { kind });
  await rescued.promise;
  assert.ok((await figure(registry, "verdict_job_rescues_total", { kind })) >= 1);
  await db.sql`delete from outbox`;
});

test("a worker that is running obeys a pause and goes on when it is resumed", async () => {
  const { db } = database;
  const admin = systemCtx(db);
  const { registry } = await start(async () => "done");
  await add();
  await reaches(registry, "verdict_jobs_finished_total", { kind, outcome: "done" }, 1);
  await changeQueue(admin, "light", { paused: true });
  const id = await add();
  await db.sql`update worker set idle = '{}'`;
  // It has looked again: it says anew that it found nothing.
  await until("the worker looks and finds nothing", 20_000, async () => {
    const [row] = await db.sql<{ idle: string[] }[]>`select idle from worker`;
    return row?.idle.includes("light");
  });
  assert.equal((await db.sql`select id from outbox where id = ${id} and state = 'ready'`).length, 1);
  await changeQueue(admin, "light", { paused: false });
  await reaches(registry, "verdict_jobs_finished_total", { kind, outcome: "done" }, 2);
});

test("what waits, for how long, what is paused and what was given up is told of each queue", async () => {
  const { db } = database;
  const registry = createRegistry("worker");
  const metrics = workerMetrics(registry);
  const id = await add();
  await db.sql`update outbox set run_at = now() - interval '1 minute' where id = ${id}`;
  await db.sql`insert into queue_setting (queue, paused, slots, changed_by) values ('light', true, 3, 'test')
    on conflict (queue) do update set paused = true, slots = 3`;
  await reportQueues(db.sql, metrics);
  const queue = "light";
  assert.equal(await figure(registry, "verdict_queue_jobs", { queue, state: "ready" }), 1);
  assert.equal(await figure(registry, "verdict_queue_jobs", { queue, state: "running" }), 0);
  assert.ok((await figure(registry, "verdict_queue_oldest_ready_seconds", { queue })) >= 60);
  assert.equal(await figure(registry, "verdict_queue_paused", { queue }), 1);
  assert.equal(await figure(registry, "verdict_queue_slots_max", { queue }), 3);
  assert.ok((await figure(registry, "verdict_dead_letters", {})) >= 1);
  await db.sql`update queue_setting set paused = false, slots = null`;
  await reportQueues(db.sql, metrics);
  assert.equal(await figure(registry, "verdict_queue_paused", { queue }), 0);
  assert.ok(!(await registry.metrics()).includes("verdict_queue_slots_max{"), "no limit, no figure");
  await db.sql`delete from outbox`;
});
