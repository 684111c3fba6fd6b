import { createHash } from "node:crypto";
import postgres from "postgres";
import { type Db, openDb } from "../client.ts";
import { migrate, readMigrations } from "../migrate.ts";

const OWNER = "verdict_owner";
const APPLICATION = "verdict_app";
const PASSWORD = "verdict-test";

export type TestDatabase = {
  /** As the application role: under row-level security. */
  db: Db;
  url: string;
  ownerUrl: string;
  /** Drops the database; every connection to it ends. May be called again. */
  drop(): Promise<void>;
};

/**
 * A database of the test file's own, cloned from a migrated template.
 * @throws when `npm test` has not said where its PostgreSQL is: tests run by `npm test -- FILE`.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const server = process.env.VERDICT_TEST_PG_OWNER_URL;
  if (!server) throw new Error("VERDICT_TEST_PG_OWNER_URL is not set: run this file with `npm test -- FILE`");
  const admin = postgres(server, { max: 1, onnotice: () => {} });
  const name = `verdict_test_${process.pid}_${Math.random().toString(36).slice(2, 10)}`;
  try {
    const template = await ensureTemplate(admin, server);
    // Two clones at once of one template are refused, so they queue.
    await locked(admin, 0x74657374, () =>
      admin.unsafe(`create database ${name} template ${template} owner ${OWNER}`),
    );
  } catch (error) {
    await admin.end();
    throw error;
  }
  const url = urlOf(server, name, APPLICATION);
  const db = openDb({ url, connectionsMax: 8, name: "verdict-test" });
  let dropped: Promise<void> | null = null;
  return {
    db,
    url,
    ownerUrl: urlOf(server, name, OWNER),
    drop() {
      dropped ??= dropDatabase(admin, db, name);
      return dropped;
    },
  };
}

async function dropDatabase(admin: postgres.Sql, db: Db, name: string): Promise<void> {
  await db.close();
  await admin.unsafe(`drop database if exists ${name} with (force)`);
  await admin.end();
}

async function ensureTemplate(admin: postgres.Sql, server: string): Promise<string> {
  const migrations = await readMigrations();
  const hash = createHash("sha256")
    .update(migrations.map((migration) => migration.hash).join())
    .digest("hex");
  const template = `verdict_template_${hash.slice(0, 12)}`;
  await locked(admin, 0x74656d70, async () => {
    for (const role of [OWNER, APPLICATION]) {
      const [known] = await admin`select 1 from pg_roles where rolname = ${role}`;
      const verb = known ? "alter" : "create";
      await admin.unsafe(`${verb} role ${role} login password '${PASSWORD}'`);
    }
    const [known] = await admin`select 1 from pg_database where datname = ${template}`;
    if (!known) await createTemplate(admin, server, template);
  });
  return template;
}

/** `admin` has one connection, so a lock of the session holds for what it does meanwhile. */
async function locked(admin: postgres.Sql, key: number, work: () => Promise<unknown>): Promise<void> {
  await admin`select pg_advisory_lock(${key})`;
  try {
    await work();
  } finally {
    await admin`select pg_advisory_unlock(${key})`;
  }
}

async function createTemplate(admin: postgres.Sql, server: string, template: string): Promise<void> {
  const building = `${template}_building`;
  await admin.unsafe(`drop database if exists ${building} with (force)`);
  await admin.unsafe(`create database ${building} owner ${OWNER}`);
  await migrate(urlOf(server, building, OWNER), APPLICATION);
  await admin.unsafe(`alter database ${building} rename to ${template}`);
}

function urlOf(server: string, database: string, user: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  url.username = user;
  url.password = PASSWORD;
  return url.href;
}
