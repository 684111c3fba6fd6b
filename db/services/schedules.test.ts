import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import type { Project, Suite } from "../domain/resources.ts";
import { type Schedule, scheduleInputSchema, scheduleSchema } from "../domain/schedule-resources.ts";
import { parseInput } from "../domain/validation.ts";
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
import { listExecutions } from "./executions.ts";
import { updateProject } from "./projects.ts";
import { getRun, stopRun } from "./runs.ts";
import { dueSchedules, executeScheduled, fireDue, giveUpDue } from "./schedule-ticks.ts";
import {
  createSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  listTicks,
  pauseSchedule,
  previewSchedule,
  runScheduleNow,
  updateSchedule,
} from "./schedules.ts";
import { deleteSuite } from "./suites.ts";
import { archiveTestCase } from "./test-cases.ts";

let database: TestDatabase;
let owner: postgres.Sql;
let world: World;
let project: Project;
let suite: Suite;
let caseId: string;
before(async () => {
  database = await testDatabase();
  owner = postgres(database.ownerUrl, { max: 1 });
  world = await makeWorld(database.db);
});
beforeEach(async () => {
  project = await makeProject(world.as.alice, world.a.id);
  caseId = (await makeTestCase(bob(), project.id)).id;
  suite = await makeSuite(bob(), project.id, [caseId]);
});
after(async () => {
  await owner.end();
  await database.drop();
});

const bob = () => world.as.bob;
const scheduler = () => systemCtx(database.db, world.a.id);
const create = (over: object = {}): Promise<Schedule> => {
  const input = {
    name: "Nightly",
    suiteId: suite.id,
    cron: "30 2 1 6 *",
    timeZone: "Europe/Berlin",
    ...over,
  };
  return createSchedule(bob(), project.id, parseInput(scheduleInputSchema, input));
};
const get = (id: string) => getSchedule(bob(), project.id, id);

/** As if so much time had gone by since it was announced. @returns when it was due. */
async function makeDue(id: string, { ago = "1 second" }: { ago?: string } = {}): Promise<string> {
  const at = await owner.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
    const [row] = await tx<{ at: Date }[]>`
      update schedule set next_at = date_trunc('milliseconds', now() - ${ago}::interval) where id = ${id} returning next_at as at`;
    return row?.at;
  });
  assert.ok(at, "there is such a schedule");
  return at.toISOString();
}

test("a schedule is kept as it was given, with its meaning and its next five ticks", async () => {
  const environment = await makeEnvironment(bob(), project.id);
  const schedule = await create({
    cron: " 30  2 * * mon-fri",
    timeZone: "europe/berlin",
    environmentId: environment.id,
  });
  assert.deepEqual(scheduleSchema.parse(schedule), schedule);
  assert.deepEqual(
    [schedule.cron, schedule.timeZone, schedule.text, schedule.missed, schedule.suite],
    [
      "30 2 * * MON-FRI",
      "Europe/Berlin",
      "Monday to Friday at 02:30",
      "once",
      { id: suite.id, name: suite.name },
    ],
  );
  assert.equal(schedule.nextTicks.length, 5);
  assert.ok(Date.parse(schedule.nextTicks[0] ?? "") > Date.now() - 1_000);
  assert.deepEqual(await get(schedule.id), schedule);
  assert.deepEqual((await listSchedules(bob(), project.id, { limit: 10 })).items, [schedule]);
  const { nextTicks, text } = await previewSchedule(bob(), project.id, schedule);
  assert.deepEqual([nextTicks, text], [schedule.nextTicks, schedule.text]);
});

test("what is wrong is refused by field, with the value and what would be right", async () => {
  const wrong: [object, RegExp][] = [
    [{ cron: "61 * * * *" }, /^cron: minute "61" is not right: 0 to 59/],
    [{ cron: "* * * * * *" }, /^cron: has 6 fields.*at most once a minute/],
    [{ timeZone: "Berlin" }, /^timeZone: there is no time zone "Berlin".*Europe\/Berlin/],
    [{ missed: "never" }, /^missed: /],
    [{ suiteId: project.id }, /^suiteId: this project has no suite/],
    [{ environmentId: project.id }, /^environmentId: /],
  ];
  for (const [over, message] of wrong) {
    await assert.rejects(async () => create(over), { code: "invalid-input", message });
  }
  await create();
  await assert.rejects(create(), {
    code: "conflict",
    message: 'name: this project has a schedule "Nightly"',
  });
});

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
  await owner.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
    await tx`update schedule set next_at = ${dueAt}::text::timestamptz where id = ${id}`;
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

