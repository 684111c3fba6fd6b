import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Project, Suite } from "../domain/resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  makeEnvironment,
  makeProject,
  makeSuite,
  makeTestCase,
  makeWorld,
  systemCtx,
  type World,
} from "../testing/factories.ts";
import { makeDue as makeDueIn, makeSchedule } from "../testing/schedules.ts";
import { setTenant } from "./context.ts";
import { listExecutions } from "./executions.ts";
import { updateProject } from "./projects.ts";
import { getRun } from "./runs.ts";
import { dueSchedules, executeScheduled, fireDue, giveUpDue } from "./schedule-ticks.ts";
import { getSchedule, listTicks, updateSchedule } from "./schedules.ts";
import { deleteSuite } from "./suites.ts";
import { archiveTestCase } from "./test-cases.ts";

let database: TestDatabase;
let world: World;
let project: Project;
let suite: Suite;
let caseId: string;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
beforeEach(async () => {
  project = await makeProject(world.as.alice, world.a.id);
  caseId = (await makeTestCase(bob(), project.id)).id;
  suite = await makeSuite(bob(), project.id, [caseId]);
});
after(() => database.drop());

const bob = () => world.as.bob;
const scheduler = () => systemCtx(database.db, world.a.id);
const create = (over: object = {}) =>
  makeSchedule(bob(), { projectId: project.id, suiteId: suite.id, ...over });
const get = (id: string) => getSchedule(bob(), project.id, id);
const makeDue = (id: string, { ago }: { ago?: string } = {}) =>
  makeDueIn(database.db, { id, organizationId: world.a.id }, ago);

test("a due tick starts one run in the name of the schedule and moves it on", async () => {
  const { id, nextTicks } = await create();
  assert.equal(await fireDue(scheduler(), id), null, "it is not due yet");
  const dueAt = await makeDue(id);
  const fired = await fireDue(scheduler(), id);
  assert.deepEqual([fired?.outcome, fired?.missed, fired?.isStillDue], ["started", 0, false]);
  const run = await getRun(bob(), fired?.run?.id ?? "");
  assert.deepEqual(
    [run.trigger, run.suiteId, run.name, run.counts.queued],
    ["schedule", suite.id, suite.name, 1],
  );
  const after = await get(id);
  assert.deepEqual(after.nextTicks, nextTicks);
  assert.equal(after.lastTicks.length, 1);
  const [tick] = after.lastTicks;
  assert.deepEqual(
    [tick?.outcome, tick?.dueAt, tick?.run],
    ["started", dueAt, { id: run.id, status: "queued" }],
  );
  assert.equal(await fireDue(scheduler(), id), null, "it is not due any more");
});

test("its own environment goes before that of the suite", async () => {
  const environment = await makeEnvironment(bob(), project.id);
  const { id } = await create({ environmentId: environment.id });
  await makeDue(id);
  const fired = await fireDue(scheduler(), id);
  const { items } = await listExecutions(bob(), { runId: fired?.run?.id ?? "", limit: 5 });
  assert.deepEqual(
    items.map((execution) => execution.environmentId),
    [environment.id],
  );
});

test("a tick whose run can't be started is recorded with the reason, and the schedule goes on", async () => {
  const reasons: [() => Promise<unknown>, RegExp][] = [
    [() => archiveTestCase(bob(), caseId, true), /has no case that can run/],
    [() => updateProject(world.as.alice, project.id, { archived: true }), /is archived; restore it/],
    [() => deleteSuite(bob(), suite.id), /the suite was deleted; choose another/],
  ];
  for (const [spoil, message] of reasons) {
    project = await makeProject(world.as.alice, world.a.id);
    caseId = (await makeTestCase(bob(), project.id)).id;
    suite = await makeSuite(bob(), project.id, [caseId]);
    const { id } = await create();
    await spoil();
    await makeDue(id);
    const fired = await fireDue(scheduler(), id);
    assert.equal(fired?.outcome, "failed");
    const { lastTicks, nextTicks } = await get(id);
    assert.match(lastTicks[0]?.reason ?? "", message);
    assert.equal(lastTicks[0]?.run, null);
    assert.ok(Date.parse(nextTicks[0] ?? "") > Date.now());
  }
});

test("trouble of ours leaves the tick due; given up, it is recorded as failed", async () => {
  const { id } = await create();
  const dueAt = await makeDue(id);
  await assert.rejects(
    fireDue(scheduler(), id, async () => {
      throw new TypeError("a bug");
    }),
    TypeError,
  );
  const before = await get(id);
  assert.deepEqual([before.lastTicks, before.nextTicks[0]], [[], dueAt]);
  assert.equal((await giveUpDue(scheduler(), id))?.outcome, "failed");
  assert.match((await get(id)).lastTicks[0]?.reason ?? "", /inside Verdict/);
});

