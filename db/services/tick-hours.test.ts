import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import type { Project, Suite } from "../domain/resources.ts";
import { tickResults } from "../domain/schedule-resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeProject, makeSuite, makeTestCase, makeWorld, type World } from "../testing/factories.ts";
import { makeSchedule } from "../testing/schedules.ts";
import { transaction } from "./context.ts";
import { executeSuite } from "./runs.ts";
import { listTickHours, tickHoursOf } from "./tick-hours.ts";

let database: TestDatabase;
let world: World;
let project: Project;
let suite: Suite;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  project = await makeProject(world.as.alice, world.a.id);
  suite = await makeSuite(world.as.bob, project.id, [(await makeTestCase(world.as.bob, project.id)).id]);
});
after(() => database.drop());

const create = (name: string, timeZone = "UTC") =>
  makeSchedule(world.as.bob, { projectId: project.id, suiteId: suite.id, name, timeZone });

type Row = { ago: number; outcome: string; run?: string; status?: string; first?: number; count?: number };
/** A tick so many whole hours before the beginning of this one, and ten minutes. */
async function record(id: string, { ago, outcome, status, first = ago, count = 1 }: Row): Promise<void> {
  const run = status ? await executeSuite(world.as.bob, suite.id, {}, "schedule") : null;
  const at = (hours: number) =>
    sql`date_trunc('hour', now()) - ${hours} * interval '1 hour' + interval '10 minutes'`;
  await transaction(world.as.bob, async ({ tx }) => {
    if (run)
      await tx.execute(sql`update run set status = ${status},
        finished_at = case when ${status} = 'running' then null else now() end where id = ${run.id}`);
    await tx.execute(sql`insert into tick (schedule_id, due_at, organization_id, outcome, run_id, reason, first_due_at, count)
      values (${id}, ${at(ago)}, ${world.a.id}, ${outcome}, ${run?.id ?? null},
        ${outcome === "started" ? null : "because"}, ${at(first)}, ${count})`);
  });
}

/** The hours that had ticks, counted back from the present one. */
async function told(id: string): Promise<Record<string, unknown>> {
  const hours = await listTickHours(world.as.bob, project.id, id);
  assert.equal(hours.length, 24);
  return Object.fromEntries(
    hours.flatMap((hour, index) => {
      const results = tickResults.flatMap((result) => (hour[result] > 0 ? [[result, hour[result]]] : []));
      return results.length > 0 ? [[23 - index, Object.fromEntries(results)]] : [];
    }),
  );
}

test("each of the last 24 hours says what its ticks came to, and older ones are left out", async () => {
  const { id } = await create("all");
  assert.deepEqual(await told(id), {});
  for (const [ago, status] of ["passed", "flaky", "failed", "error", "running", "cancelled"].entries())
    await record(id, { ago: ago + 1, outcome: "started", status });
  await record(id, { ago: 7, outcome: "failed" });
  await record(id, { ago: 8, outcome: "skipped" });
  await record(id, { ago: 9, outcome: "waiting" });
  await record(id, { ago: 23, outcome: "missed" });
  await record(id, { ago: 24, outcome: "missed" });
  await record(id, { ago: 30, outcome: "started", status: "failed" });
  assert.deepEqual(await told(id), {
    1: { passed: 1 },
    2: { flaky: 1 },
    3: { failed: 1 },
    4: { error: 1 },
    5: { open: 1 },
    6: { none: 1 },
    7: { error: 1 },
    8: { none: 1 },
    9: { open: 1 },
    23: { missed: 1 },
  });
});

test("ticks that were missed in a row are in the hours in which they were due", async () => {
  const { id } = await create("missed");
  await record(id, { ago: 3, first: 6, count: 4, outcome: "missed" });
  assert.deepEqual(await told(id), {
    3: { missed: 1 },
    4: { missed: 1 },
    5: { missed: 1 },
    6: { missed: 1 },
  });
  const { id: longer } = await create("longer");
  await record(longer, { ago: 20, first: 68, count: 49, outcome: "missed" });
  assert.deepEqual(await told(longer), {
    20: { missed: 1 },
    21: { missed: 1 },
    22: { missed: 1 },
    23: { missed: 1 },
  });
});

test("an hour begins where it does in the time zone of the schedule", async () => {
  const { id } = await create("India", "Asia/Kolkata");
  const [first] = await listTickHours(world.as.bob, project.id, id);
  assert.match(first?.from ?? "", /:30:00\.000Z$/);
});

test("a page of schedules is told at once, and only to who may see its project", async () => {
  const { id } = await create("one");
  const { id: other } = await create("other");
  await record(other, { ago: 1, outcome: "skipped" });
  const hours = await tickHoursOf(world.as.bob, project.id, [id, other]);
  assert.deepEqual([...hours.keys()].sort(), [id, other].sort());
  assert.equal(hours.get(other)?.[22]?.none, 1);
  assert.equal((await tickHoursOf(world.as.bob, project.id, [])).size, 0);
  await assert.rejects(tickHoursOf(world.as.charlie, project.id, [id]), { code: "not-found" });
  await assert.rejects(listTickHours(world.as.charlie, project.id, id), { code: "not-found" });
});
