import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { Execution } from "../domain/resources.ts";
import type { Baseline, Snapshot } from "../domain/snapshot-resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeTestCase, makeWorld, type World } from "../testing/factories.ts";
import { addSnapshot, recordFinding } from "../testing/snapshots.ts";
import { listAudit } from "./audit-log.ts";
import { baselineHistory, listBaselines, restoreBaseline } from "./baselines.ts";
import { type Ctx, transaction } from "./context.ts";
import { updateProject } from "./projects.ts";
import { executeTestCase, stopRun } from "./runs.ts";
import { baselineOf } from "./snapshot-results.ts";
import {
  approveRun,
  approveSnapshot,
  countWaiting,
  getSnapshot,
  listSnapshots,
  rejectSnapshot,
} from "./snapshots.ts";
import { isFileNamed } from "./stored-files.ts";
import { archiveTestCase, updateTestCase } from "./test-cases.ts";

let database: TestDatabase;
let world: World;
let alice: Ctx;
let projectId: string;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  alice = world.as.alice;
  projectId = world.project.id;
});
after(() => database.drop());

const variant = {
  browser: "chromium",
  width: 1280,
  height: 720,
  scale: 1,
  mobile: false,
  platform: "linux",
} as const;

async function execute(testCaseId?: string, branch?: string): Promise<Execution> {
  const id = testCaseId ?? (await makeTestCase(alice, projectId)).id;
  return executeTestCase(alice, { testCaseId: id, ...(branch ? { branch } : {}) }, "api");
}

/** What the next attempt of the case would be held to. */
function held(testCaseId: string, branch: string, name: string) {
  const plan = { testCaseId, branch, defaultBranch: "main", onNew: "fail" } as const;
  return baselineOf(alice, plan, { name, variant });
}

async function baselinesOf(name: string): Promise<Baseline[]> {
  return (await listBaselines(alice, projectId, { limit: 50, history: "true", name })).items;
}

const conflict = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError);
  assert.equal(error.code, "conflict");
  assert.match(error.message, pattern);
  return true;
};

const approve = (snapshot: Snapshot, ctx = alice) => approveSnapshot(ctx, projectId, snapshot.id);

test("an approved picture is what the next attempt of its branch, browser and view is held to, with who approved it", async () => {
  const execution = await execute();
  const snapshot = await addSnapshot(alice, execution, { name: "home" });
  assert.equal(await held(execution.testCaseId, "main", "home"), null);
  const approved = await approve(snapshot);
  assert.equal(approved.state, "approved");
  assert.ok(approved.decidedBy);
  const row = await held(execution.testCaseId, "main", "home");
  assert.equal(row?.revision, 1);
  assert.equal(row?.executionId, execution.id);
  const other = {
    testCaseId: execution.testCaseId,
    branch: "main",
    defaultBranch: "main",
    onNew: "fail",
  } as const;
  const inFirefox = { name: "home", variant: { ...variant, browser: "firefox" as const } };
  assert.equal(await baselineOf(alice, other, inFirefox), null);
  assert.equal(await held(execution.testCaseId, "main", "other"), null);
  const entries = await listAudit(alice, world.a.id, { limit: 10, action: "snapshot.approve" });
  assert.ok(entries.items.some(({ entityId }) => entityId === snapshot.id));
});

test("a branch is held to the default branch until a picture of its own is approved", async () => {
  const { testCaseId, ...execution } = await execute();
  await approve(await addSnapshot(alice, { ...execution, testCaseId }, { name: "cart" }));
  const onMain = await held(testCaseId, "main", "cart");
  assert.equal((await held(testCaseId, "feature", "cart"))?.id, onMain?.id);
  const feature = await execute(testCaseId, "feature");
  const different = { name: "cart", result: "different", baselineId: onMain?.id ?? null } as const;
  const snapshot = await addSnapshot(alice, feature, different);
  assert.equal(snapshot.branch, "feature");
  await approve(snapshot);
  const onFeature = await held(testCaseId, "feature", "cart");
  assert.equal(onFeature?.branch, "feature");
  assert.equal(onFeature?.revision, 1);
  assert.equal((await held(testCaseId, "main", "cart"))?.id, onMain?.id);
});

test("of two who approve at once, one does; the other is told why not", async () => {
  const snapshot = await addSnapshot(alice, await execute(), { name: newId() });
  const results = await Promise.allSettled([approve(snapshot), approve(snapshot), approve(snapshot)]);
  const done = results.filter(({ status }) => status === "fulfilled");
  assert.equal(done.length, 1);
  for (const result of results) {
    if (result.status === "rejected") conflict(/was approved already/)(result.reason);
  }
  assert.equal((await baselinesOf(snapshot.name)).length, 1);
});

