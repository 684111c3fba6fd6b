import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import postgres, { type Sql } from "postgres";
import { newId } from "../domain/ids.ts";
import { enqueueMany } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { exchange } from "./exchange.ts";
import { unclaim } from "./finish.ts";
import { openPumpConnection } from "./pump-connection.ts";
import { rowsRead } from "./testing/rows-read.ts";

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
beforeEach(() => database.db.sql`delete from outbox`);

const job = { kind: "housekeeping", payload: {}, organizationId: null } as const;
const add = (count: number) =>
  database.db.orm.transaction((tx) =>
    enqueueMany(
      tx,
      Array.from({ length: count }, () => job),
    ),
  );
const workerId = newId();
const trade = (slots: number, ended: Parameters<typeof exchange>[1]["ended"] = [], suspects = 1) =>
  exchange(sql, { workerId, queue: "light", slots, ended, suspects });

test("one statement completes what is done and claims what is next", async () => {
  const ids = await add(5);
  const first = await trade(3);
  assert.deepEqual(
    first.claimed.map(({ jobId }) => jobId),
    ids.slice(0, 3),
  );
  const second = await trade(3, first.claimed);
  assert.deepEqual(second.refused, []);
  assert.deepEqual(
    second.claimed.map(({ jobId }) => jobId),
    ids.slice(3),
  );
  const done = await database.db.sql`select id from outbox_done where worker_id = ${workerId} order by id`;
  assert.deepEqual(
    done.map(({ id }) => id),
    ids.slice(0, 3),
  );
});

test("who lost a lease learns it from the same answer; the others' completions count, and one said twice counts once", async () => {
  await add(3);
  const { claimed } = await trade(3);
  const [lost] = claimed;
  assert.ok(lost);
  await database.db.sql`update outbox set lease_token = ${newId()} where id = ${lost.jobId}`;
  assert.deepEqual((await trade(0, claimed)).refused, [lost]);
  assert.deepEqual((await trade(0, claimed)).refused, claimed);
  const [done] = await database.db
    .sql`select count(*)::int from outbox_done where id = any(${claimed.map(({ jobId }) => jobId)})`;
  assert.equal(done?.count, 2);
});

test("claimers at the same time never get the same job, and together get all", async () => {
  await add(2_000);
  const others = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const own = openPumpConnection(database.db.address);
      const mine: string[] = [];
      let ended: Awaited<ReturnType<typeof exchange>>["claimed"] = [];
      do {
        ({ claimed: ended } = await exchange(own, { workerId: newId(), queue: "light", slots: 37, ended }));
        mine.push(...ended.map(({ jobId }) => jobId));
      } while (ended.length > 0);
      await own.end();
      return mine;
    }),
  );
  assert.equal(others.flat().length, 2_000);
  assert.equal(new Set(others.flat()).size, 2_000);
  assert.equal((await database.db.sql`select 1 from outbox`).length, 0);
});

test("what was claimed ahead and not begun goes back as if it had never been claimed", async () => {
  const [id] = await add(1);
  const { claimed } = await trade(1);
  await unclaim(database.db.sql, claimed);
  const [row] = await database.db
    .sql`select state, attempt, interruptions, worker_id from outbox where id = ${id ?? ""}`;
  assert.deepEqual({ ...row }, { state: "ready", attempt: 0, interruptions: 0, worker_id: null });
});

test("suspects, lost with two workers, are had one at a time and keep nobody from the others", async () => {
  const ids = await add(4);
  await database.db.sql`update outbox set crashes = 2 where id = any(${ids.slice(0, 3)})`;
  const first = await trade(10);
  assert.deepEqual(first.claimed.map(({ jobId }) => jobId).sort(), [ids[0], ids[3]].sort());
  assert.deepEqual((await trade(10, [], 0)).claimed, []);
});

test("its plans go by the indexes, however wrong the statistics are", async () => {
  // As if the table had been empty when it was last looked at, or nothing had been running.
  await database.db.sql`insert into outbox (id, kind, queue, state, priority, payload)
    select gen_random_uuid(), 'housekeeping', 'light', 'ready', 250, '{}' from generate_series(1, 3000)`;
  const owner = postgres(database.ownerUrl, { max: 1 });
  await owner`vacuum analyze outbox`;
  await owner.end();
  const { claimed } = await trade(1_000);
  const before = await rowsRead(sql);
  await trade(0, claimed);
  const read = (await rowsRead(sql)) - before;
  assert.ok(read <= 4 * claimed.length, `${read} rows were read to complete ${claimed.length}`);
});
