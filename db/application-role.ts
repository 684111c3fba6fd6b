import postgres, { type Sql } from "postgres";

/** What the application is when it was given a role that row-level security does not hold. It never signs in by itself. */
const ROLE = "verdict_app";

/** `isFree`: row-level security does not hold it. */
type Role = { name: string; isFree: boolean };

/**
 * The address under which the application works, and the role that is to be granted what it needs. A superuser, or a role with
 * BYPASSRLS, would see every tenant's rows whatever the policies say; its connections then go on as a role that does not.
 * @throws Error when there is no such role and this one may not make it.
 */
export async function applicationAddress(url: string): Promise<{ url: string; role: string }> {
  const sql = postgres(url, { max: 1, connect_timeout: 20, onnotice: () => {} });
  try {
    const current = await roleOf(sql, null);
    if (current && !current.isFree) return { url, role: current.name };
    const known = await roleOf(sql, ROLE);
    if (known?.isFree)
      throw new Error(
        `the role ${ROLE} passes row-level security: alter role ${ROLE} nosuperuser nobypassrls`,
      );
    if (!known) await createRole(sql, current?.name ?? "");
    const restricted = new URL(url);
    restricted.searchParams.set("role", ROLE);
    return { url: restricted.href, role: ROLE };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Refuses to work with a role that passes row-level security, for processes that are started one by one. */
export async function refuseFreeRole(sql: Sql): Promise<void> {
  // A database that can't be reached yet is no reason not to start.
  const current = await roleOf(sql, null).catch(() => undefined);
  if (!current?.isFree) return;
  throw new Error(
    `DATABASE_URL signs in as "${current.name}", which row-level security does not hold: use a role with nosuperuser and nobypassrls, or append ?role=${ROLE} after ops/migrate.ts has made that role`,
  );
}

/** The role of that name, or the one that the session has. */
async function roleOf(sql: Sql, name: string | null): Promise<Role | undefined> {
  const [role] = await sql<Role[]>`
    select rolname as name, rolsuper or rolbypassrls as "isFree" from pg_roles where rolname = coalesce(${name}::text, current_user)`;
  return role;
}

async function createRole(sql: Sql, by: string): Promise<void> {
  try {
    await sql.unsafe(`create role ${ROLE} nologin nosuperuser nobypassrls`);
  } catch (error) {
    // Somebody else may have been quicker.
    if (await roleOf(sql, ROLE)) return;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `"${by}" passes row-level security and may not make a role that does not (${why}): use a role with nosuperuser and nobypassrls`,
      { cause: error },
    );
  }
}
