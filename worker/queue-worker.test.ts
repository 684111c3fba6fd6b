import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { type Db, openDb } from "../db/client.ts";
import { newId } from "../db/domain/ids.ts";
import type { WorkerMode } from "../db/domain/workers.ts";
import { registerWorker } from "../db/outbox/workers.ts";
import { enqueue } from "../db/outbox.ts";
import { setWorkerMode } from "../db/services/workers.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { systemCtx } from "../db/testing/factories.ts";
import type { HeldJob } from "./held-job.ts";
import { noLog, noMetrics } from "./metrics.ts";
import type { RunResult } from "./pump.ts";
import { QueueWorker, type QueueWorkerOptions } from "./queue-worker.ts";
import { sweepLeases } from "./rescue.ts";
import { until } from "./testing/wait.ts";

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
  await database.db.sql`delete from outbox`;
});
after(() => database.drop());

const timings = { leaseMs: 1_500, heartbeatMs: 200, sweepMs: 100, pollMs: 300 };

async function start(
  run: (held: HeldJob) => Promise<RunResult>,
  db: Db = database.db,
  over: Partial<QueueWorkerOptions> = {},
): Promise<string> {
  const worker = { id: newId(), name: "w", host: "h", pid: 1, version: "0", browsers: [], slots: 1 };
  await registerWorker(db.sql, worker);
  const ctx = () => {
    throw new Error("these jobs are nobody's");
  };
  const services = { db, ctx, metrics: noMetrics, log: noLog };
  const queueWorker = new QueueWorker({
    ...{ db, worker, timings, run, metrics: noMetrics, log: noLog },
    slots: { browser: 1, light: 2, media: 0 },
    rescue: () => sweepLeases(services),
    ...over,
  });
  workers.push(queueWorker);
  queueWorker.start();
  return worker.id;
}

const add = () =>
  database.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }),
  );
const isDone = async (id: string) =>
  (await database.db.sql`select 1 from outbox_done where id = ${id}`).length === 1;
const forEver = () => new Promise<RunResult>(() => {});

test("a main thread that is busy for longer than the lease loses no job", async () => {
  let held: HeldJob | null = null;
  await start((job) => {
    held = job;
    return forEver();
  });
  const id = await add();
  await until("it runs", 10_000, () => held !== null);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * timings.leaseMs);
  const [row] = await database.db
    .sql`select lease_until > now() as is_held, crashes from outbox where id = ${id}`;
  assert.deepEqual({ ...row }, { is_held: true, crashes: 0 });
});

test("a worker that is taken for dead stops what it runs, and takes part again under the same name", async () => {
  const held: HeldJob[] = [];
  const workerId = await start((job) => {
    held.push(job);
    return held.length === 1
      ? new Promise((resolve) => job.lostSignal.addEventListener("abort", () => resolve("settled")))
      : Promise.resolve("done");
  });
  const id = await add();
  await until("it runs", 10_000, () => held.length === 1);
  await database.db.sql`update worker set lost_at = now() where id = ${workerId}`;
  await database.db.sql`update outbox set lease_until = now() - interval '1 second' where id = ${id}`;
  await until("the job is done in a second try", 10_000, () => isDone(id));
  assert.equal(held[0]?.isLost, true);
  await until("it is known again", 5_000, async () => {
    const [row] = await database.db.sql`select lost_at from worker where id = ${workerId}`;
    return row?.lost_at === null;
  });
});

test("a job whose claim was never answered is given back, uncounted, by the worker that never heard of it", async () => {
  const workerId = await start(async () => "done");
  await until("it lives", 10_000, async () => {
    const [row] = await database.db.sql`select lock_key from worker where id = ${workerId}`;
    return row?.lock_key;
  });
  const id = newId();
  await database.db
    .sql`insert into outbox (id, kind, state, priority, payload, attempt, worker_id, lease_token, lease_until)
    values (${id}, 'housekeeping', 'running', 1, '{}', 1, ${workerId}, ${newId()}, now() + interval '1 hour')`;
  await until("it is done after all", 10_000, () => isDone(id));
  const [row] = await database.db
    .sql`select attempt, crashes, interruptions from outbox_done where id = ${id}`;
  assert.deepEqual({ ...row }, { attempt: 1, crashes: 0, interruptions: 0 });
});

