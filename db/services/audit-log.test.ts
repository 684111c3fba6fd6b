import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import postgres, { type Sql } from "postgres";
import type { AuditEntry } from "../domain/audit.ts";
import { newId } from "../domain/ids.ts";
import { forgetAudit } from "../outbox/housekeeping.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { addMember, ctxOf, makeProject, makeUser, makeWorld, type World } from "../testing/factories.ts";
import { exportAudit, getAuditEntry, listAudit } from "./audit-log.ts";
import type { Ctx } from "./context.ts";
import { changeMember } from "./members.ts";
import { changePlan } from "./plans.ts";
import { updateProject } from "./projects.ts";
import { changeUser } from "./users.ts";

let database: TestDatabase;
let world: World;
let root: Ctx;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  root = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
});
after(() => database.drop());

const page = { limit: 100 };

/** A row of any age, as only somebody with the table in hand could write it. */
async function plant(organizationId: string | null, daysAgo: number): Promise<string> {
  const id = newId();
  await database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${organizationId ? `{${organizationId}}` : ""}, true)`;
    await tx`insert into audit (id, at, organization_id, actor, action, entity)
      values (${id}, now() - ${daysAgo} * interval '1 day', ${organizationId}, 'planted', 'planted', 'planted')`;
  });
  return id;
}

/** All that is in the audit of both organizations. */
async function fingerprint(): Promise<unknown> {
  return database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id},${world.b.id}}`}, true)`;
    const [row] = await tx`select count(*)::int, md5(string_agg(a::text, ',' order by id)) from audit a`;
    assert.ok(row && row.count > 0);
    return { ...row };
  });
}

async function plantedIn(organizationId: string | null): Promise<string[]> {
  const ctx = organizationId === null ? root : world.as.alice;
  const { items } = await listAudit(ctx, organizationId, { ...page, entity: "planted" });
  return items.map(({ id }) => id).sort();
}

describe("the audit of an organization", () => {
  it("is read by those who run it, and never by another one", async () => {
    const project = await makeProject(world.as.alice, world.a.id);
    await updateProject(world.as.alice, project.id, { name: "After" });
    const { items } = await listAudit(world.as.alice, world.a.id, { ...page, entityId: project.id });
    assert.deepEqual(
      items.map(({ action }) => action),
      ["project.update", "project.create"],
    );
    const [entry] = items;
    assert.ok(entry);
    assert.deepEqual(await getAuditEntry(world.as.alice, world.a.id, entry.id), entry);
    assert.equal((entry.after as { name: string }).name, "After");
    await assert.rejects(listAudit(world.as.bob, world.a.id, page), { code: "forbidden" });
    await assert.rejects(listAudit(world.as.charlie, world.a.id, page), { code: "not-found" });
    await assert.rejects(getAuditEntry(world.as.charlie, world.b.id, entry.id), { code: "not-found" });
  });

  it("is filtered by who, what, about what and when, and what is typed has no wildcards", async () => {
    const dave = await makeUser(database.db, { name: "Dave" });
    await addMember(database.db, world.a.id, dave.id, "viewer");
    await changeMember(world.as.alice, world.a.id, dave.id, "member");
    const found = async (filter: object) =>
      (await listAudit(world.as.alice, world.a.id, { ...page, entityId: dave.id, ...filter })).items.length;
    assert.equal(await found({}), 1);
    assert.equal(await found({ actor: world.alice.email.slice(0, 5).toUpperCase() }), 1);
    assert.equal(await found({ actor: world.bob.email }), 0);
    assert.equal(await found({ actor: "%" }), 0);
    assert.equal(await found({ action: "member." }), 1);
    assert.equal(await found({ action: "ember." }), 0);
    assert.equal(await found({ action: "m_mber" }), 0);
    assert.equal(await found({ entity: "project" }), 0);
    assert.equal(await found({ from: new Date(Date.now() - 3_600_000).toISOString() }), 1);
    assert.equal(await found({ to: new Date(Date.now() - 3_600_000).toISOString() }), 0);
  });

  it("is exported whole, in pages, and the export is an entry as well", async () => {
    const seen: AuditEntry[] = [];
    for await (const entries of exportAudit(world.as.alice, world.a.id, { entity: "project" })) {
      seen.push(...entries);
    }
    const listed = await listAudit(world.as.alice, world.a.id, { limit: 200, entity: "project" });
    assert.deepEqual(seen, listed.items);
    const { items } = await listAudit(world.as.alice, world.a.id, { ...page, action: "audit.export" });
    assert.deepEqual(items[0]?.after, { entity: "project" });
    await assert.rejects(exportAudit(world.as.bob, world.a.id, {}).next(), { code: "forbidden" });
  });
});

it("what belongs to no organization is read by those who run the installation alone", async () => {
  const dave = await makeUser(database.db, { name: "Dave" });
  await changeUser(root, dave.id, { disabled: true });
  const { items } = await listAudit(root, null, { ...page, entityId: dave.id });
  assert.deepEqual(
    items.map(({ action, organizationId }) => [action, organizationId]),
    [["user.update", null]],
  );
  await assert.rejects(listAudit(world.as.alice, null, page), { code: "forbidden" });
});

describe("no role of the database", () => {
  const attempts: Record<string, (sql: Sql) => Promise<unknown>> = {
    "changes an entry": (sql) => sql`update audit set actor = 'somebody else' returning id`,
    "deletes a young entry": (sql) => sql`delete from audit where at > now() - interval '1 day' returning id`,
    "deletes a young entry in the way that old ones go": (sql) =>
      sql.begin(async (tx) => {
        await tx`select set_config('app.audit_forget', 'on', true)`;
        return tx`delete from audit where at > now() - interval '1 day' returning id`;
      }),
    "empties the audit": (sql) => sql`truncate audit`,
    "puts another entry over one": (sql) => sql`insert into audit (id, actor, action, entity, organization_id)
      select id, 'somebody else', action, entity, organization_id from audit order by id desc limit 1
      on conflict (id) do update set actor = excluded.actor returning id`,
  };
  for (const [what, attempt] of Object.entries(attempts)) {
    it(`${what}: not the application's, not the owner of the table`, async () => {
      await plant(world.a.id, 0);
      const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => {} });
      try {
        const before = await fingerprint();
        for (const sql of [database.db.sql, owner]) {
          // Refused, or without any row to do it to: the owner may be held by row-level security as well.
          const outcome = await attempt(sql).catch((error: { code?: string }) => error.code);
          assert.ok(outcome === "42501" || (Array.isArray(outcome) && outcome.length === 0), String(outcome));
        }
        assert.deepEqual(await fingerprint(), before);
      } finally {
        await owner.end();
      }
    });
  }

  it("of the application takes away what holds it", async () => {
    for (const statement of [
      "alter table audit disable trigger all",
      "alter table audit disable row level security",
      "drop trigger audit_is_append_only on audit",
      "drop policy append on audit",
      "drop table audit",
      "create or replace function audit_is_append_only() returns trigger language plpgsql as 'begin return new; end'",
      "set session_replication_role = replica",
    ]) {
      await assert.rejects(database.db.sql.unsafe(statement), { code: "42501" }, statement);
    }
  });

  it("is missing from this test: these are all that may write to the audit", async () => {
    const rows = await database.db.sql<{ name: string }[]>`
      select distinct grantee::regrole::text as name from pg_class c, aclexplode(c.relacl)
      where c.relname = 'audit' and privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')`;
    const [owner] = await database.db.sql<{ name: string }[]>`
      select pg_get_userbyid(relowner) as name from pg_class where relname = 'audit'`;
    assert.deepEqual(
      rows.map(({ name }) => name),
      [owner?.name],
    );
  });
});

