import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { turnOverHistory } from "./housekeeping.ts";

let database: TestDatabase;
let owner: postgres.Sql;
before(async () => {
  database = await testDatabase();
  owner = postgres(database.ownerUrl, { max: 1, onnotice: () => {} });
});
after(async () => {
  await owner.end();
  await database.drop();
});

const insert = (finishedAt: postgres.PendingQuery<postgres.Row[]>) => database.db.sql`
  insert into outbox_done (id, kind, outcome, priority, payload, attempt, failures, crashes, interruptions, run_at, created_at,
    finished_at)
  values (gen_random_uuid(), 'housekeeping', 'done', 1, '{}', 1, 0, 0, 0, now(), now(), ${finishedAt})
  returning tableoid::regclass::text as part`;
const partOf = async (finishedAt: postgres.PendingQuery<postgres.Row[]>) =>
  (await insert(finishedAt))[0]?.part;
const sql = () => database.db.sql;
const parts = async () =>
  (await owner<{ part: string }[]>`select part::text from outbox_done_part order by ends`).map(
    ({ part }) => part,
  );

test("there is a table for each of the next seven days, and none is made twice", async () => {
  assert.equal((await parts()).length, 8);
  await Promise.all([turnOverHistory(sql()), turnOverHistory(sql())]);
  assert.equal((await parts()).length, 8);
  assert.match(await partOf(sql()`now() + interval '3 days'`), /^outbox_done_\d{4}_\d\d_\d\d$/);
});

test("a day that nobody made a table for is kept, and moves into its table when that is made", async () => {
  assert.equal(await partOf(sql()`now() + interval '9 days'`), "outbox_done_default");
  await owner`select outbox_done_turn_over(10, 14)`;
  const [row] =
    await sql()`select tableoid::regclass::text as part from outbox_done where finished_at > now() + interval '8 days'`;
  assert.match(row?.part, /^outbox_done_\d{4}_\d\d_\d\d$/);
});

test("a table goes as a whole when its day is two weeks past, and not before", async () => {
  await owner.unsafe(`
    create table outbox_done_old (like outbox_done including defaults including constraints);
    create table outbox_done_older (like outbox_done including defaults including constraints);
    alter table outbox_done detach partition outbox_done_before;
    alter table outbox_done attach partition outbox_done_older for values from (minvalue) to ('${daysAgo(15)}');
    alter table outbox_done attach partition outbox_done_old for values from ('${daysAgo(15)}') to ('${daysAgo(13)}');`);
  const { dropped } = await turnOverHistory(sql());
  assert.equal(dropped, 1);
  const left = await parts();
  assert.ok(left.includes("outbox_done_old") && !left.includes("outbox_done_older"));
});

test("the application may turn over the history and touch none of its tables itself", async () => {
  await assert.rejects(sql()`select * from outbox_done_default`, /permission denied/);
  await assert.rejects(sql()`drop table outbox_done_default`, /must be owner/);
  await assert.rejects(sql()`select outbox_done_turn_over(7, 0)`, /days kept 1 to 3650/);
});

test("who reads in the history for long delays the turn-over and nobody else", async () => {
  const reader = await owner.reserve();
  await reader`begin`;
  await reader`select count(*) from outbox_done`;
  const other = postgres(database.ownerUrl, { max: 1, onnotice: () => {} });
  await assert.rejects(other`select outbox_done_turn_over(30, 14)`, /lock timeout/);
  await reader`rollback`;
  reader.release();
  await other.end();
  assert.ok(await partOf(sql()`now()`));
});

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 24 * 3_600_000).toISOString();
}
