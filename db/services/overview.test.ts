import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ExecutionStatus } from "../domain/states.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeTestCase, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { transaction } from "./context.ts";
import { checkDatabase, queueHealth } from "./health.ts";
import { projectOverview } from "./overview.ts";
import { moveExecution } from "./run-state.ts";
import { executeTestCase } from "./runs.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database.drop());

async function execute(testCaseId: string, to: ExecutionStatus | null, seconds = 1): Promise<void> {
  const { id } = await executeTestCase(world.as.bob, { testCaseId }, "api");
  const start = Date.now();
  await transaction(systemCtx(database.db, world.a.id), async (ctx) => {
    if (!to) return;
    await moveExecution(ctx, { executionId: id, from: "queued", to: "running", at: new Date(start) });
    if (to === "running") return;
    const at = new Date(start + seconds * 1_000);
    await moveExecution(ctx, { executionId: id, from: "running", to, at });
  });
}

test("a project without anything has zeros and no rate", async () => {
  assert.deepEqual(await projectOverview(world.as.bob, world.project.id), {
    projectId: world.project.id,
    caseCount: 0,
    suiteCount: 0,
    queued: 0,
    running: 0,
    runs7d: 0,
    executions7d: 0,
    flaky7d: 0,
    passRate7d: null,
    p50DurationMs: null,
    p95DurationMs: null,
    failing: [],
    lastRuns: [],
  });
});

test("the figures of a project are those of its rows; errors of ours are no failures of the product", async () => {
  const { bob } = world.as;
  const [good, bad, repaired] = [
    await makeTestCase(bob, world.project.id, { name: "Good" }),
    await makeTestCase(bob, world.project.id, { name: "Bad" }),
    await makeTestCase(bob, world.project.id, { name: "Repaired" }),
  ];
  await execute(good.id, "passed", 2);
  await execute(good.id, "flaky", 4);
  await execute(good.id, "error");
  await execute(repaired.id, "failed", 3);
  await execute(repaired.id, "passed", 1);
  await execute(bad.id, "failed", 5);
  await execute(bad.id, "running");
  await execute(bad.id, null);
  const overview = await projectOverview(bob, world.project.id);
  const { failing, lastRuns, ...figures } = overview;
  assert.deepEqual(figures, {
    projectId: world.project.id,
    caseCount: 3,
    suiteCount: 0,
    queued: 1,
    running: 1,
    runs7d: 8,
    executions7d: 8,
    flaky7d: 1,
    passRate7d: 3 / 5,
    p50DurationMs: 3_000,
    p95DurationMs: 4_800,
  });
  assert.deepEqual(
    failing.map(({ name }) => name),
    ["Bad"],
  );
  assert.equal(lastRuns.length, 8);
  assert.equal(lastRuns[0]?.status, "queued");
  const later = { ...bob, now: () => new Date(Date.now() + 8 * 24 * 3_600_000) };
  const old = await projectOverview(later, world.project.id);
  assert.deepEqual([old.runs7d, old.passRate7d, old.failing, old.queued], [0, null, [], 1]);
});

test("the health of the queue tells that jobs wait and nobody takes them", async () => {
  const { db } = database;
  await db.sql`delete from outbox`;
  assert.deepEqual(await queueHealth(db), {
    status: "up",
    ready: 0,
    scheduled: 0,
    running: 0,
    oldestReadyMs: null,
    workers: 0,
  });
  await execute((await makeTestCase(world.as.bob, world.project.id)).id, null);
  const waiting = await queueHealth(db);
  assert.deepEqual([waiting.status, waiting.ready], ["down", 1]);
  assert.ok(waiting.oldestReadyMs !== null && waiting.oldestReadyMs >= 0);
});

test("a database that is there is up, one that is not is down, within the bound", async () => {
  const up = await checkDatabase(database.db);
  assert.deepEqual([up.status, up.error], ["up", null]);
  const { openDb } = await import("../client.ts");
  const nowhere = openDb({ url: "postgres://x@127.0.0.1:1/x", connectionsMax: 1, name: "test" });
  const down = await checkDatabase(nowhere);
  assert.equal(down.status, "down");
  assert.ok(down.error && down.ms < 3_000);
  await nowhere.close();
});
