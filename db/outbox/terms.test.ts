import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { newestMigration } from "../migrate.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { findSkew, PROTOCOL } from "./terms.ts";

let database: TestDatabase;
let owner: postgres.Sql;
let schema: string;
before(async () => {
  database = await testDatabase();
  owner = postgres(database.ownerUrl, { max: 1, onnotice: () => {} });
  schema = await newestMigration();
});
after(async () => {
  await owner.end();
  await database.drop();
});
const skewOf = (over: { schema?: string; protocol?: number } = {}) =>
  findSkew(database.db.sql, { schema, protocol: PROTOCOL, ...over });

test("a worker may claim from a database of its own version, and from a newer one that does not ask for more", async () => {
  assert.equal(await skewOf(), null);
  await owner`insert into schema_migration (name, hash) values ('9998_later.sql', '')`;
  assert.equal(await skewOf(), null);
});

test("a worker that is newer than the database waits for it to be migrated", async () => {
  assert.match(
    (await skewOf({ schema: "9999_mine.sql" })) ?? "",
    /^this worker knows 9999_mine.sql, the database has been migrated to 9998_later.sql: migrate it first$/,
  );
});

test("a worker that is too old, in schema or protocol, is told to be replaced", async () => {
  await owner`update worker_terms set schema_min = '9998_later.sql'`;
  assert.match((await skewOf()) ?? "", /asks for 9998_later.sql or newer: replace the worker$/);
  await owner`update worker_terms set schema_min = ${schema}, protocol_min = 2, protocol_max = 3`;
  assert.match((await skewOf()) ?? "", /speaks protocol 1, the database asks for 2 to 3/);
  assert.equal(await skewOf({ protocol: 3 }), null);
  assert.match((await skewOf({ protocol: 4 })) ?? "", /protocol 4/);
});

test("a database from before there were such terms is one to be migrated", async () => {
  await owner`alter table worker_terms rename to gone`;
  assert.match((await skewOf()) ?? "", /migrate it first$/);
  await owner`alter table gone rename to worker_terms`;
});

test("the application can read the terms and not change them", async () => {
  await assert.rejects(database.db.sql`update worker_terms set protocol_min = 0`, /permission denied/);
});
