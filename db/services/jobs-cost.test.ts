import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql as statement } from "drizzle-orm";
import postgres from "postgres";
import { type Db, openDb } from "../client.ts";
import { newId } from "../domain/ids.ts";
import { type JobQuery, jobQuerySchema } from "../domain/queries.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { systemCtx } from "../testing/factories.ts";
import { listJobs } from "./jobs.ts";

const history = 30_000;
const rare = 30;
const project = newId();

let database: TestDatabase;
let db: Db;
before(async () => {
  database = await testDatabase();
  // One connection: what other sessions have read is counted late.
  db = openDb({ url: database.url, connectionsMax: 1, name: "verdict-test-cost" });
  const add = (count: number, kind: string, key: string | null, prefix: string, outcome: string) => database
    .db.sql`
    insert into outbox_done (id, kind, key, outcome, priority, payload, attempt, failures, crashes, interruptions, run_at,
      created_at) select (${prefix} || substr(gen_random_uuid()::text, 3))::uuid, ${kind}, ${key}, ${outcome}, 100, '{}',
      1, 0, 0, 0, now(), now() from generate_series(1, ${count}::int)`;
  // What is rare is the oldest: whoever goes through the history from its newest end has all of it to read.
  await add(history, "execution", `execution:${newId()}`, "f0", "done");
  await add(rare, "housekeeping", null, "00", "done");
  await add(rare, "housekeeping", null, "00", "dead");
  await add(rare, "execution", `execution:${project}`, "00", "done");
  const owner = postgres(database.ownerUrl, { max: 1 });
  await owner`analyze outbox_done`;
  await owner.end();
});
after(async () => {
  await db?.close();
  await database?.drop();
});

async function rowsRead(): Promise<number> {
  await db.orm.execute(statement`select pg_stat_force_next_flush()`);
  const [row] = await db.orm.execute<{ rows: number }>(statement`
    select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as rows from pg_stat_user_tables
    where relname like 'outbox_done%'`);
  return row?.rows ?? 0;
}

for (const [what, filter, count] of [
  ["a rare kind", { kind: "housekeeping" }, 20],
  ["the rare ones of a kind that ended in one way", { kind: "housekeeping", state: "dead" }, 20],
  ["the kinds of a queue", { queue: "light" }, 20],
  ["a quiet project", { projectId: project }, 20],
  ["everything", {}, 20],
  ["the most frequent kind", { kind: "execution" }, 20],
] as const) {
  test(`a page of the history costs what is on it, not what is behind it: ${what}`, async () => {
    const query = jobQuerySchema.parse({ ...filter, limit: "20" }) as JobQuery;
    const ctx = systemCtx(db);
    const before = await rowsRead();
    const { items } = await listJobs(ctx, query);
    assert.equal(items.length, count);
    const read = (await rowsRead()) - before;
    assert.ok(read >= count && read <= 500, `${read} rows were read for a page of ${count}`);
  });
}
