import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import postgres from "postgres";
import { grantApplicationRole } from "./grants.ts";

const directory = new URL("./migrations/", import.meta.url);

/** Any number: all who migrate this schema agree on it. */
const LOCK = 0x76657264;

type Migration = { name: string; sql: string; hash: string };

/**
 * Brings the database to the newest schema and gives the application role its privileges. Several callers at once are safe:
 * one migrates, the others wait (at most two minutes) and find the work done.
 *
 * The whole journal is compared, not only its end: a migration that was merged late, changed after it ran, or written by a
 * newer Verdict is an error and never skipped in silence.
 *
 * @returns the names of the migrations that were applied now.
 */
export async function migrate(ownerUrl: string, applicationRole: string | null): Promise<string[]> {
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {}, connection: { lock_timeout: 120_000 } });
  try {
    await owner`select pg_advisory_lock(${LOCK})`;
    await owner`create table if not exists schema_migration (
      name text primary key, hash text not null, applied_at timestamptz not null default now())`;
    const pending = await pendingMigrations(owner);
    for (const migration of pending) await apply(owner, migration);
    if (applicationRole) await grantApplicationRole(owner, applicationRole);
    return pending.map(({ name }) => name);
  } finally {
    await owner.end({ timeout: 5 });
  }
}

async function pendingMigrations(owner: postgres.Sql): Promise<Migration[]> {
  const known = await readMigrations();
  const applied = await owner<
    { name: string; hash: string }[]
  >`select name, hash from schema_migration order by name`;
  for (const { name, hash } of applied) {
    const ours = known.find((migration) => migration.name === name);
    if (!ours)
      throw new Error(
        `the database has migration ${name}, which this version of Verdict does not know: it is newer`,
      );
    if (ours.hash !== hash)
      throw new Error(`migration ${name} was changed after it had been applied; restore it`);
  }
  const newest = applied.at(-1)?.name ?? "";
  const pending = known.filter(({ name }) => !applied.some((row) => row.name === name));
  const late = pending.find(({ name }) => name < newest);
  if (late)
    throw new Error(
      `migration ${late.name} comes before ${newest}, which has been applied; give it a later number`,
    );
  return pending;
}

/** The migrations in their order, for the check and for the template of the tests. */
export async function readMigrations(): Promise<Migration[]> {
  const names = await migrationNames();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, directory), "utf8");
      return { name, sql, hash: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/** The newest migration that this code knows. */
export async function newestMigration(): Promise<string> {
  return (await migrationNames()).at(-1) ?? "";
}

async function migrationNames(): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
}

async function apply(owner: postgres.Sql, { name, sql, hash }: Migration): Promise<void> {
  await owner.begin(async (tx) => {
    await tx.unsafe(sql).simple();
    await tx`insert into schema_migration (name, hash) values (${name}, ${hash})`;
  });
}
