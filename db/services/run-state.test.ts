import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import { newId } from "../domain/ids.ts";
import { executionStatuses, noCounts, type RunCounts, runStatusOf } from "../domain/states.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeSuite, makeTestCase, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { transaction } from "./context.ts";
import { listExecutions } from "./executions.ts";
import { type ExecutionMove, moveExecution, runStatusSql } from "./run-state.ts";
import { executeSuite, getRun } from "./runs.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database.drop());

async function runOf(count: number) {
  const { bob } = world.as;
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await makeTestCase(bob, world.project.id)).id);
  const suite = await makeSuite(bob, world.project.id, ids);
  const run = await executeSuite(bob, suite.id, {}, "api");
  const { items } = await listExecutions(bob, { runId: run.id, limit: 200 });
  return { run, ids: items.map(({ id }) => id) };
}

const move = (change: ExecutionMove) =>
  transaction(systemCtx(database.db, world.a.id), (ctx) => moveExecution(ctx, change));
const read = (id: string) => getRun(world.as.bob, id);

test("the database names a run as the domain does, for every mixture of its executions", async () => {
  const mixtures: RunCounts[] = Array.from({ length: 2 ** executionStatuses.length }, (_, bits) => {
    const counts = noCounts();
    executionStatuses.forEach((status, index) => {
      counts[status] = (bits >> index) & 1 ? index + 1 : 0;
    });
    return counts;
  });
  const rows = await database.db.orm.execute<{ n: number; status: string }>(sql`
    select n, ${runStatusSql((status) => sql`(counts->>${status}::text)::int`)} as status
    from jsonb_array_elements(${JSON.stringify(mixtures)}::text::jsonb) with ordinality as t (counts, n) order by n`);
  assert.deepEqual(
    rows.map(({ status }) => status),
    mixtures.map(runStatusOf),
  );
});

test("a move counts in the run, sets its times once and grows its revision", async () => {
  const { run, ids } = await runOf(2);
  const [first = "", second = ""] = ids;
  const at = (second: number) => new Date(Date.UTC(2031, 0, 1, 0, 0, second));
  await move({ executionId: first, from: "queued", to: "running", attempt: 1, at: at(1) });
  const begun = await read(run.id);
  assert.deepEqual(
    [begun.status, begun.counts.running, begun.counts.queued, begun.startedAt, begun.revision],
    ["running", 1, 1, at(1).toISOString(), 2],
  );
  await move({ executionId: first, from: "running", to: "queued", at: at(2) });
  assert.deepEqual((await read(run.id)).status, "queued");
  await move({ executionId: first, from: "queued", to: "running", attempt: 2, at: at(3) });
  await move({ executionId: first, from: "running", to: "passed", at: at(4) });
  assert.deepEqual((await read(run.id)).status, "running");
  await move({ executionId: second, from: "queued", to: "running", at: at(5) });
  const failure = { code: "x", message: "y", detail: null, step: 0 };
  await move({ executionId: second, from: "running", to: "failed", failure, at: at(6) });
  const ended = await read(run.id);
  assert.deepEqual(
    [ended.status, ended.startedAt, ended.finishedAt, ended.durationMs, ended.revision],
    ["failed", at(1).toISOString(), at(6).toISOString(), 5_000, 7],
  );
  const { items } = await listExecutions(world.as.bob, { runId: run.id, limit: 5 });
  assert.deepEqual(
    items.map(({ status, attempt, durationMs, error }) => ({ status, attempt, durationMs, error })),
    [
      { status: "passed", attempt: 2, durationMs: 3_000, error: null },
      { status: "failed", attempt: 0, durationMs: 1_000, error: failure },
    ],
  );
});

test("a move from a status that the execution has left changes nothing", async () => {
  const { run, ids } = await runOf(1);
  const [executionId = ""] = ids;
  assert.ok(await move({ executionId, from: "queued", to: "running" }));
  const before = await read(run.id);
  assert.equal(await move({ executionId, from: "queued", to: "cancelled" }), null);
  assert.equal(await move({ executionId: newId(), from: "queued", to: "running" }), null);
  assert.deepEqual(await read(run.id), before);
});

test("a verdict is final, for the database as well", async () => {
  const { ids } = await runOf(1);
  const [executionId = ""] = ids;
  await move({ executionId, from: "queued", to: "cancelled" });
  await assert.rejects(move({ executionId, from: "cancelled", to: "queued" }), (error: Error) =>
    /cannot go from cancelled to queued/.test(String(error.cause)),
  );
});

test("executions of one run that end at the same moment are all counted", async () => {
  const { run, ids } = await runOf(12);
  await Promise.all(ids.map((executionId) => move({ executionId, from: "queued", to: "running" })));
  assert.deepEqual((await read(run.id)).counts, { ...noCounts(), running: 12 });
  const verdicts = ["passed", "failed", "flaky", "error"] as const;
  await Promise.all(
    ids.map((executionId, index) =>
      move({ executionId, from: "running", to: verdicts[index % 4] ?? "passed" }),
    ),
  );
  const ended = await read(run.id);
  assert.deepEqual(ended.counts, { ...noCounts(), passed: 3, failed: 3, flaky: 3, error: 3 });
  assert.deepEqual([ended.status, ended.revision], ["failed", 25]);
  assert.ok(ended.finishedAt);
});

test("of two workers that end one execution at the same moment, one does", async () => {
  const { run, ids } = await runOf(1);
  const [executionId = ""] = ids;
  await move({ executionId, from: "queued", to: "running" });
  const ends = await Promise.all([
    move({ executionId, from: "running", to: "passed" }),
    move({ executionId, from: "running", to: "failed" }),
  ]);
  assert.equal(ends.filter((ended) => ended !== null).length, 1);
  const { counts } = await read(run.id);
  assert.equal(counts.passed + counts.failed, 1);
  assert.equal(counts.running, 0);
});
