import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeUser, makeWorld, type World } from "../testing/factories.ts";
import { fillTenant } from "../testing/tenant-rows.ts";

/**
 * What the database itself keeps apart, with every check of the services left out: SQL as the application's role. Tables, columns
 * and keys come from the catalogue, so a new table is tested as soon as it is there, or fails here.
 */

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  const root = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
  const { a, b, project, foreign, as } = world;
  await fillTenant(database.db, { organizationId: a.id, projectId: project.id, owner: as.alice, root });
  await fillTenant(database.db, { organizationId: b.id, projectId: foreign.id, owner: as.charlie, root });
});
after(() => database.drop());

/** Tables of the installation, which hold nothing of a tenant's but ids. Whoever adds one says why it belongs here. */
const installationTables: Record<string, string> = {
  account_link: "of somebody who has no organization yet",
  api_token: "of an account",
  app_user: "an account may be in many organizations",
  idempotency_key:
    "of an account; looked up by its id alone, and whoever repeats a request is authorized again",
  mail: "to a person; sealed",
  outbox: "workers claim for all tenants; payloads hold ids",
  outbox_done: "the same, when it is done",
  outbox_done_forgotten: "how far the history was forgotten",
  outbox_rate: "when jobs of a key were started",
  platform_setting: "of the installation",
  queue_setting: "of the installation",
  queue_tally: "figures of kinds of jobs",
  rate_limit: "how often somebody, by a hash, did something lately",
  recovery_code: "of an account",
  refresh_token: "of an account",
  schedule_tick: "of the installation's own schedule",
  sign_on: "of an account",
  schema_migration: "of the schema",
  session: "of an account",
  share_setting: "how many turns a project has, set by platform administrators",
  socket_ticket: "of an account",
  token_family: "of an account",
  two_factor: "of an account",
  worker: "of the installation",
  worker_terms: "of the installation",
};

type Table = { name: string; hasPolicy: boolean; isForced: boolean; isTenant: boolean };

async function tables(): Promise<Table[]> {
  return database.db.sql<Table[]>`
    select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as "isForced",
      exists (select from pg_policy p where p.polrelid = c.oid) as "hasPolicy",
      c.relname = 'organization' or exists (select from pg_attribute a where a.attrelid = c.oid
        and a.attname = 'organization_id' and not a.attisdropped) as "isTenant"
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by 1`;
}

async function tenantTables(): Promise<string[]> {
  return (await tables()).map(({ name }) => name).filter((name) => !(name in installationTables));
}

/** The column that says whose a row is. */
const ownerOf = (table: string) => (table === "organization" ? "id" : "organization_id");

/** How many rows a statement touches that is carried out for a tenant, or the code with which it is refused. Undone again. */
async function outcome(
  as: string,
  statement: string,
  values: readonly string[] = [],
): Promise<number | string> {
  let touched: number | string = "not run";
  await database.db.sql
    .begin(async (tx) => {
      await tx`select set_config('app.organizations', ${`{${as}}`}, true),
        set_config('app.user', ${world.charlie.id}, true)`;
      touched = (await tx.unsafe(statement, [...values])).count;
      throw new Error("undo");
    })
    .catch((error: Error & { code?: string }) => {
      if (error.message !== "undo") touched = error.code ?? String(error);
    });
  return touched;
}

const refused = "42501";
const exists = "23505";

/** A statement that inserts a row given as JSON, as it is. */
async function insertOf(table: string): Promise<string> {
  const columns = await database.db.sql<{ name: string }[]>`
    select quote_ident(attname) as name from pg_attribute where attrelid = ${table}::regclass and attnum > 0
      and not attisdropped and attgenerated = '' order by attnum`;
  const names = columns.map(({ name }) => name).join(", ");
  return `insert into ${table} (${names}) select ${names} from jsonb_populate_record(null::${table}, $1::text::jsonb)`;
}

/** Some row of the organization, as JSON. */
async function rowOf(table: string, organizationId: string): Promise<Record<string, unknown>> {
  const [row] = await database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${organizationId}}`}, true)`;
    return tx.unsafe(
      `select to_jsonb(t) as row from ${table} t where ${ownerOf(table)} = '${organizationId}' limit 1`,
    );
  });
  assert.ok(row, `${table} has no row of the test's organization: let fillTenant make one`);
  return row.row as Record<string, unknown>;
}

