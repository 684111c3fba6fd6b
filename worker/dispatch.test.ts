import assert from "node:assert/strict";
import { after, afterEach, before, mock, test } from "node:test";
import { newId } from "../db/domain/ids.ts";
import { jobPolicies } from "../db/domain/jobs.ts";
import { limits } from "../db/domain/limits.ts";
import { claim } from "../db/outbox/claim.ts";
import { exchange } from "../db/outbox/exchange.ts";
import { enqueue } from "../db/outbox.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { monotonicMs } from "./clock.ts";
import { runJob } from "./dispatch.ts";
import { HeldJob } from "./held-job.ts";
import type { JobHandler, JobServices } from "./job-handler.ts";
import { jobHandlers } from "./jobs/index.ts";
import { noLog, noMetrics } from "./metrics.ts";
import { Cancel, Permanent, Snooze } from "./verdicts.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  mock.restoreAll();
  await database.db.sql`delete from outbox`;
});
after(() => database.drop());

/** Has a job done by this handler. @returns what is known of it then, and what the dispatch said. */
async function dispatch(
  run: JobHandler<"housekeeping">["run"],
  during: (held: HeldJob) => void = () => undefined,
) {
  const { db } = database;
  await db.orm.transaction((tx) => enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }));
  const [job] = await claim(db.sql, { workerId: newId(), queue: "light", slots: 1 });
  assert.ok(job);
  const held = new HeldJob(job, monotonicMs(), limits.leaseMs);
  mock.method(jobHandlers.housekeeping, "run", run);
  // What handlers of this kind use of the services.
  const services = { db, metrics: noMetrics, log: noLog } as unknown as JobServices;
  const running = runJob(services, held);
  during(held);
  const said = await running;
  const [open] = await db.sql`select * from outbox where id = ${job.jobId}`;
  const [ended] = await db.sql`select * from outbox_done where id = ${job.jobId}`;
  return { said, open, ended, job };
}
const untilStopped = (held: HeldJob) =>
  new Promise<never>((_, reject) => {
    held.signal.addEventListener("abort", () => reject(held.signal.reason), { once: true });
  });

test("what a handler throws is tried again later, with the error kept", async () => {
  const { said, open } = await dispatch(() => Promise.reject(new Error("the disk is full")));
  assert.equal(said, "settled");
  assert.deepEqual([open?.state, open?.failures, open?.last_error], ["scheduled", 1, "the disk is full"]);
});

test("a permanent failure is a dead letter at once, with its error", async () => {
  const { ended } = await dispatch(() => Promise.reject(new Permanent("no such thing")));
  assert.deepEqual([ended?.outcome, ended?.failures, ended?.error], ["dead", 1, "no such thing"]);
});

test("a job that its handler puts off waits, and has not failed", async () => {
  const { open } = await dispatch(() => Promise.reject(new Snooze(60_000, "too early")));
  assert.deepEqual([open?.state, open?.failures], ["scheduled", 0]);
  assert.ok(open?.run_at > Date.now() + 30_000);
});

test("a job that is not needed any more ends as cancelled, with the reason", async () => {
  const { ended } = await dispatch(() => Promise.reject(new Cancel("the run is gone")));
  assert.deepEqual([ended?.outcome, ended?.error], ["cancelled", "the run is gone"]);
});

test("a job that takes longer than its kind may is told to stop, and counts as failed", async () => {
  const policy = jobPolicies.housekeeping as { timeoutMs: number };
  const { timeoutMs } = policy;
  policy.timeoutMs = 20;
  const { open } = await dispatch((_, held) => untilStopped(held)).finally(() => {
    policy.timeoutMs = timeoutMs;
  });
  assert.deepEqual([open?.state, open?.failures], ["scheduled", 1]);
  assert.equal(open?.last_error, "it took longer than 20 ms");
});

test("a job that is interrupted because its worker stops goes back and has not failed", async () => {
  const { open } = await dispatch(
    (_, held) => untilStopped(held),
    (held) => held.stop({ kind: "interrupted", message: "the worker stops" }),
  );
  assert.deepEqual([open?.state, open?.failures, open?.interruptions], ["ready", 0, 1]);
});

test("what came of a job is kept with it when its completion is accepted", async () => {
  const result = { deleted: 3 };
  const { said, job } = await dispatch(async () => ({ result }));
  assert.deepEqual(said, { result });
  const done = { ...job, result: JSON.stringify(result) };
  await exchange(database.db.sql, { workerId: newId(), queue: "light", slots: 0, ended: [done] });
  const [row] = await database.db.sql`select outcome, result from outbox_done where id = ${job.jobId}`;
  assert.deepEqual({ ...row }, { outcome: "done", result });
});
