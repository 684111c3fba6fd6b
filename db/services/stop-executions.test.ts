import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { newId } from "../domain/ids.ts";
import type { Project } from "../domain/resources.ts";
import { claim } from "../outbox/claim.ts";
import { registerWorker } from "../outbox/workers.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  makeProject,
  makeSuite,
  makeTestCase,
  makeWorld,
  systemCtx,
  type World,
} from "../testing/factories.ts";
import { beginAttempt } from "./attempts.ts";
import { transaction } from "./context.ts";
import { getExecution, listExecutions, listLogs, stopExecution } from "./executions.ts";
import { moveExecution } from "./run-state.ts";
import { executeSuite, executeTestCase, getRun, stopRun } from "./runs.ts";

let database: TestDatabase;
let world: World;
let project: Project;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
beforeEach(async () => {
  await database.db.sql`delete from outbox`;
  project = await makeProject(world.as.alice, world.a.id);
});
after(() => database.drop());

const bob = () => world.as.bob;
const executionsOf = async (run: { id: string }) =>
  (await listExecutions(bob(), { runId: run.id, limit: 200 })).items;
const jobs = () =>
  database.db.sql<
    { unique_key: string; cancel_reason: string | null }[]
  >`select unique_key, cancel_reason from outbox order by id`;

async function suiteOf(count: number) {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await makeTestCase(bob(), project.id, { name: `Case ${n}` })).id);
  return makeSuite(bob(), project.id, ids);
}

/** A worker that holds the jobs of these executions. */
async function claimAll() {
  const workerId = newId();
  const { sql } = database.db;
  await registerWorker(sql, {
    id: workerId,
    name: "w",
    host: "h",
    pid: 1,
    version: "0",
    browsers: ["chromium"],
    slots: 10,
  });
  return { workerId, claimed: await claim(sql, { workerId, slots: 10, queue: "browser" }) };
}

test("a stopped run that waits is cancelled at once, with its jobs and one last event for each execution", async () => {
  const run = await executeSuite(bob(), (await suiteOf(3)).id, {}, "api");
  const stopped = await stopRun(bob(), run.id);
  assert.deepEqual(
    [stopped.status, stopped.counts.cancelled, stopped.counts.queued, stopped.startedAt],
    ["cancelled", 3, 0, null],
  );
  assert.ok(stopped.finishedAt && stopped.revision > run.revision);
  assert.equal((await jobs()).length, 0);
  const reason = `stopped by ${world.bob.email}`;
  const failure = { code: "cancelled", message: reason, detail: null, step: null };
  for (const execution of await executionsOf(run)) {
    assert.deepEqual([execution.status, execution.error], ["cancelled", failure]);
    const { items } = await listLogs(bob(), execution.id, { after: 0, limit: 10 });
    assert.deepEqual(
      items.map(({ at: _, ...item }) => item),
      [{ seq: 1, attempt: 0, type: "execution-finished", status: "cancelled", failure }],
    );
  }
  const done = await database.db.sql`select outcome, error from outbox_done`;
  assert.deepEqual(
    done.map(({ outcome, error }) => `${outcome} ${error}`),
    Array(3).fill(`cancelled ${reason}`),
  );
  assert.deepEqual(await stopRun(bob(), run.id), stopped);
});

test("stopping a run tells the workers of those that run, and counts on when they end", async () => {
  const run = await executeSuite(bob(), (await suiteOf(2)).id, {}, "api");
  const { workerId, claimed } = await claimAll();
  const [first, second] = await executionsOf(run);
  assert.ok(first && second);
  const lease = claimed.find((job) => (job.payload as { executionId: string }).executionId === first.id);
  assert.ok(lease);
  const system = systemCtx(database.db, world.a.id);
  assert.ok(await beginAttempt(system, lease, first.id, { id: workerId }));
  const stopped = await stopRun(bob(), run.id);
  assert.deepEqual(
    [stopped.status, stopped.counts.running, stopped.counts.cancelled, stopped.finishedAt],
    ["running", 1, 1, null],
  );
  assert.equal((await getExecution(bob(), second.id)).status, "cancelled");
  const told = (await jobs()).find((job) => job.unique_key === first.id);
  assert.equal(told?.cancel_reason, `stopped by ${world.bob.email}`);
  const moved = await transaction(system, (ctx) =>
    moveExecution(ctx, { executionId: first.id, from: "running", to: "cancelled" }),
  );
  assert.equal(moved?.runId, run.id);
  const ended = await getRun(bob(), run.id);
  assert.deepEqual([ended.status, ended.counts.cancelled], ["cancelled", 2]);
  assert.ok(ended.durationMs !== null && ended.finishedAt);
});

test("a claimed execution that was stopped before it began does not begin", async () => {
  const execution = await executeTestCase(
    bob(),
    { testCaseId: (await makeTestCase(bob(), project.id)).id },
    "api",
  );
  const { workerId, claimed } = await claimAll();
  assert.equal((await stopExecution(bob(), execution.id)).status, "cancelled");
  const [lease] = claimed;
  assert.ok(lease);
  const system = systemCtx(database.db, world.a.id);
  assert.equal(await beginAttempt(system, lease, execution.id, { id: workerId }), null);
});

test("one execution is stopped and the others of its run go on", async () => {
  const run = await executeSuite(bob(), (await suiteOf(2)).id, {}, "api");
  const [first, second] = await executionsOf(run);
  assert.ok(first && second);
  assert.equal((await stopExecution(bob(), first.id)).status, "cancelled");
  assert.equal((await getExecution(bob(), second.id)).status, "queued");
  assert.deepEqual((await getRun(bob(), run.id)).status, "running");
  assert.equal((await jobs()).length, 1);
});

test("stopping a run twice at once, while executions of it end, neither locks up nor miscounts", async () => {
  const run = await executeSuite(bob(), (await suiteOf(8)).id, {}, "api");
  const executions = await executionsOf(run);
  const system = systemCtx(database.db, world.a.id);
  await Promise.all([
    stopRun(bob(), run.id),
    stopRun(world.as.alice, run.id),
    ...executions
      .toReversed()
      .map(({ id }) =>
        transaction(system, (ctx) => moveExecution(ctx, { executionId: id, from: "queued", to: "error" })),
      ),
  ]);
  const { counts, finishedAt } = await getRun(bob(), run.id);
  assert.equal(counts.queued, 0);
  assert.equal(counts.cancelled + counts.error, 8);
  assert.ok(finishedAt);
  const statuses = (await executionsOf(run)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === "error").length, counts.error);
});