test("a tick that has been fired is not fired again when an edit leads back to it", async () => {
  const { id } = await create();
  const dueAt = await makeDue(id);
  assert.equal((await fireDue(scheduler(), id))?.outcome, "started");
  await database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.a.id], null);
    await tx.execute(sql`update schedule set next_at = ${dueAt}::text::timestamptz where id = ${id}`);
  });
  const again = await fireDue(scheduler(), id);
  assert.deepEqual([again?.outcome, again?.run], [null, null]);
  assert.equal((await get(id)).lastTicks.length, 1);
});

test("after days without a worker the policy decides what is made up for, and the rest is on record", async () => {
  const summary = async (missed: string) => {
    const { id } = await create({ name: missed, missed, cron: "0 * * * *", timeZone: "UTC" });
    await makeDue(id, { ago: "3 days" });
    for (let turn = 0; (await fireDue(scheduler(), id))?.isStillDue; turn++)
      assert.ok(turn < 25, "it comes to an end");
    const { items } = await listTicks(bob(), project.id, id, { limit: 100 });
    const passed = items.filter(({ outcome }) => outcome === "missed");
    return {
      started: items.filter(({ outcome, run }) => outcome === "started" && run).length,
      rows: passed.length,
      missed: passed.reduce((sum, { count }) => sum + count, 0),
      reason: passed[0]?.reason ?? "",
    };
  };
  const once = await summary("once");
  assert.deepEqual([once.started, once.rows], [1, 1]);
  assert.ok(once.missed >= 71 && once.missed <= 72);
  assert.match(once.reason, /one run makes up for all/);
  const all = await summary("all");
  assert.deepEqual([all.started, all.rows], [20, 1]);
  assert.ok(all.missed >= 52 && all.missed <= 53);
  const skip = await summary("skip");
  assert.ok(skip.started <= 1 && skip.started + skip.missed >= 72, "all but one that may just have come");
});

test("an edit that comes while a tick is being fired waits for it, and takes nothing from it", async () => {
  const { id } = await create();
  const dueAt = await makeDue(id);
  const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
  const firing = fireDue(scheduler(), id, async (ctx, row) => {
    hold();
    await mayGoOn;
    return executeScheduled(ctx, row, "schedule");
  });
  await isHeld;
  const editing = updateSchedule(bob(), project.id, id, { cron: "0 5 1 7 *" });
  const isWaiting = async () => {
    const rows = await database.db.sql`select 1 from pg_locks l join pg_stat_activity a using (pid)
      where not l.granted and a.datname = current_database()`;
    return rows.length > 0;
  };
  for (let look = 0; !(await isWaiting()); look++) {
    assert.ok(look < 500, "the edit waits for the tick");
    await delay(20);
  }
  goOn();
  assert.equal((await firing)?.outcome, "started");
  const edited = await editing;
  assert.deepEqual(
    edited.lastTicks.map((tick) => [tick.outcome, tick.dueAt]),
    [["started", dueAt]],
  );
  assert.ok(edited.nextTicks[0]?.includes("-07-01T03:00"), edited.nextTicks[0]);
});

test("a suite can be deleted while a tick of it is being fired", async () => {
  const { id } = await create();
  await makeDue(id);
  const [fired] = await Promise.all([fireDue(scheduler(), id), deleteSuite(bob(), suite.id)]);
  const { suite: left, lastTicks } = await get(id);
  assert.equal(left, null);
  assert.equal(lastTicks.length, fired ? 1 : 0);
});

test("the scheduler sees of all tenants what is due, page by page, and nobody else sees anything of it", async () => {
  const { id } = await create();
  const second = await create({ name: "Second" });
  await create({ name: "Later" });
  await makeDue(second.id, { ago: "1 hour" });
  await makeDue(id);
  const ids = [];
  let last = null;
  for (;;) {
    const [due] = await dueSchedules(database.db.sql, last, 1);
    if (!due) break;
    assert.equal(due.organizationId, world.a.id);
    ids.push(due.id);
    last = due;
  }
  assert.deepEqual(
    ids.filter((due) => due === id || due === second.id),
    [second.id, id],
  );
  assert.equal((await database.db.sql`select 1 from schedule`).length, 0);
  await fireDue(scheduler(), id);
  await fireDue(scheduler(), second.id);
});