describe("every table", () => {
  it("of tenants has row-level security that binds its owner too; the others are named, with the reason", async () => {
    const all = await tables();
    for (const { name, hasPolicy, isForced, isTenant } of all) {
      if (name in installationTables) continue;
      assert.ok(isTenant, `${name} has no organization_id: whose are its rows? If nobody's, name it above`);
      assert.ok(hasPolicy && isForced, `${name} lacks a policy, or row-level security is not forced`);
    }
    const names = new Set(all.map(({ name }) => name));
    assert.deepEqual(
      Object.keys(installationTables).filter((name) => !names.has(name)),
      [],
    );
  });

  it("of tenants refers to others of them by the organization as well, so that no row hangs on a foreign one", async () => {
    const loose = await database.db.sql<{ name: string }[]>`
      select format('%s %s', k.conrelid::regclass, pg_get_constraintdef(k.oid)) as name
      from pg_constraint k join pg_attribute target on target.attrelid = k.confrelid and target.attname = 'organization_id'
      join pg_attribute own on own.attrelid = k.conrelid and own.attname = 'organization_id'
      where k.contype = 'f' and k.connamespace = 'public'::regnamespace
        and not (own.attnum = any (k.conkey) and target.attnum = any (k.confkey))`;
    assert.deepEqual(
      loose.map(({ name }) => name),
      [],
    );
  });

  it("is reached by no way around: neither a part of it, nor a view with its owner's rights, nor a function", async () => {
    const around = await database.db.sql<{ name: string }[]>`
      select relname as name from pg_class c where relnamespace = 'public'::regnamespace
        and (relispartition or relkind in ('v', 'm') and not coalesce('security_invoker=on' = any (reloptions), false))
        and has_table_privilege(current_user, c.oid, 'select, insert, update, delete')`;
    assert.deepEqual(
      around.map(({ name }) => name),
      [],
    );
    const functions = await database.db.sql<{ name: string }[]>`
      select proname as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
        and has_function_privilege(current_user, oid, 'execute') order by 1`;
    // Each deletes by age alone, in no organization's name.
    assert.deepEqual(
      functions.map(({ name }) => name),
      ["audit_forget", "event_turn_over", "outbox_done_forget", "outbox_done_turn_over"],
    );
  });
});

describe("SQL for another tenant, in every table", () => {
  it("sees no foreign row, whether it asks for it or for everything", async () => {
    const [a, b] = [world.a.id, world.b.id];
    for (const table of await tenantTables()) {
      const owner = ownerOf(table);
      assert.ok(Number(await outcome(a, `select from ${table} where ${owner} = '${a}'`)) > 0, table);
      assert.equal(await outcome(b, `select from ${table} where ${owner} = '${a}'`), 0, table);
      assert.equal(await outcome(b, `select from ${table} where ${owner} is distinct from '${b}'`), 0, table);
    }
  });

  it("inserts no row for it: not a copy of one that is there, not one of its own with the foreign organization", async () => {
    const [a, b] = [world.a.id, world.b.id];
    for (const table of await tenantTables()) {
      const insert = await insertOf(table);
      const foreign = JSON.stringify(await rowOf(table, a));
      const given = JSON.stringify({ ...(await rowOf(table, b)), [ownerOf(table)]: a });
      // The statement is right: the row's own tenant is only told that it is there already.
      assert.equal(await outcome(a, insert, [foreign]), exists, table);
      assert.equal(await outcome(b, insert, [foreign]), refused, table);
      assert.equal(await outcome(b, insert, [given]), refused, table);
    }
  });

  it("changes and deletes none, and gives none of its own away", async () => {
    const [a, b] = [world.a.id, world.b.id];
    for (const table of await tenantTables()) {
      const owner = ownerOf(table);
      for (const statement of [
        `update ${table} set ${owner} = ${owner} where ${owner} = '${a}'`,
        `update ${table} set ${owner} = '${b}' where ${owner} = '${a}'`,
        `delete from ${table} where ${owner} = '${a}'`,
      ]) {
        const touched = await outcome(b, statement);
        assert.ok(touched === 0 || touched === refused, `${statement}: ${touched}`);
      }
      const given = await outcome(b, `update ${table} set ${owner} = '${a}' where ${owner} = '${b}'`);
      assert.equal(given, refused, `a row of ${table} was given away`);
      // Conflicts with a foreign row are no way to change it.
      const upsert = `${await insertOf(table)} on conflict do nothing`;
      assert.equal(await outcome(b, upsert, [JSON.stringify(await rowOf(table, a))]), refused, table);
    }
  });
});
