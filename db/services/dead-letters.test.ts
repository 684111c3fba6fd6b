import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import postgres from "postgres";
import { newId } from "../domain/ids.ts";
import { deadChoiceSchema, jobQuerySchema } from "../domain/queries.ts";
import { claim } from "../outbox/claim.ts";
import { fail, release, snooze } from "../outbox/finish.ts";
import { rescue } from "../outbox/rescue.ts";
import { registerWorker } from "../outbox/workers.ts";
import { enqueue } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeTestCase, makeUser, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { finishAttempt } from "./attempt-endings.ts";
import { beginAttempt } from "./attempts.ts";
import type { Ctx } from "./context.ts";
import { countDead, discardJobs, replayJobs, retryJob } from "./dead-letters.ts";
import { getExecution } from "./executions.ts";
import { getJob, jobCounts, listJobs } from "./jobs.ts";
import { executeTestCase } from "./runs.ts";

let database: TestDatabase;
let world: World;
let admin: Ctx;
/** Nobody else reads what was written down of the installation itself. */
let superuser: postgres.Sql;
const worker = { id: newId(), name: "w1", host: "h", pid: 7, version: "0", browsers: ["chromium"], slots: 4 };
before(async () => {
  database = await testDatabase();
  const server = new URL(process.env.VERDICT_TEST_PG_OWNER_URL ?? "");
  server.pathname = new URL(database.url).pathname;
  superuser = postgres(server.href, { max: 1, onnotice: () => {} });
  world = await makeWorld(database.db);
  admin = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
  await registerWorker(database.db.sql, worker);
});
after(async () => {
  await superuser.end();
  await database.drop();
});
beforeEach(() => database.db.sql`delete from outbox`);

async function take(queue: "light" | "browser" = "light") {
  await database.db.sql`update outbox set run_at = now() where state = 'scheduled'`;
  const [job] = await claim(database.db.sql, { workerId: worker.id, slots: 1, queue });
  assert.ok(job);
  return job;
}

const add = () =>
  database.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }),
  );

async function makeDead(error: string): Promise<string> {
  const id = await add();
  await fail(database.db.orm, await take(), error, { isPermanent: true });
  return id;
}

/** An execution of Charlie's whose last try was an error of ours. */
async function makeDeadExecution() {
  const testCase = await makeTestCase(world.as.charlie, world.foreign.id);
  const { id } = await executeTestCase(world.as.charlie, { testCaseId: testCase.id }, "manual");
  const ctx = systemCtx(database.db, world.foreign.organizationId);
  const failure = { code: "browser-start-failed", message: "no display", detail: null, step: null };
  for (;;) {
    const job = await take("browser");
    const start = await beginAttempt(ctx, job, id, worker);
    assert.ok(start);
    const outcome = { status: "error", failure, durationMs: 1 } as const;
    const ending = await finishAttempt(ctx, job, start, outcome);
    if (ending.state === "finished") return { executionId: id, jobId: job.jobId };
  }
}

test("a job keeps what happened to each try, with worker, fence and error, also when it is given up", async () => {
  const id = await add();
  await release(database.db.orm, await take());
  await snooze(database.db.orm, await take(), 1);
  await fail(database.db.orm, await take(), "the disk is full");
  const lost = await take();
  await database.db.sql`update outbox set lease_until = now() - interval '1 second' where id = ${id}`;
  await database.db.orm.transaction((tx) => rescue(tx, lost));
  const { history } = await getJob(admin, id);
  assert.deepEqual(
    history.map(({ how, attempt, worker }) => [how, attempt, worker]),
    [
      ["interrupted", 1, "w1"],
      ["snoozed", 2, "w1"],
      ["failed", 3, "w1"],
      ["lost", 4, "w1"],
    ],
  );
  assert.equal(history[2]?.error, "the disk is full");
  assert.match(history[3]?.error ?? "", /^lost with worker w1 on h \(process 7\)/);
  assert.equal(history[3]?.fence, lost.leaseToken.slice(0, 8));
  await fail(database.db.orm, await take(), "never", { isPermanent: true });
  const dead = await getJob(admin, id);
  assert.deepEqual([dead.state, dead.error, dead.history.length], ["dead", "never", 4]);
});

test("the history of a job is bounded: the last tries and the beginning of each error are kept", async () => {
  const id = await add();
  for (let n = 0; n < 15; n++) {
    await fail(database.db.orm, { ...(await take()), failures: 0 }, `${n} ${"x".repeat(5_000)}`);
  }
  const { history } = await getJob(admin, id);
  assert.equal(history.length, 12);
  assert.match(history.at(-1)?.error ?? "", /^14 x/);
  assert.ok(history.every(({ error }) => (error?.length ?? 0) <= 400));
});

