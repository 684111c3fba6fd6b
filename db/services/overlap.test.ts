import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { and, eq } from "drizzle-orm";
import type { Project, Suite } from "../domain/resources.ts";
import { audits } from "../schema/identity.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  makeProject,
  makeSuite,
  makeTestCase,
  makeWorld,
  systemCtx,
  type World,
} from "../testing/factories.ts";
import { makeDue as makeDueIn, makeSchedule } from "../testing/schedules.ts";
import { transaction } from "./context.ts";
import { listExecutions } from "./executions.ts";
import { releasedSchedules } from "./overlap.ts";
import { moveExecution } from "./run-state.ts";
import { getRun, stopRun } from "./runs.ts";
import { type FiredTick, fireDue } from "./schedule-ticks.ts";
import { getSchedule, listTicks, pauseSchedule, updateSchedule } from "./schedules.ts";

/** Ticks that come while the run of the one before goes on. */
let database: TestDatabase;
let world: World;
let project: Project;
let suite: Suite;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
beforeEach(async () => {
  project = await makeProject(world.as.alice, world.a.id);
  suite = await makeSuite(bob(), project.id, [(await makeTestCase(bob(), project.id)).id]);
});
after(() => database.drop());

const bob = () => world.as.bob;
const scheduler = () => systemCtx(database.db, world.a.id);
const create = (overlap: string) =>
  makeSchedule(bob(), { projectId: project.id, suiteId: suite.id, name: overlap, overlap });
const fire = (id: string) => fireDue(scheduler(), id);
/** The next tick comes, and is acted on. */
async function tick(id: string): Promise<FiredTick> {
  await makeDueIn(database.db, { id, organizationId: world.a.id });
  const fired = await fire(id);
  assert.ok(fired);
  return fired;
}
const runOf = (fired: FiredTick | null) => getRun(bob(), fired?.run?.id ?? "");
const outcomes = async (id: string) => {
  const { items } = await listTicks(bob(), project.id, id, { limit: 50 });
  return items.map(({ outcome, run, reason }) => [outcome, run?.status ?? reason]).toReversed();
};
async function move(runId: string, from: "queued" | "running", to: "running" | "passed"): Promise<void> {
  const { items } = await listExecutions(bob(), { runId, limit: 50 });
  for (const { id } of items)
    assert.ok(await transaction(bob(), (ctx) => moveExecution(ctx, { executionId: id, from, to })));
}
const released = async () =>
  (await releasedSchedules(database.db.sql, null, 100)).released.map(({ id }) => id);

test("start: a tick runs beside the run of the one before", async () => {
  const { id, overlap } = await create("start");
  assert.equal(overlap, "start");
  const first = await tick(id);
  const second = await tick(id);
  assert.notEqual(second.run?.id, first.run?.id);
  assert.deepEqual(await outcomes(id), [
    ["started", "queued"],
    ["started", "queued"],
  ]);
});

test("skip: a tick does nothing while that run goes on, says so, and the one after its end runs", async () => {
  const { id } = await create("skip");
  const first = await tick(id);
  const second = await tick(id);
  assert.deepEqual([second.outcome, second.run], ["skipped", null]);
  await move(first.run?.id ?? "", "queued", "running");
  assert.equal((await tick(id)).outcome, "skipped");
  await move(first.run?.id ?? "", "running", "passed");
  assert.equal((await tick(id)).outcome, "started");
  assert.deepEqual(await outcomes(id), [
    ["started", "passed"],
    ["skipped", "the run of an earlier tick was still going on"],
    ["skipped", "the run of an earlier tick was still going on"],
    ["started", "queued"],
  ]);
});

test("queue: one tick waits for the end of that run and later ones are skipped", async () => {
  const { id } = await create("queue");
  const first = await tick(id);
  assert.equal((await tick(id)).outcome, "waiting");
  assert.equal((await tick(id)).outcome, "skipped");
  assert.deepEqual([await released(), await fire(id)], [[], null], "it waits");
  await move(first.run?.id ?? "", "queued", "running");
  await move(first.run?.id ?? "", "running", "passed");
  assert.deepEqual(await released(), [id]);
  const waited = await fire(id);
  assert.equal((await runOf(waited)).status, "queued");
  assert.ok((waited?.lateMs ?? -1) >= 0 && waited?.missed === 0);
  assert.deepEqual([await released(), await fire(id)], [[], null], "it has started once");
  assert.deepEqual(await outcomes(id), [
    ["started", "passed"],
    ["started", "queued"],
    ["skipped", "the run of an earlier tick was still going on, and another tick waits for its end"],
  ]);
  assert.equal((await tick(id)).outcome, "waiting", "for the run of the one that waited");
});

