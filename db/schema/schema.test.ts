import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { getTableColumns, getTableName, is, Table } from "drizzle-orm";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import * as accounts from "./accounts.ts";
import * as groups from "./groups.ts";
import * as identity from "./identity.ts";
import * as jobs from "./jobs.ts";
import * as live from "./live.ts";
import * as runs from "./runs.ts";
import * as schedules from "./schedules.ts";
import * as snapshots from "./snapshots.ts";
import * as tests from "./tests.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

const tables = [accounts, identity, tests, groups, runs, jobs, schedules, live, snapshots].flatMap((module) =>
  Object.values(module).filter((value): value is PgTable => is(value, Table)),
);

type Column = {
  table_name: string;
  column_name: string;
  data_type: string;
  is_nullable: string;
  has_default: boolean;
};

test("the Drizzle schema and the migrated database agree on every column, its type, null and default", async () => {
  const columns = await database.db.sql<Column[]>`
    select table_name, column_name, is_nullable, column_default is not null as has_default,
      case when data_type = 'ARRAY' then replace(substr(udt_name, 2), 'int4', 'integer') || '[]'
           when data_type = 'USER-DEFINED' then udt_name else data_type end as data_type
    from information_schema.columns join pg_class c on c.oid = format('public.%I', table_name)::regclass
    where table_schema = 'public' and table_name <> 'schema_migration' and c.relkind in ('r', 'p')
      and not c.relispartition`;
  const inDatabase = columns
    .map(
      (row) =>
        `${row.table_name}.${row.column_name} ${row.data_type} ${row.is_nullable === "YES"} ${row.has_default}`,
    )
    .sort();
  const inSchema = tables
    .flatMap((table) =>
      Object.values(getTableColumns(table)).map(
        (column) =>
          `${getTableName(table)}.${column.name} ${column.getSQLType()} ${!column.notNull} ${column.hasDefault}`,
      ),
    )
    .sort();
  assert.deepEqual(inSchema, inDatabase);
  assert.equal(getTableConfig(runs.events).primaryKeys.length, 1);
});

test("every table with an organization has forced row-level security, but for those that are no tenant's", async () => {
  const open = await database.db.sql<{ name: string }[]>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
    where c.relkind in ('r', 'p') and not c.relispartition and not (c.relrowsecurity and c.relforcerowsecurity) order by 1`;
  assert.deepEqual(
    open.map(({ name }) => name),
    ["outbox", "outbox_done"],
  );
});

test("without a tenant in the transaction no row is visible and none can be written", async () => {
  const { sql } = database.db;
  assert.equal((await sql`select * from project`).length, 0);
  await assert.rejects(
    sql`insert into organization (id, name, slug) values (gen_random_uuid(), 'A', 'a')`,
    /row-level security/,
  );
});

test("the application role can neither change the schema nor audit rows", async () => {
  const { sql } = database.db;
  await assert.rejects(sql`drop table audit`, /must be owner/);
  await assert.rejects(sql`delete from audit`, /permission denied/);
  await assert.rejects(sql`update audit set action = ''`, /permission denied/);
});