const tell = (workerId: string, mode: WorkerMode) =>
  setWorkerMode(systemCtx(database.db), workerId, mode, "a test");
const stateOf = async (id: string) =>
  (await database.db.sql`select state from outbox where id = ${id}`)[0]?.state ?? "ended";

test("a worker does what it is told as soon as it hears it, and what runs goes on", async () => {
  const begun: string[] = [];
  const gate = Promise.withResolvers<RunResult>();
  const workerId = await start(
    ({ job }) => {
      begun.push(job.jobId);
      return gate.promise;
    },
    database.db,
    // It hears nothing by its heartbeat: only by its channel.
    { timings: { ...timings, leaseMs: 120_000, heartbeatMs: 60_000 } },
  );
  const first = await add();
  await until("it runs", 10_000, () => begun.length === 1);
  await tell(workerId, "quiet");
  await until("it has heard", 10_000, () => workers[0]?.mode === "quiet");
  const second = await add();
  gate.resolve("done");
  await until("the first is done", 10_000, () => isDone(first));
  assert.equal(await stateOf(second), "ready");
  await tell(workerId, "active");
  await until("the second is done", 10_000, () => isDone(second));
});

test("a worker that hears nothing does what it is told with its next heartbeat, also after it was taken for dead", async () => {
  const db = openDb({ url: `${database.url}?pgbouncer=true`, connectionsMax: 4, name: "deaf" });
  const workerId = await start(async () => "done", db);
  await tell(workerId, "quarantined");
  await until("it has heard", 10_000, () => workers[0]?.mode === "quarantined");
  await database.db.sql`delete from worker where id = ${workerId}`;
  await until("it has registered again", 10_000, async () => {
    const [row] = await database.db.sql`select mode from worker where id = ${workerId}`;
    return row?.mode === "quarantined";
  });
  const id = await add();
  await tell(workerId, "active");
  await until("it works", 10_000, () => isDone(id));
  for (const worker of workers.splice(0)) {
    await worker.quiet();
    await worker.stop();
  }
  await db.close();
});

test("told to drain it says so when the last job is done, and not before", async () => {
  let drained = 0;
  const gate = Promise.withResolvers<RunResult>();
  let runs = 0;
  const run = () => {
    runs++;
    return gate.promise;
  };
  const workerId = await start(run, database.db, { onDrained: () => drained++ });
  const id = await add();
  await until("it runs", 10_000, () => runs === 1);
  await tell(workerId, "draining");
  await until("it has heard", 10_000, () => workers[0]?.mode === "draining");
  const [before] = await database.db.sql`select seen_at from worker where id = ${workerId}`;
  await until("another heartbeat has been", 10_000, async () => {
    const [row] = await database.db.sql`select seen_at from worker where id = ${workerId}`;
    return row?.seen_at > before?.seen_at;
  });
  assert.equal(drained, 0);
  gate.resolve("done");
  await until("it is drained", 10_000, () => drained > 0);
  assert.ok(await isDone(id));
});

test("behind a pooler it works by polling, with no prepared statement, no LISTEN and no lock", async () => {
  const db = openDb({ url: `${database.url}?pgbouncer=true`, connectionsMax: 4, name: "pooled" });
  const workerId = await start(async () => "done", db);
  const id = await add();
  await until("it is done", 10_000, () => isDone(id));
  const [row] = await database.db.sql`select lock_key from worker where id = ${workerId}`;
  assert.equal(row?.lock_key, null);
  assert.equal((await db.sql`select 1 from pg_prepared_statements`).length, 0);
  const listening = await database.db.sql`select 1 from pg_stat_activity
    where datname = current_database() and application_name = 'pooled' and query ilike 'listen%'`;
  assert.equal(listening.length, 0);
  for (const worker of workers.splice(0)) {
    await worker.quiet();
    await worker.stop();
  }
  await db.close();
});