test("only platform administrators deal with dead letters", async () => {
  const id = await makeDead("boom");
  for (const verb of [replayJobs, discardJobs]) {
    await assert.rejects(verb(world.as.alice, { ids: [id] }), { code: "forbidden" });
  }
  await assert.rejects(countDead(world.as.alice, {}), { code: "forbidden" });
  await discardJobs(admin, { ids: [id] });
});

test("a dead letter is dealt with once, by whoever is first, and leaves the list", async () => {
  const id = await makeDead("boom");
  const before = (await jobCounts(admin)).dead;
  const results = await Promise.allSettled([retryJob(admin, id), retryJob(admin, id), retryJob(admin, id)]);
  const fresh = results.filter((result) => result.status === "fulfilled");
  assert.equal(fresh.length, 1);
  assert.equal((await jobCounts(admin)).dead, before - 1);
  const job = await getJob(admin, id);
  assert.equal(job.replayedAs, fresh[0]?.value.id);
  assert.match(job.explanation, /\(tried again as another job by root-/);
  await assert.rejects(retryJob(admin, id), /has dealt with it: it was tried again as job/);
  const open = await listJobs(admin, jobQuerySchema.parse({ state: "dead", handled: "false" }));
  assert.ok(open.items.every((item) => item.id !== id));
});

test("all that match are replayed or discarded, and not when there are more of them than were shown", async () => {
  for (let n = 0; n < 3; n++) await makeDead(`the DISK is full, ${n}`);
  const other = await makeDead("something else");
  const filter = { search: "disk is FULL", kind: "housekeeping" };
  assert.equal(await countDead(admin, filter), 3);
  await assert.rejects(discardJobs(admin, { filter, expected: 2 }), /3 dead jobs match now, not 2/);
  const replayed = await replayJobs(admin, { filter, expected: 3 });
  assert.deepEqual(replayed, { done: 3, refused: [], refusedCount: 0, left: 0 });
  assert.equal(await countDead(admin, filter), 0);
  const discarded = await discardJobs(admin, { ids: [other, newId(), other] });
  assert.equal(discarded.done, 1);
  assert.match(discarded.refused[0]?.reason ?? "", /not found/);
  assert.match((await getJob(admin, other)).explanation, /\(discarded by root-/);
  const audits = await superuser`select id from audit where action = 'job.discard' and entity_id = ${other}`;
  assert.equal(audits.length, 1);
});

test("a dead job of an execution is tried again as a new run of its case, of whatever tenant", async () => {
  const { executionId, jobId } = await makeDeadExecution();
  assert.equal((await getExecution(world.as.charlie, executionId)).status, "error");
  const dead = await getJob(admin, jobId);
  assert.equal(dead.state, "dead");
  assert.equal(dead.history.length, 2, "the tries before the last");
  assert.equal(dead.projectId, world.foreign.id);
  const { done } = await replayJobs(admin, { filter: { projectId: world.foreign.id }, expected: 1 });
  assert.equal(done, 1);
  const fresh = await getJob(admin, (await getJob(admin, jobId)).replayedAs ?? "");
  assert.equal(fresh.state, "ready");
  const again = await getExecution(world.as.charlie, String(fresh.payload.executionId));
  assert.deepEqual([again.status, again.id === executionId], ["queued", false]);
  const mine = await listJobs(admin, jobQuerySchema.parse({ projectId: world.foreign.id }));
  assert.deepEqual(mine.items.map(({ id }) => id).sort(), [jobId, fresh.id].sort());
});

test("a choice is either of ids or of a filter with a number", () => {
  const ids = [newId()];
  const good = [{ ids }, { filter: {}, expected: 1 }];
  const bad = [
    {},
    { ids: [] },
    { ids, expected: 1 },
    { filter: {} },
    { expected: 3 },
    { filter: {}, expected: 0 },
  ];
  for (const input of good)
    assert.equal(deadChoiceSchema.safeParse(input).success, true, JSON.stringify(input));
  for (const input of bad)
    assert.equal(deadChoiceSchema.safeParse(input).success, false, JSON.stringify(input));
});

test("a dead job whose work is under way already is not enqueued twice", async () => {
  const job = { kind: "housekeeping", payload: {}, organizationId: null, uniqueKey: "hourly" } as const;
  const id = await database.db.orm.transaction((tx) => enqueue(tx, job));
  await fail(database.db.orm, await take(), "never", { isPermanent: true });
  await database.db.orm.transaction((tx) => enqueue(tx, job));
  await assert.rejects(retryJob(admin, id), /does the same and has not ended/);
});