test("another expression or time zone counts from now on, and a tick that had come is recorded as missed", async () => {
  const { id, nextTicks } = await create();
  const renamed = await updateSchedule(bob(), project.id, id, { name: "Other", missed: "skip" });
  assert.deepEqual(renamed.nextTicks, nextTicks, "what says nothing about the time moves nothing");
  const elsewhere = await updateSchedule(bob(), project.id, id, { timeZone: "America/New_York" });
  assert.notDeepEqual(elsewhere.nextTicks, nextTicks);
  assert.deepEqual(elsewhere.lastTicks, []);
  const dueAt = await makeDue(id);
  const changed = await updateSchedule(bob(), project.id, id, { cron: "0 5 * * *" });
  const [tick] = changed.lastTicks;
  assert.deepEqual([tick?.outcome, tick?.dueAt, tick?.count], ["missed", dueAt, 1]);
  assert.match(tick?.reason ?? "", /was changed before/);
  assert.ok(Date.parse(changed.nextTicks[0] ?? "") > Date.now());
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
    const rows = await owner`select 1 from pg_locks l join pg_stat_activity a using (pid)
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

test("a paused schedule has no ticks; resumed, it goes on from now", async () => {
  const { id, nextTicks } = await create();
  const dueAt = await makeDue(id, { ago: "2 minutes" });
  const paused = await pauseSchedule(bob(), project.id, id, true);
  assert.deepEqual([paused.isPaused, paused.nextTicks, paused.lastTicks[0]?.dueAt], [true, [], dueAt]);
  assert.deepEqual(await pauseSchedule(bob(), project.id, id, true), paused);
  assert.equal(await fireDue(scheduler(), id), null);
  assert.deepEqual((await updateSchedule(bob(), project.id, id, { cron: "0 0 * * *" })).nextTicks, []);
  await updateSchedule(bob(), project.id, id, { cron: "30 2 1 6 *" });
  const resumed = await pauseSchedule(bob(), project.id, id, false);
  assert.deepEqual([resumed.isPaused, resumed.nextTicks], [false, nextTicks]);
});

test("run now starts a run beside the ticks, also while it is paused", async () => {
  const { id } = await create({ isPaused: true });
  const run = await runScheduleNow(bob(), project.id, id, "manual");
  assert.deepEqual([run.suiteId, run.trigger], [suite.id, "manual"]);
  await stopRun(bob(), run.id);
  assert.deepEqual((await get(id)).lastTicks, []);
  await deleteSuite(bob(), suite.id);
  await assert.rejects(runScheduleNow(bob(), project.id, id, "api"), {
    code: "conflict",
    message: /suite was deleted/,
  });
});

test("a deleted schedule is gone with its history, and its runs stay", async () => {
  const { id } = await create();
  await makeDue(id);
  const runId = (await fireDue(scheduler(), id))?.run?.id ?? "";
  await deleteSchedule(bob(), project.id, id);
  await assert.rejects(get(id), { code: "not-found" });
  assert.equal((await getRun(bob(), runId)).id, runId);
  assert.equal(await fireDue(scheduler(), id), null);
});

test("schedules are found through their project and their organization only", async () => {
  const { id } = await create();
  const other = await makeProject(world.as.alice, world.a.id);
  await assert.rejects(getSchedule(bob(), other.id, id), { code: "not-found" });
  await assert.rejects(getSchedule(world.as.charlie, project.id, id), { code: "not-found" });
  await makeDue(id);
  assert.equal(await fireDue(systemCtx(database.db, world.b.id), id), null);
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

test("what happens to a schedule is in the audit log, without its history", async () => {
  const { id } = await create();
  await updateSchedule(bob(), project.id, id, { name: "Other" });
  await pauseSchedule(bob(), project.id, id, true);
  await deleteSchedule(bob(), project.id, id);
  const rows = await owner.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
    return tx<
      { action: string; before: object | null }[]
    >`select action, before from audit where entity_id = ${id} order by id`;
  });
  assert.deepEqual(
    rows.map(({ action }) => action),
    ["schedule.create", "schedule.update", "schedule.pause", "schedule.delete"],
  );
  assert.ok(rows[1]?.before && !("lastTicks" in rows[1].before));
});
