import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import postgres from "postgres";
import type { RunnerEvent } from "../domain/events.ts";
import { newId } from "../domain/ids.ts";
import { readMigrations } from "../migrate.ts";
import { claim } from "../outbox/claim.ts";
import { turnOverEvents } from "../outbox/housekeeping.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeTestCase, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { finishAttempt } from "./attempt-endings.ts";
import { type AttemptStart, appendEvents, beginAttempt } from "./attempts.ts";
import { type Ctx, transaction } from "./context.ts";
import { countEvents } from "./evidence.ts";
import { getExecution, listLogs } from "./executions.ts";
import { executeTestCase } from "./runs.ts";

let database: TestDatabase;
let owner: postgres.Sql;
let world: World;
let ctx: Ctx;
before(async () => {
  database = await testDatabase();
  owner = postgres(database.ownerUrl, { max: 2, onnotice: () => {} });
  world = await makeWorld(database.db);
  ctx = systemCtx(database.db, world.a.id);
});
after(async () => {
  await owner.end();
  await database.drop();
});

const dayMs = 24 * 3_600_000;
const whole = { after: 0, limit: 1_000 };
const line = (text: string): RunnerEvent => ({
  at: new Date().toISOString(),
  type: "log",
  level: "info",
  text,
});
type Running = { id: string; job: Awaited<ReturnType<typeof claim>>[number]; start: AttemptStart };

/** An execution in its first attempt. */
async function begin(): Promise<Running> {
  const testCase = await makeTestCase(world.as.alice, world.project.id);
  const { id } = await executeTestCase(world.as.alice, { testCaseId: testCase.id }, "manual");
  await database.db.sql`update outbox set priority = -1 where unique_key = ${id}`;
  const worker = { id: newId() };
  const jobs = await claim(database.db.sql, { workerId: worker.id, slots: 1, queue: "browser" });
  const job = jobs.find(({ payload }) => (payload as { executionId: string }).executionId === id);
  assert.ok(job);
  const start = await beginAttempt(ctx, job, id, worker);
  assert.ok(start);
  return { id, job, start };
}

async function run(...texts: string[]): Promise<string> {
  const { id, job, start } = await begin();
  await appendEvents(ctx, job, start, 1, texts.map(line));
  await finishAttempt(ctx, job, start, { status: "passed", failure: null, durationMs: 1 });
  return id;
}

/** As if it had been made so many days ago: its id says so everywhere. Negative: in days to come. */
async function ageBy(days: number, id: string): Promise<string> {
  const at = (Date.now() - days * dayMs).toString(16).padStart(12, "0");
  const older = `${at.slice(0, 8)}-${at.slice(8)}${newId().slice(13)}`;
  await transaction(ctx, async ({ tx }) => {
    await tx.execute(`insert into execution select (e).* from (
      select jsonb_populate_record(e, '{"id": "${older}"}') as e from execution e where id = '${id}') as copy`);
    await tx.execute(`insert into event (execution_id, seq, organization_id, attempt, at, type, body)
      select '${older}', seq, organization_id, attempt, at, type, body from event where execution_id = '${id}'`);
  });
  return older;
}

const partsOf = (id: string) =>
  transaction(ctx, async ({ tx }) => {
    const rows = await tx.execute<{ part: string }>(
      `select distinct tableoid::regclass::text as part from event where execution_id = '${id}'`,
    );
    return rows.map(({ part }) => part);
  });
const parts = async () =>
  (await owner<{ part: string }[]>`select part::text from event_part order by ends`).map(({ part }) => part);
const textsOf = async (id: string) =>
  (await listLogs(world.as.alice, id, whole)).items.map((item) =>
    item.type === "log" ? item.text : item.type,
  );
const numbersOf = async (id: string) =>
  (await listLogs(world.as.alice, id, whole)).items.map(({ seq }) => seq);

