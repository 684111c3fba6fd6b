import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { Execution } from "../domain/resources.ts";
import { deleteExpired } from "../outbox/housekeeping.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeTestCase, makeWorld, type World } from "../testing/factories.ts";
import { setTenant } from "./context.ts";
import { stopExecution } from "./executions.ts";
import { pauseExecution, stepExecution } from "./live-control.ts";
import { getView, readView, watchView } from "./live-view.ts";
import { exchangeView } from "./live-worker.ts";
import { executeTestCase } from "./runs.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database?.drop());

const wish = { fps: 5, width: 640 };

async function execute(): Promise<Execution> {
  const { id } = await makeTestCase(world.as.alice, world.project.id);
  return executeTestCase(world.as.alice, { testCaseId: id }, "api");
}

async function count(table: "live_view" | "live_watch", id: string): Promise<number> {
  return database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.a.id], null);
    const [row] = await tx.execute<{ count: number }>(
      sql`select count(*)::int as count from ${sql.raw(table)} where execution_id = ${id}`,
    );
    return row?.count ?? 0;
  });
}

const isUnknown = (error: unknown) => error instanceof AppError && error.code === "not-found";

test("what is said and wanted of an execution ends with it, and is no stranger's to see", async () => {
  const { id } = await execute();
  await watchView(world.as.bob, id, newId(), wish);
  await pauseExecution(world.as.bob, id);
  assert.equal(await count("live_watch", id), 1);
  assert.equal(await count("live_view", id), 1);
  await assert.rejects(readView(world.as.charlie, id), isUnknown);
  await assert.rejects(watchView(world.as.charlie, id, newId(), wish), isUnknown);
  await assert.rejects(pauseExecution(world.as.charlie, id), isUnknown);
  await stopExecution(world.as.alice, id);
  assert.equal(await count("live_watch", id), 0);
  assert.equal(await count("live_view", id), 0);
  await watchView(world.as.bob, id, newId(), wish);
  assert.equal(await count("live_watch", id), 0, "one that has ended is watched by nobody");
  assert.equal((await getView(world.as.bob, id)).state, "ended");
});

test("one that is not to pause takes no single step, and one that has ended is not held", async () => {
  const { id } = await execute();
  const isConflict = (error: unknown) => error instanceof AppError && error.code === "conflict";
  await assert.rejects(stepExecution(world.as.bob, id), isConflict);
  await stopExecution(world.as.alice, id);
  await assert.rejects(pauseExecution(world.as.bob, id), isConflict);
});

test("a worker without the lease shows nothing and learns nothing", async () => {
  const { id, organizationId } = await execute();
  const scene = { attempt: 1, width: 1, height: 1, url: "", pointer: null, box: null, step: null };
  const lease = { jobId: newId(), leaseToken: newId() };
  const wishes = await exchangeView(world.as.alice, lease, { executionId: id, organizationId }, { scene });
  assert.equal(wishes, null);
  assert.equal(await count("live_view", id), 0);
  await stopExecution(world.as.alice, id);
});

test("the housekeeping deletes what a killed API left behind, and nothing that still counts", async () => {
  const { id } = await execute();
  await watchView(world.as.bob, id, newId(), wish);
  await database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.a.id], null);
    await tx.execute(sql`insert into live_watch (execution_id, watcher_id, organization_id, fps, width, expires_at)
      values (${id}, ${newId()}, ${world.a.id}, 1, 320, now() - interval '1 hour')`);
  });
  const deleted = await deleteExpired(database.db.sql, new AbortController().signal);
  assert.equal(deleted.live_watch, 1);
  assert.equal(await count("live_watch", id), 1);
  await stopExecution(world.as.alice, id);
});