test("a picture that was compared with what holds no more is not approved", async () => {
  const { testCaseId } = await execute();
  const name = newId();
  await approve(await addSnapshot(alice, await execute(testCaseId), { name }));
  const base = await held(testCaseId, "main", name);
  const feature = await execute(testCaseId, "feature");
  const late = await addSnapshot(alice, feature, { name, result: "different", baselineId: base?.id ?? null });
  // Meanwhile the default branch, which the other one goes by, gets another picture.
  await approve(
    await addSnapshot(alice, await execute(testCaseId), {
      name,
      result: "different",
      baselineId: base?.id ?? null,
    }),
  );
  await assert.rejects(
    approve(late),
    conflict(/is out of date: another picture was approved since it was taken/),
  );
  assert.equal((await getSnapshot(alice, projectId, late.id)).state, "waiting");
});

test("the very picture that holds by now is approved without another revision", async () => {
  const { testCaseId } = await execute();
  const name = newId();
  await approve(await addSnapshot(alice, await execute(testCaseId), { name, content: `same ${name}` }));
  const again = await addSnapshot(alice, await execute(testCaseId), { name, content: `same ${name}` });
  assert.equal((await approve(again)).state, "approved");
  assert.equal((await baselinesOf(name)).length, 1);
});

test("a newer picture of the same makes those before it out of date", async () => {
  const { testCaseId } = await execute();
  const name = newId();
  const first = await addSnapshot(alice, await execute(testCaseId), { name });
  const second = await addSnapshot(alice, await execute(testCaseId), { name });
  await assert.rejects(approve(first), conflict(/is out of date: a newer picture of it was taken/));
  await assert.rejects(rejectSnapshot(alice, projectId, first.id), conflict(/is out of date/));
  assert.equal((await approve(second)).state, "approved");
});

test("an attempt that matches takes back what an earlier attempt of it had found, and nothing of others", async () => {
  const { testCaseId } = await execute();
  const name = newId();
  const flaky = await execute(testCaseId);
  const found = await addSnapshot(alice, flaky, { name, result: "different" });
  await recordFinding(alice, flaky, { name, result: "matched", actualId: null }, 2);
  assert.equal((await getSnapshot(alice, projectId, found.id)).state, "outdated");
  const other = await addSnapshot(alice, await execute(testCaseId), { name, result: "different" });
  await recordFinding(alice, flaky, { name, result: "matched", actualId: null }, 3);
  assert.equal((await getSnapshot(alice, projectId, other.id)).state, "waiting");
});

test("rejecting a picture leaves what was approved before", async () => {
  const { testCaseId } = await execute();
  const name = newId();
  await approve(await addSnapshot(alice, await execute(testCaseId), { name }));
  const base = await held(testCaseId, "main", name);
  const wrong = { name, result: "different", baselineId: base?.id ?? null } as const;
  const snapshot = await addSnapshot(alice, await execute(testCaseId), wrong);
  assert.equal((await rejectSnapshot(alice, projectId, snapshot.id)).state, "rejected");
  assert.equal((await held(testCaseId, "main", name))?.id, base?.id);
  await assert.rejects(approve(snapshot), conflict(/was rejected already/));
});

test("all pictures of a run are approved at once; those that can't be are named and stay", async () => {
  const execution = await execute();
  const good = await addSnapshot(alice, execution);
  const lost = await addSnapshot(alice, execution, { lostReason: "the storage was full" });
  const elsewhere = await addSnapshot(alice, await execute());
  const result = await approveRun(alice, projectId, execution.runId);
  assert.equal(result.approved, 1);
  assert.equal(result.left, 0);
  assert.deepEqual(
    result.refused.map(({ id, reason }) => [id, /lost: the storage was full/.test(reason)]),
    [[lost.id, true]],
  );
  assert.equal((await getSnapshot(alice, projectId, good.id)).state, "approved");
  assert.equal((await getSnapshot(alice, projectId, lost.id)).state, "waiting");
  assert.equal((await getSnapshot(alice, projectId, elsewhere.id)).state, "waiting");
});

