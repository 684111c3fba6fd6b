import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { sql } from "drizzle-orm";
import type { Project, Suite } from "../domain/resources.ts";
import { scheduleSchema } from "../domain/schedule-resources.ts";
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
import { getRun, stopRun } from "./runs.ts";
import { fireDue } from "./schedule-ticks.ts";
import {
  deleteSchedule,
  getSchedule,
  listSchedules,
  pauseSchedule,
  previewSchedule,
  runScheduleNow,
  updateSchedule,
} from "./schedules.ts";
import { deleteSuite } from "./suites.ts";

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
  const testCase = await makeTestCase(bob(), project.id);
  suite = await makeSuite(bob(), project.id, [testCase.id]);
});
after(() => database.drop());

const bob = () => world.as.bob;
const scheduler = () => systemCtx(database.db, world.a.id);
const create = (over: object = {}) =>
  makeSchedule(bob(), { projectId: project.id, suiteId: suite.id, ...over });
const get = (id: string) => getSchedule(bob(), project.id, id);
const makeDue = (id: string, { ago }: { ago?: string } = {}) =>
  makeDueIn(database.db, { id, organizationId: world.a.id }, ago);

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

test("what happens to a schedule is in the audit log, without its history", async () => {
  const { id } = await create();
  await updateSchedule(bob(), project.id, id, { name: "Other" });
  await pauseSchedule(bob(), project.id, id, true);
  await deleteSchedule(bob(), project.id, id);
  const rows = await database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.a.id], null);
    return tx.execute<{ action: string; before: object | null }>(
      sql`select action, before from audit where entity_id = ${id} order by id`,
    );
  });
  assert.deepEqual(
    rows.map(({ action }) => action),
    ["schedule.create", "schedule.update", "schedule.pause", "schedule.delete"],
  );
  assert.ok(rows[1]?.before && !("lastTicks" in rows[1].before));
});