test("stop: the run before is stopped by name; what was only queued ends at once and the tick runs", async () => {
  const { id } = await create("stop");
  const first = await tick(id);
  const second = await tick(id);
  assert.deepEqual([second.outcome, second.stoppedRunId], ["started", first.run?.id]);
  assert.equal((await runOf(first)).status, "cancelled");
  const { items } = await listExecutions(bob(), { runId: first.run?.id ?? "", limit: 1 });
  assert.equal(items[0]?.error?.message, 'stopped by schedule "stop"');
  const rows = await transaction(bob(), (ctx) =>
    ctx.tx
      .select()
      .from(audits)
      .where(and(eq(audits.entityId, first.run?.id ?? ""), eq(audits.action, "run.stop"))),
  );
  assert.deepEqual(
    rows.map(({ actor, after }) => [actor, after]),
    [['schedule "stop"', { executions: 1 }]],
  );
});

test("stop: while the run before is still stopping the tick waits, so that never two run at once", async () => {
  const { id } = await create("stop");
  const first = await tick(id);
  const runId = first.run?.id ?? "";
  await move(runId, "queued", "running");
  const second = await tick(id);
  assert.deepEqual([second.outcome, second.stoppedRunId], ["waiting", runId]);
  const { items } = await listExecutions(bob(), { runId, limit: 1 });
  const left = await database.db.sql`select 1 from outbox where unique_key = ${items[0]?.id ?? ""}`;
  assert.equal(left.length, 0, "its job is told to stop; here no worker had it");
  assert.deepEqual(await released(), []);
  await move(runId, "running", "passed");
  assert.deepEqual(await released(), [id]);
  assert.equal((await fire(id))?.outcome, "started");
});

test("what is said about overlaps can be changed; told to run beside it, a tick that waits does so at once", async () => {
  const { id } = await create("queue");
  await tick(id);
  await tick(id);
  const edited = await updateSchedule(bob(), project.id, id, { overlap: "start" });
  assert.equal(edited.overlap, "start");
  assert.deepEqual(await released(), [id]);
  assert.equal((await fire(id))?.outcome, "started");
});

test("paused, nothing waits any more, and it is on record", async () => {
  const { id } = await create("queue");
  const first = await tick(id);
  await tick(id);
  await pauseSchedule(bob(), project.id, id, true);
  await stopRun(bob(), first.run?.id ?? "");
  assert.deepEqual([await released(), await fire(id)], [[], null]);
  assert.deepEqual((await outcomes(id)).at(-1), [
    "missed",
    "the schedule was paused while this tick waited for the run before it",
  ]);
  await pauseSchedule(bob(), project.id, id, false);
  assert.equal((await getSchedule(bob(), project.id, id)).lastTicks.length, 2);
});

test("of all who act on one tick at once one decides, and of all who find that it need wait no longer one starts it", async () => {
  for (const [overlap, outcome] of [
    ["skip", "skipped"],
    ["queue", "waiting"],
  ] as const) {
    const { id } = await create(overlap);
    const first = await tick(id);
    await makeDueIn(database.db, { id, organizationId: world.a.id });
    const decided = await Promise.all(Array.from({ length: 6 }, () => fire(id)));
    assert.deepEqual(
      decided.flatMap((fired) => (fired ? [fired.outcome] : [])),
      [outcome],
    );
    await stopRun(bob(), first.run?.id ?? "");
    const begun = await Promise.all(Array.from({ length: 6 }, () => fire(id)));
    assert.equal(begun.filter((fired) => fired?.run).length, overlap === "queue" ? 1 : 0);
  }
});

test("a tick that comes in the moment in which the run before it ends is started once, at once or when it is looked at again", async () => {
  const { id } = await create("queue");
  let last = await tick(id);
  for (let turn = 0; turn < 8; turn++) {
    await makeDueIn(database.db, { id, organizationId: world.a.id });
    const [fired] = await Promise.all([fire(id), stopRun(bob(), last.run?.id ?? "")]);
    const started = fired?.outcome === "waiting" ? await fire(id) : fired;
    assert.equal(started?.outcome, "started");
    last = started as FiredTick;
  }
  const rows = await outcomes(id);
  assert.deepEqual([rows.length, rows.filter(([outcome]) => outcome === "started").length], [9, 9]);
});

test("what waits is found page by page, of all tenants, by nothing but its id", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) {
    const { id } = await makeSchedule(bob(), {
      projectId: project.id,
      suiteId: suite.id,
      name: `s${n}`,
      overlap: "queue",
    });
    const first = await tick(id);
    await tick(id);
    await stopRun(bob(), first.run?.id ?? "");
    ids.push(id);
  }
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await releasedSchedules(database.db.sql, after, 2);
    assert.deepEqual(Object.keys(page.released[0] ?? { id: 0, organizationId: 0, isOverdue: 0 }).sort(), [
      "id",
      "isOverdue",
      "organizationId",
    ]);
    seen.push(...page.released.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  assert.deepEqual(seen.filter((id) => ids.includes(id)).sort(), ids.sort());
  assert.equal((await database.db.sql`select 1 from schedule`).length, 0, "and by nobody else");
});