describe("the log of an execution", () => {
  test("keeps its order and has one writer: batches sent twice and at once are written once", async () => {
    const { id, job, start } = await begin();
    const batch = ["a", "b", "c"].map(line);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => appendEvents(ctx, job, start, 1, batch)),
    );
    assert.deepEqual(answers, Array(6).fill(4));
    assert.deepEqual(await textsOf(id), ["a", "b", "c"]);
    assert.equal(await appendEvents(ctx, { ...job, leaseToken: newId() }, start, 4, batch), null);
    await finishAttempt(ctx, job, start, { status: "passed", failure: null, durationMs: 1 });
    assert.equal(await appendEvents(ctx, job, start, 6, batch), null, "after the end nobody adds to it");
    assert.deepEqual(await numbersOf(id), [1, 2, 3, 4, 5]);
  });

  test("is in one table, that of the day on which the execution was made", async () => {
    const id = await run("a", "b");
    const [today] = await owner`select to_char(now() at time zone 'utc', 'YYYY_MM_DD') as day`;
    // On the day of the migration itself it is the table of before.
    const [part, ...others] = await partsOf(id);
    assert.ok(part === "event_before" || part === `event_${today?.day}`, part);
    assert.deepEqual(others, []);
    const tomorrows = await ageBy(-1, id);
    assert.match((await partsOf(tomorrows)).join(), /^event_\d{4}_\d\d_\d\d$/);
    assert.deepEqual(await textsOf(tomorrows), await textsOf(id));
  });

  test("is read, counted and added to without a look into the table of another day", async () => {
    const id = await run("a");
    for (const query of [
      `select * from event where execution_id = '${id}' and seq > 0 order by seq limit 100`,
      `select type, count(*) from event where execution_id = '${id}' group by type`,
      `select max(seq) from event where execution_id = '${id}'`,
    ]) {
      const plan = await transaction(ctx, async ({ tx }) => {
        const rows = await tx.execute<{ "QUERY PLAN": string }>(`explain ${query}`);
        return rows.map((row) => row["QUERY PLAN"]).join("\n");
      });
      const tables = [...plan.matchAll(/ on (event\w*?)(_pkey)?\b/g)].map(([, table]) => table);
      assert.equal(new Set(tables).size, 1, plan);
    }
  });

  test("has one terminal event, whoever else tries to write another", async () => {
    const id = await run("a");
    const second = transaction(ctx, ({ tx }) =>
      tx.execute(`insert into event (execution_id, seq, organization_id, attempt, at, type, body)
        values ('${id}', 99, '${world.a.id}', 1, now(), 'execution-finished', '{}')`),
    );
    await assert.rejects(second, (error: Error) => /duplicate key/.test(String(error.cause)));
  });
});

describe("tenants", () => {
  test("nobody sees another's events, and by itself a part shows nothing, not even to its owner", async () => {
    const id = await run("secret");
    await assert.rejects(listLogs(world.as.charlie, id, whole), { code: "not-found" });
    const foreign = await transaction(systemCtx(database.db, world.b.id), ({ tx }) =>
      tx.execute("select 1 from event"),
    );
    assert.equal(foreign.length, 0);
    await ageBy(-20, id);
    for (const part of [...(await parts()), "event_default"]) {
      const { sql } = database.db;
      await assert.rejects(sql`select * from ${sql(part)}`, /permission denied/);
      await owner.begin(async (tx) => {
        await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
        assert.equal((await tx`select * from ${tx(part)}`).length, 0, part);
      });
    }
    const open = await owner`select c.relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
      where i.inhparent = 'event'::regclass and not (c.relrowsecurity and c.relforcerowsecurity)`;
    assert.deepEqual([...open], []);
  });
});

describe("the days", () => {
  test("there is a table for each of the next seven, and none is made twice", async () => {
    const before = await parts();
    assert.ok(before.length >= 8);
    await Promise.all([turnOverEvents(database.db.sql), turnOverEvents(database.db.sql)]);
    assert.deepEqual(await parts(), before);
  });

  test("nothing is refused: what has no table is kept, and moves into it when that is made", async () => {
    const id = await ageBy(-9, await run("early"));
    assert.deepEqual(await partsOf(id), ["event_default"]);
    const others = (await parts()).length;
    await owner`select event_turn_over(10, 90)`;
    assert.equal((await parts()).length, others + 3);
    assert.match((await partsOf(id)).join(), /^event_\d{4}_\d\d_\d\d$/);
    assert.deepEqual(await textsOf(id), ["early", "attempt-finished", "execution-finished"]);
  });

  test("logs go as a whole when they are older than they are kept; the execution stays and says so", async () => {
    const days = async (...ages: number[]) => {
      const id = await run("old");
      return Promise.all(ages.map((age) => ageBy(age, id)));
    };
    // The table of before took all of the past; here it has days.
    await owner.unsafe(`alter table event detach partition event_before;
      create table event_old (like event including defaults including constraints);
      create table event_older (like event including defaults including constraints);
      alter table event attach partition event_older for values from (minvalue) to (first_id_of(now() - interval '20 days'));
      alter table event attach partition event_old for values from (first_id_of(now() - interval '20 days'))
        to (first_id_of(date_trunc('day', now() at time zone 'utc') at time zone 'utc' + interval '1 day'));`);
    await database.db.sql`delete from outbox`;
    const [gone, kept] = (await days(30, 10)) as [string, string];
    assert.deepEqual(await turnOverEvents(database.db.sql, 30), { made: 0, dropped: 0 });
    const waiting = await begin();
    await owner`update outbox set unique_key = ${gone} where id = ${waiting.job.jobId}`;
    assert.equal((await turnOverEvents(database.db.sql, 15)).dropped, 0, "it has not ended");
    await owner`delete from outbox`;
    assert.equal((await turnOverEvents(database.db.sql, 15)).dropped, 1);
    assert.equal((await getExecution(world.as.alice, gone)).status, "passed");
    assert.deepEqual(await listLogs(world.as.alice, gone, whole), {
      items: [],
      nextAfter: null,
      expired: true,
    });
    assert.equal((await countEvents(world.as.alice, gone, null)).lastSeq, 0);
    const log = await listLogs(world.as.alice, kept, whole);
    assert.equal(log.items.length, 3);
    assert.equal(log.expired, false);
    assert.equal((await listLogs(world.as.alice, kept, { after: 3, limit: 10 })).expired, false);
  });

  test("the application may turn them over and touch none of the tables itself", async () => {
    const { sql } = database.db;
    await assert.rejects(sql`drop table event_default`, /must be owner/);
    await assert.rejects(turnOverEvents(sql, 0), /days kept 1 to 400/);
    await assert.rejects(turnOverEvents(sql, 401), /days kept 1 to 400/);
  });
});

