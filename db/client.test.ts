import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sql as statement } from "drizzle-orm";
import postgres from "postgres";
import { type Db, openDb, sqlOf } from "./client.ts";
import { type TestDatabase, testDatabase } from "./testing/database.ts";

let database: TestDatabase;
let admin: postgres.Sql;
before(async () => {
  database = await testDatabase();
  const url = new URL(process.env.VERDICT_TEST_PG_OWNER_URL ?? "");
  url.pathname = new URL(database.url).pathname;
  admin = postgres(url.href, { max: 1 });
  await admin`create table note (text text)`;
  await admin`grant select, insert on note to verdict_app`;
});
after(async () => {
  await admin.end();
  await database.drop();
});

/** Ends every connection of the application. */
async function endAll(): Promise<void> {
  await admin`select pg_terminate_backend(pid, 10000) from pg_stat_activity
    where datname = current_database() and application_name = 'verdict-test'`;
}

const notes = async () =>
  (await database.db.sql<{ text: string }[]>`select text from note`).map(({ text }) => text);

test("when the server ends a transaction's connection, nothing of it happens, what comes later included", async () => {
  const { orm, sql } = database.db;
  const later: unknown[] = [];
  const broken = orm.transaction(async (tx) => {
    await tx.execute(statement`insert into note values ('first')`);
    const [row] = await tx.execute<{ pid: number }>(statement`select pg_backend_pid() as pid`);
    await sql`select pg_terminate_backend(${row?.pid ?? 0}, 10000)`;
    // Others use the pool meanwhile, and with it the connection when it has been opened again.
    await Promise.allSettled(Array.from({ length: 20 }, () => orm.execute(statement`select 1`)));
    for (const text of ["second", "third"]) {
      later.push(await tx.execute(statement`insert into note values (${text})`).catch(() => "refused"));
      later.push(await sqlOf(tx)`insert into note values (${text})`.catch(() => "refused"));
    }
  });
  await assert.rejects(broken);
  // The work of the callback goes on after the transaction has been refused.
  for (let turn = 0; turn < 1_000 && later.length < 4; turn++) await sql`select pg_sleep(0.01)`;
  assert.deepEqual(later, ["refused", "refused", "refused", "refused"]);
  assert.deepEqual(await notes(), []);
});

test("after breaks the connections serve as before, none of them lost", async () => {
  const { orm } = database.db;
  for (let round = 0; round < 5; round++) {
    await endAll();
    await Promise.allSettled(Array.from({ length: 20 }, () => orm.execute(statement`select 1`)));
  }
  await Promise.all(
    Array.from({ length: 50 }, () =>
      orm.transaction((tx) => tx.execute(statement`insert into note values (${"kept"})`)),
    ),
  );
  assert.equal((await notes()).length, 50);
});

// Without what ops/patches has for postgres.js this ends the process, or leaves a pool that never answers again.
test("a connection that the server ends in a transaction fails that transaction, and the pool goes on", async () => {
  const db = openDb({ url: database.url, connectionsMax: 1, name: "verdict-test-client" });
  try {
    for (let time = 0; time < 5; time++) {
      const broken = db.orm.transaction(async (tx) => {
        const [me] = await tx.execute<{ pid: number }>(statement`select pg_backend_pid() as pid`);
        await database.db.sql`select pg_terminate_backend(${me?.pid ?? 0})`;
        for (;;) await tx.execute(statement`select 1`);
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
      const [row] = await db.orm.transaction((tx) => tx.execute<{ one: number }>(statement`select 1 as one`));
      return assert.equal(row?.one, 1);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test("the server is reached by its socket, where the address names the folder of it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "verdict-socket-"));
  const url = new URL(database.url);
  const { port, hostname } = url;
  const server = createServer((client) => {
    const there = dial(Number(port), hostname);
    client.pipe(there).pipe(client);
    for (const end of [client, there]) end.on("error", () => [client, there].map((one) => one.destroy()));
  });
  server.listen(join(folder, ".s.PGSQL.5432"));
  await once(server, "listening");
  // The host and the port of this address lead nowhere.
  url.host = "localhost:5432";
  url.searchParams.set("host", folder);
  const db = openDb({ url: url.href, connectionsMax: 1, name: "verdict-socket-test" });
  try {
    const rows = await db.sql<{ name: string }[]>`select current_setting('application_name') as name`;
    assert.deepEqual([...rows], [{ name: "verdict-socket-test" }]);
  } finally {
    await db.close();
    server.close();
    await rm(folder, { recursive: true });
  }
});
