import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newId } from "../domain/ids.ts";
import { jobQuerySchema } from "../domain/queries.ts";
import { claim } from "../outbox/claim.ts";
import { complete, fail } from "../outbox/finish.ts";
import { registerWorker } from "../outbox/workers.ts";
import { enqueue } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeTestCase, makeUser, makeWorld, type World } from "../testing/factories.ts";
import type { Ctx } from "./context.ts";
import { retryJob } from "./dead-letters.ts";
import { getExecution } from "./executions.ts";
import { cancelJob, getJob, jobCounts, listJobs, whyExecutionWaits } from "./jobs.ts";
import { changeQueue } from "./queues.ts";
import { executeTestCase } from "./runs.ts";
import { listWorkers } from "./workers.ts";

let database: TestDatabase;
let world: World;
let admin: Ctx;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  admin = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
});
after(() => database.drop());

const worker = { id: newId(), name: "w1", host: "h", pid: 1, version: "0", browsers: ["chromium"], slots: 4 };
const add = () =>
  database.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }),
  );
const take = async () => {
  const [job] = await claim(database.db.sql, { workerId: worker.id, slots: 1, queue: "light" });
  assert.ok(job);
  return job;
};
const explanation = async (id: string) => (await getJob(admin, id)).explanation;
const query = (over: Record<string, unknown> = {}) => jobQuerySchema.parse(over);

test("only platform administrators see jobs and workers", async () => {
  const id = await add();
  for (const verb of [
    listWorkers,
    jobCounts,
    (ctx: Ctx) => listJobs(ctx, query()),
    (ctx: Ctx) => getJob(ctx, id),
  ]) {
    await assert.rejects(verb(world.as.alice), { code: "forbidden" });
  }
  await assert.rejects(cancelJob(world.as.alice, id), { code: "forbidden" });
  await assert.rejects(retryJob(world.as.alice, id), { code: "forbidden" });
  await assert.rejects(getJob(admin, newId()), { code: "not-found" });
  await assert.rejects(getJob(admin, "nonsense"), { code: "not-found" });
  await cancelJob(admin, id);
});

test("every state has a sentence that says why", async () => {
  const id = await add();
  assert.match(await explanation(id), /^Waits since .*: no worker is connected$/);
  await registerWorker(database.db.sql, worker);
  assert.match(await explanation(id), /: 10 of 10 slots are free, so a worker takes it within a second$/);
  const first = await take();
  assert.match(await explanation(id), /^Runs on worker w1 since \d+ ms, lease for another (14|15) s$/);
  await fail(database.db.orm, first, "the disk is full");
  assert.match(
    await explanation(id),
    /^Waits another \d+ s until its try 2 of 3 after 1 failed try: the disk is full$/,
  );
  await database.db.sql`update outbox set run_at = now() where id = ${id}`;
  await complete(database.db.orm, await take());
  assert.match(await explanation(id), /^Done .* ago by worker w1 in .* \(before: 1 failed try\)$/);
});

test("a lost lease is told, and who is going to do something about it", async () => {
  const id = await add();
  const job = await take();
  await database.db.sql`update outbox set lease_until = now() - interval '3 seconds' where id = ${id}`;
  assert.match(await explanation(id), /its lease ended 3 s ago and another worker takes over$/);
  await complete(database.db.orm, job);
});

test("the list goes over waiting, running and ended jobs without skipping or repeating one", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) ids.push(await add());
  await complete(database.db.orm, await take());
  await take();
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listJobs(admin, query({ limit: 3, cursor, kind: "housekeeping" }));
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  assert.deepEqual(seen.slice(0, 7), ids.toReversed());
  assert.equal(new Set(seen).size, seen.length);
  const ready = await listJobs(admin, query({ state: "ready", kind: "housekeeping" }));
  assert.equal(ready.items.length, 5);
  const done = await listJobs(admin, query({ state: "done" }));
  assert.ok(done.items.length >= 1 && done.items.every(({ state }) => state === "done"));
  assert.equal((await jobCounts(admin)).ready, 5);
  await assert.rejects(listJobs(admin, query({ cursor: "nonsense" })), { code: "invalid-input" });
  await database.db.sql`delete from outbox`;
});

test("a dead job can be tried again; one that is not dead can't", async () => {
  const id = await add();
  await assert.rejects(retryJob(admin, id), /only a dead job/);
  await fail(database.db.orm, await take(), "never", { isPermanent: true });
  assert.match(await explanation(id), /^Given up .* after 1 failed try and 0 lost workers: never$/);
  const fresh = await retryJob(admin, id);
  assert.notEqual(fresh.id, id);
  assert.equal(fresh.state, "ready");
  await cancelJob(admin, fresh.id);
  await assert.rejects(cancelJob(admin, fresh.id), /has ended already/);
});

test("cancelling the job of a waiting execution ends the execution, of whatever tenant", async () => {
  const testCase = await makeTestCase(world.as.charlie, world.foreign.id);
  const { id } = await executeTestCase(world.as.charlie, { testCaseId: testCase.id }, "manual");
  const [job] = await database.db.sql<{ id: string }[]>`select id from outbox where unique_key = ${id}`;
  assert.ok(job);
  assert.equal((await cancelJob(admin, job.id)).state, "cancelled");
  const execution = await getExecution(world.as.charlie, id);
  assert.equal(execution.status, "cancelled");
  assert.match(execution.error?.message ?? "", /root-.*@example.com/);
  await assert.rejects(retryJob(admin, job.id), { code: "conflict" });
});

test("who may see a run is told why it has not begun, and not who paused the queue", async () => {
  const testCase = await makeTestCase(world.as.alice, world.project.id);
  const { id } = await executeTestCase(world.as.alice, { testCaseId: testCase.id }, "manual");
  const why = () => whyExecutionWaits(world.as.bob, id);
  await database.db.sql`update worker set browsers = '{firefox}'`;
  assert.equal(await why(), "Waits: 0 workers have chromium");
  await database.db.sql`update worker set browsers = '{chromium}'`;
  assert.match((await why()) ?? "", /^Waits: 4 of 4 slots are free/);
  await changeQueue(admin, "browser", { paused: true, reason: "new disks" });
  assert.equal(await why(), "Waits: the queue browser is paused by an administrator (new disks)");
  await changeQueue(admin, "browser", { paused: false });
  await assert.rejects(whyExecutionWaits(world.as.charlie, id), { code: "not-found" });
  const [job] = await claim(database.db.sql, { workerId: worker.id, slots: 1, queue: "browser" });
  assert.ok(job);
  assert.equal(await why(), null);
  await database.db.sql`delete from outbox`;
});

test("a worker that has not been seen for a lease is lost", async () => {
  const [here] = await listWorkers(admin);
  assert.equal(here?.state, "active");
  assert.equal(here?.name, "w1");
  await database.db.sql`update worker set seen_at = now() - interval '1 minute'`;
  assert.equal((await listWorkers(admin))[0]?.state, "lost");
});
