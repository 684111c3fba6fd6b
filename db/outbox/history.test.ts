import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { forgetFinished, turnOverHistory } from "./housekeeping.ts";

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

const keep = (kind: string, days: number) =>
  new Map([
    [kind, days],
    ["kept-longest", 14],
  ]);
const forget = (days: ReadonlyMap<string, number>) =>
  forgetFinished(sql(), new AbortController().signal, days);
const fill = (kind: string, outcome: string, age: string, count: number) => sql()`
  insert into outbox_done (id, kind, outcome, priority, payload, attempt, failures, crashes, interruptions, run_at, created_at,
    finished_at)
  select gen_random_uuid(), ${kind}, ${outcome}, 1, '{}', 1, 0, 0, 0, now(), now(), now() - ${age}::interval
  from generate_series(1, ${count}::int)`;
const left = async (kind: string) =>
  (await sql()`select count(*)::int from outbox_done where kind = ${kind}`)[0]?.count;

test("finished jobs of a kind that is kept shorter go when their day's time is over, in batches; others and dead letters stay", async () => {
  // The table that ended thirteen days ago, and today's.
  await fill("short", "done", "13 days 12 hours", 9_000);
  await fill("short", "dead", "13 days 12 hours", 1);
  await fill("short", "done", "1 minute", 5);
  await fill("long", "done", "13 days 12 hours", 100);
  const stopped = AbortSignal.abort();
  await assert.rejects(forgetFinished(sql(), stopped, keep("short", 3)), /abort/i);
  assert.equal(await forget(keep("short", 3)), 9_000);
  assert.equal(await left("short"), 6);
  assert.equal(await left("long"), 100);
  assert.equal(await forget(keep("short", 3)), 0);
});

test("a batch goes on where the last one ended, and what is kept longest is left to the dropping of tables", async () => {
  await fill("other", "done", "13 days 12 hours", 5_000);
  const first = await sql()`select deleted, is_over from outbox_done_forget('other', 3, 1)`;
  assert.ok(first[0]?.deleted < 5_000 && first[0]?.is_over === false);
  const rest = await forget(keep("other", 3));
  assert.equal(first[0]?.deleted + rest, 5_000);
  assert.equal(await forget(keep("long", 14)), 0);
  assert.equal(await left("long"), 100);
});

test("the application may have jobs forgotten and can't say so of those of today", async () => {
  await assert.rejects(sql()`select outbox_done_forget('long', 0, 1)`, /days kept must be 1 to 3650/);
  await assert.rejects(sql()`select * from outbox_done_forgotten`, /permission denied/);
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