describe("the audit is kept", () => {
  const signal = () => new AbortController().signal;

  it("for as long as the plan says, a year where it says nothing, and never shorter than a month", async () => {
    await changePlan(root, world.a.id, { retentionDays: 60 });
    const kept = [await plant(world.a.id, 0), await plant(world.a.id, 31), await plant(world.a.id, 59)];
    await plant(world.a.id, 61);
    await plant(world.a.id, 500);
    const ofInstallation = await plant(null, 364);
    await plant(null, 366);
    const others = await plant(world.b.id, 200);
    const before = await plantedIn(world.a.id);
    assert.equal(await forgetAudit(database.db.sql, signal()), 3);
    const after = await plantedIn(world.a.id);
    assert.equal(before.length - after.length, 2);
    assert.ok(kept.every((id) => after.includes(id)));
    assert.deepEqual(await plantedIn(null), [ofInstallation]);
    const { items } = await listAudit(world.as.charlie, world.b.id, { ...page, entity: "planted" });
    assert.deepEqual(
      items.map(({ id }) => id),
      [others],
    );
    assert.equal(await forgetAudit(database.db.sql, signal()), 0);
  });

  it("by whoever calls the function with any figure: a month remains", async () => {
    const young = await plant(world.b.id, 29);
    await database.db.sql`select audit_forget(-1000, 1000)`;
    const { items } = await listAudit(world.as.charlie, world.b.id, { ...page, entity: "planted" });
    assert.ok(items.some(({ id }) => id === young));
    const [setting] = await database.db.sql<{ value: string | null }[]>`
      select current_setting('app.audit_forget', true) as value`;
    assert.notEqual(setting?.value, "on");
  });
});