test("runs that are approved at once, over the same pictures in any order, all come to an end", async () => {
  const { testCaseId } = await execute();
  // Not the default branch: what is approved there makes what waits on others out of date, as it should.
  const executions = [await execute(testCaseId, "one"), await execute(testCaseId, "two")];
  for (const execution of executions) {
    for (let n = 0; n < 5; n++) await addSnapshot(alice, execution, { name: `many ${n}` });
  }
  const both = executions.map(({ runId }) => approveRun(alice, projectId, runId));
  const during = executions.map((execution) =>
    recordFinding(alice, execution, { name: "many 2", result: "matched", actualId: null }),
  );
  const results = await Promise.all(both);
  await Promise.all(during);
  for (const { refused } of results) assert.deepEqual(refused, []);
});

test("a picture stays for those who hold tests to it, whatever becomes of its execution", async () => {
  const execution = await execute();
  const snapshot = await addSnapshot(alice, execution);
  const key = await transaction(alice, async ({ tx }) => {
    const [row] = await tx.execute<{ storage_key: string }>(
      sql`select storage_key from artifact where id = ${snapshot.actual.artifactId}`,
    );
    return row?.storage_key ?? "";
  });
  await approve(snapshot);
  // As the housekeeping does: a run that has ended goes, and what is left of it is asked for.
  await stopRun(alice, execution.runId);
  const owner = postgres(database.ownerUrl, { max: 1 });
  await owner.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${execution.organizationId}}`}, true)`;
    await tx`delete from run where id = ${execution.runId}`;
  });
  await owner.end();
  assert.equal(await transaction(alice, (ctx) => isFileNamed(ctx, key)), true);
  assert.equal(await transaction(alice, (ctx) => isFileNamed(ctx, `${key}0`)), false);
  const [baseline] = await baselinesOf(snapshot.name);
  assert.equal(baseline?.executionId, null);
});

test("what was approved is never changed, and an older picture holds again as a new revision", async () => {
  const { testCaseId } = await execute();
  const name = newId();
  await approve(await addSnapshot(alice, await execute(testCaseId), { name }));
  const first = await held(testCaseId, "main", name);
  const changed = { name, result: "different", baselineId: first?.id ?? null } as const;
  await approve(await addSnapshot(alice, await execute(testCaseId), changed));
  const [second] = await baselinesOf(name);
  assert.equal(second?.revision, 2);
  const waiting = { name, result: "different", baselineId: second.id } as const;
  const candidate = await addSnapshot(alice, await execute(testCaseId), waiting);
  const restored = await restoreBaseline(alice, projectId, first?.id ?? "");
  assert.deepEqual([restored.revision, restored.sha256, restored.isCurrent], [3, first?.sha256, true]);
  assert.equal((await held(testCaseId, "main", name))?.id, restored.id);
  assert.equal((await getSnapshot(alice, projectId, candidate.id)).state, "outdated");
  const history = await baselineHistory(alice, projectId, restored.id);
  assert.deepEqual(
    history.map(({ revision, isCurrent }) => [revision, isCurrent]),
    [
      [3, true],
      [2, false],
      [1, false],
    ],
  );
  // The application's role may not.
  await assert.rejects(
    transaction(alice, ({ tx }) =>
      tx.execute(sql`update baseline set revision = 9 where id = ${restored.id}`),
    ),
  );
});

test("a renamed case keeps its pictures; those of an archived one are out of sight until it is restored", async () => {
  const testCase = await makeTestCase(alice, projectId);
  const name = newId();
  await approve(await addSnapshot(alice, await execute(testCase.id), { name }));
  const waiting = await addSnapshot(alice, await execute(testCase.id), { name, result: "different" });
  await updateTestCase(alice, testCase.id, { name: "Renamed" });
  assert.equal((await getSnapshot(alice, projectId, waiting.id)).testCaseName, "Renamed");
  assert.equal((await held(testCase.id, "main", name))?.revision, 1);
  const before = await countWaiting(alice, projectId);
  const listed = { limit: 50, state: "waiting", testCaseId: testCase.id } as const;
  await archiveTestCase(alice, testCase.id, true);
  assert.equal(await countWaiting(alice, projectId), before - 1);
  assert.deepEqual((await listSnapshots(alice, projectId, listed)).items, []);
  assert.deepEqual(await baselinesOf(name), []);
  await archiveTestCase(alice, testCase.id, false);
  assert.equal((await listSnapshots(alice, projectId, listed)).items.length, 1);
  assert.equal((await baselinesOf(name)).length, 1);
});

test("the default branch of a project is that of runs that name none", async () => {
  const project = await updateProject(alice, projectId, { defaultBranch: "trunk" });
  assert.equal(project.defaultBranch, "trunk");
  const snapshot = await addSnapshot(alice, await execute());
  assert.equal(snapshot.branch, "trunk");
  await updateProject(alice, projectId, { defaultBranch: "main" });
});
