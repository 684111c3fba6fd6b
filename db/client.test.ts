import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import { type Db, openDb } from "./client.ts";
import { type TestDatabase, testDatabase } from "./testing/database.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

// What ops/patches has for postgres.js: without it this ends the process, or leaves a pool that never answers again.
test("a connection that the server ends in a transaction fails that transaction, and the pool goes on", async () => {
  const db = openDb({ url: database.url, connectionsMax: 1, name: "verdict-test-client" });
  try {
    for (let time = 0; time < 5; time++) {
      const broken = db.orm.transaction(async (tx) => {
        const [me] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
        await database.db.sql`select pg_terminate_backend(${me?.pid ?? 0})`;
        for (;;) await tx.execute(sql`select 1`);
      });
      await assert.rejects(broken);
      await answersAgain(db);
    }
  } finally {
    await db.close();
  }
});

/** What is asked while the server still says goodbye may fail as well; not for long. */
async function answersAgain(db: Db): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      const [row] = await db.orm.transaction((tx) => tx.execute<{ one: number }>(sql`select 1 as one`));
      return assert.equal(row?.one, 1);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