test("what was logged before the log had days is kept as it is, under the same rules", async () => {
  const server = process.env.VERDICT_TEST_PG_OWNER_URL ?? "";
  const admin = postgres(server, { max: 1, onnotice: () => {} });
  const name = `verdict_test_events_${process.pid}`;
  const url = new URL(database.ownerUrl);
  url.pathname = `/${name}`;
  await admin.unsafe(`create database ${name} owner ${url.username}`);
  const old = postgres(url.href, { max: 1, onnotice: () => {} });
  try {
    const migrations = await readMigrations();
    const at = migrations.findIndex((migration) => migration.name.startsWith("0006"));
    for (const migration of migrations.slice(0, at)) await old.unsafe(migration.sql).simple();
    const [organization, id, later] = [newId(), newId(), "ffffffff-ffff-4fff-8fff-ffffffffffff"];
    await old.unsafe(`grant select, insert on event to ${new URL(database.url).username}`);
    await old.unsafe(`begin; select set_config('app.organizations', '{${organization}}', true);
      insert into organization (id, name, slug) values ('${organization}', 'a', 'a');
      insert into project (id, organization_id, name, slug) values ('${organization}', '${organization}', 'a', 'a');
      insert into test_case (id, organization_id, project_id, name, priority, status, version, step_count, search)
        values ('${organization}', '${organization}', '${organization}', 'a', 'low', 'active', 1, 0, '');
      insert into run (id, organization_id, project_id, name, trigger) values ('${id}', '${organization}', '${organization}', 'a', 'api');
      insert into execution (id, organization_id, project_id, run_id, test_case_id, version, test_case_name, browser, viewport)
        select execution_id, '${organization}', '${organization}', '${id}', '${organization}', 1, 'a', 'chromium', '{}'
        from unnest(array['${id}', '${later}']::uuid[]) as execution_id;
      insert into event (execution_id, seq, organization_id, attempt, at, type, body)
        select e.id, seq, '${organization}', 1, now(), 'log', '{}' from execution e, generate_series(1, 3) as seq; commit`);
    for (const migration of migrations.slice(at)) await old.unsafe(migration.sql).simple();
    const rows = await old.begin(async (tx) => {
      await tx`select set_config('app.organizations', ${`{${organization}}`}, true)`;
      return tx`select tableoid::regclass::text as part, count(*)::int from event group by 1 order by 1`;
    });
    assert.deepEqual(
      [...rows],
      [
        { part: "event_before", count: 3 },
        { part: "event_default", count: 3 },
      ],
    );
    const [may] =
      await old`select has_table_privilege(${new URL(database.url).username}, 'event', 'insert') as insert`;
    assert.equal(may?.insert, true, "who could write goes on writing");
    const [open] = await old`select relacl::text as rights, relforcerowsecurity as forced from pg_class
      where relname = 'event_before'`;
    assert.ok(open?.forced && !open.rights.includes(new URL(database.url).username), JSON.stringify(open));
  } finally {
    await old.end();
    await admin.unsafe(`drop database ${name} with (force)`);
    await admin.end();
  }
});
