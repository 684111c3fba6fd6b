import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Sql } from "postgres";
import { newId } from "../domain/ids.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { claimShared } from "./claim-shared.ts";
import { openPumpConnection } from "./pump-connection.ts";
import { rowsRead } from "./testing/rows-read.ts";

// In a database of its own: what other sessions have read is counted late.
let database: TestDatabase;
let sql: Sql;
before(async () => {
  database = await testDatabase();
  sql = openPumpConnection(database.db.address);
});
after(async () => {
  await sql.end();
  await database.drop();
});

const add = (count: number, browser: string, projects: number) => database.db.sql`
  insert into outbox (id, kind, queue, key, browser, state, priority, payload)
  select gen_random_uuid(), 'execution', 'browser', 'execution:' || n % ${projects}::int, ${browser}, 'ready', 100, '{}'
  from generate_series(1, ${count}::int) as n`;

test("jobs that no worker can do cost the claims of others nothing, however many wait", async () => {
  await add(20_000, "firefox", 300);
  await add(2, "chromium", 2);
  const before = await rowsRead(sql);
  const jobs = await claimShared(sql, {
    workerId: newId(),
    queue: "browser",
    slots: 4,
    browsers: ["chromium"],
  });
  assert.equal(jobs.length, 2);
  const read = (await rowsRead(sql)) - before;
  assert.ok(read >= 2 && read <= 20, `${read} rows were read to claim 2`);
});
