import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { groupInputSchema } from "../domain/group-resources.ts";
import { newId } from "../domain/ids.ts";
import type { Step } from "../domain/steps/index.ts";
import { claim } from "../outbox/claim.ts";
import { registerWorker } from "../outbox/workers.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeTestCase, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { finishAttempt } from "./attempt-endings.ts";
import { type AttemptStart, beginAttempt } from "./attempts.ts";
import type { Ctx } from "./context.ts";
import { getExecution } from "./executions.ts";
import { createGroup, updateGroup } from "./groups.ts";
import { executeTestCase } from "./runs.ts";
import { putSecret } from "./secrets.ts";

let database: TestDatabase;
let world: World;
let ctx: Ctx;
const worker = { id: newId(), name: "w", host: "h", pid: 1, version: "0", browsers: [], slots: 1 };
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  ctx = systemCtx(database.db, world.a.id);
  await registerWorker(database.db.sql, worker);
});
after(() => database.drop());

const save = (name: string, steps: Step[]) =>
  createGroup(world.as.alice, world.project.id, groupInputSchema.parse({ name, steps }));

async function begin(executionId: string): Promise<{ start: AttemptStart; fail: () => Promise<unknown> }> {
  await database.db.sql`update outbox set state = 'ready', priority = -1 where unique_key = ${executionId}`;
  const [job] = await claim(database.db.sql, { workerId: worker.id, slots: 1, queue: "browser" });
  assert.ok(job);
  const start = await beginAttempt(ctx, job, executionId, worker);
  assert.ok(start);
  const failure = { code: "x", message: "x", detail: null, step: null };
  return {
    start,
    fail: () => finishAttempt(ctx, job, start, { status: "failed", failure, durationMs: 1 }),
  };
}

test("an execution runs each group that it reaches in one version, whatever is saved between its attempts", async () => {
  const { alice } = world.as;
  await putSecret(alice, world.project.id, { name: "token", value: "t0k3n-value" });
  const outer = await save("outer", [{ type: "group", group: "inner" }]);
  const inner = await save("inner", [{ type: "setVariable", variable: "a", value: "{{secrets.token}}" }]);
  await save("unused", []);
  const steps: Step[] = [
    { type: "group", group: "outer" },
    { type: "group", group: "gone" },
  ];
  const testCase = await makeTestCase(alice, world.project.id, { steps });
  const execution = await executeTestCase(alice, { testCaseId: testCase.id, retries: 1 }, "manual");
  assert.deepEqual((await getExecution(alice, execution.id)).groupVersions, {});

  const first = await begin(execution.id);
  assert.deepEqual(Object.keys(first.start.groups).toSorted(), ["inner", "outer"]);
  assert.deepEqual(first.start.groups.inner, { parameters: [], steps: inner.steps });
  assert.deepEqual(first.start.secrets, { token: "t0k3n-value" });
  await updateGroup(alice, world.project.id, inner.id, { steps: [{ type: "reload" }] });
  await updateGroup(alice, world.project.id, outer.id, { description: "changed" });
  await first.fail();

  const second = await begin(execution.id);
  assert.deepEqual(second.start.groups, first.start.groups);
  assert.deepEqual((await getExecution(alice, execution.id)).groupVersions, { outer: 1, inner: 1 });

  const later = await executeTestCase(alice, { testCaseId: testCase.id }, "manual");
  const { start } = await begin(later.id);
  assert.deepEqual(start.groups.inner?.steps, [{ type: "reload" }]);
  assert.deepEqual((await getExecution(alice, later.id)).groupVersions, { outer: 2, inner: 2 });
});
