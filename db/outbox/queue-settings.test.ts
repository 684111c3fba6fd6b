import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Sql } from "postgres";
import { newId } from "../domain/ids.ts";
import type { QueueName } from "../domain/jobs.ts";
import { enqueueMany, type NewJob } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { claim } from "./claim.ts";
import { exchange } from "./exchange.ts";
import { openPumpConnection } from "./pump-connection.ts";

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
beforeEach(async () => {
  await database.db.sql`delete from outbox`;
  await database.db.sql`update queue_setting set paused = false, slots = null`;
});

const jobOf = (queue: QueueName): NewJob =>
  queue === "light"
    ? { kind: "housekeeping", payload: {}, organizationId: null }
    : { kind: "execution", payload: { executionId: newId() }, organizationId: null, shareKey: newId() };
const add = (queue: QueueName, count: number) =>
  database.db.orm.transaction((tx) =>
    enqueueMany(
      tx,
      Array.from({ length: count }, () => jobOf(queue)),
    ),
  );
const set = (queue: QueueName, paused: boolean, slots: number | null) => database.db.sql`
  insert into queue_setting (queue, paused, slots, changed_by) values (${queue}, ${paused}, ${slots}, 'test')
  on conflict (queue) do update set paused = excluded.paused, slots = excluded.slots`;
const take = (queue: QueueName, slots: number) => claim(sql, { workerId: newId(), queue, slots });

for (const queue of ["light", "browser"] as const) {
  test(`nothing of the queue ${queue} is begun while it is paused, and all of it afterwards`, async () => {
    await add(queue, 3);
    await database.db
      .sql`update outbox set state = 'scheduled', run_at = now() where id = (select min(id::text)::uuid from outbox)`;
    await set(queue, true, null);
    assert.equal((await take(queue, 5)).length, 0);
    await set(queue, false, null);
    assert.equal((await take(queue, 5)).length, 3);
  });

  test(`a limit of the queue ${queue} is kept exactly by many who claim at once, and what ends makes room`, async () => {
    await add(queue, 30);
    await set(queue, false, 4);
    const claimed = (await Promise.all(Array.from({ length: 12 }, () => take(queue, 3)))).flat();
    assert.equal(claimed.length, 4);
    const running = () => database.db.sql`select id from outbox where state = 'running'`;
    assert.equal((await running()).length, 4);
    const { refused } = await exchange(sql, {
      workerId: newId(),
      queue,
      slots: 0,
      ended: claimed.slice(0, 2),
    });
    assert.deepEqual(refused, []);
    assert.equal((await take(queue, 5)).length, 2);
    // A limit that is lowered takes nothing away from what runs.
    await set(queue, false, 1);
    assert.equal((await take(queue, 5)).length, 0);
    assert.equal((await running()).length, 4);
    await set(queue, false, null);
    assert.equal((await take(queue, 5)).length, 5);
  });
}

test("completions are taken while a queue is paused or limited", async () => {
  await add("light", 2);
  const claimed = await take("light", 2);
  await set("light", true, 1);
  const workerId = newId();
  const traded = await exchange(sql, { workerId, queue: "light", slots: 5, ended: claimed });
  assert.deepEqual(traded, { claimed: [], refused: [] });
  assert.equal((await database.db.sql`select id from outbox`).length, 0);
});

test("a setting of one queue says nothing about another", async () => {
  await add("light", 1);
  await set("browser", true, 1);
  assert.equal((await take("light", 1)).length, 1);
});
