import { eq } from "drizzle-orm";
import type { Db } from "../client.ts";
import { AppError, invalidInput } from "../domain/errors.ts";
import { isId, newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { OrganizationRole, PlatformRole, ProjectAccess, ProjectRole } from "../domain/permissions.ts";
import type { User } from "../domain/resources.ts";
import { users } from "../schema/identity.ts";
import { refuseCommonPassword } from "./common-passwords.ts";
import { type Actor, authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { hashPassword } from "./passwords.ts";
import { refuseDuplicates } from "./refusals.ts";
import { iso } from "./times.ts";

export type NewUser = { email: string; name: string; password: string; platformRole: PlatformRole };
export type UserActor = Extract<Actor, { kind: "user" }>;

/** @throws AppError `conflict` when the address is taken, `invalid-input` for a password that is too short or too common. */
export async function createUser(ctx: Ctx, input: NewUser): Promise<User> {
  authorizePlatform(ctx, "users.manage");
  if (input.password.length < limits.passwordCharsMin) {
    throw invalidInput([
      { path: "password", message: `must have ${limits.passwordCharsMin} characters or more` },
    ]);
  }
  await refuseCommonPassword(input.password, "password");
  const email = addressOf(input.email);
  const passwordHash = await hashPassword(input.password);
  return transaction(ctx, async (ctx) => {
    const { name, platformRole } = input;
    const user = await insertUser(ctx, { email, name, passwordHash, platformRole });
    await recordAudit(ctx, {
      action: "user.create",
      entity: "user",
      entityId: user.id,
      organizationId: null,
      after: user,
    });
    return user;
  });
}

type NewUserRow = Pick<typeof users.$inferInsert, "email" | "name" | "passwordHash"> & {
  platformRole: PlatformRole;
};

/** Adds the row, whoever may do so. @throws AppError `conflict` when the address is taken */
export async function insertUser(ctx: TxCtx, input: NewUserRow): Promise<User> {
  const row = { ...input, id: newId(), createdAt: ctx.now() };
  await refuseDuplicates({ app_user_email: { path: "email", message: `${row.email} is taken` } }, () =>
    ctx.tx.insert(users).values(row),
  );
  return userOf(row);
}

type ActorRow = {
  email: string;
  platform_role: PlatformRole;
  organization_id: string | null;
  role: OrganizationRole | null;
};

type StandingRow = { id: string; organization_id: string; access: ProjectAccess; role: ProjectRole | null };

/**
 * The user with the roles of now; null when there is none of this id, the account is disabled or, where one is given, the
 * sign-in of a program has ended.
 */
export async function findActor(
  db: Db,
  userId: string,
  familyId: string | null = null,
): Promise<UserActor | null> {
  if (!isId(userId)) return null;
  // Sent together, so that a request pays one round trip for all of it.
  const [, , rows, standings] = await db.sql.begin((sql) => [
    sql`select set_config('app.user', ${userId}, true)`,
    sql`select set_config('app.organizations',
      coalesce((select array_agg(organization_id)::text from member where user_id = ${userId}), ''), true)`,
    sql<ActorRow[]>`select u.email, u.platform_role, m.organization_id, m.role
      from app_user u left join member m on m.user_id = u.id where u.id = ${userId} and u.disabled_at is null
        and (${familyId}::uuid is null or exists (select 1 from token_family f
          where f.id = ${familyId}::uuid and f.user_id = u.id and f.revoked_at is null and f.expires_at > now()))`,
    sql<StandingRow[]>`select p.id, p.organization_id, p.access, pm.role
      from project p left join project_member pm on pm.project_id = p.id and pm.user_id = ${userId}
      where p.access = 'members' or p.id in (select project_id from project_member where user_id = ${userId})`,
  ]);
  const [first] = rows as ActorRow[];
  if (!first) return null;
  const roles = new Map<string, OrganizationRole>();
  for (const { organization_id, role } of rows as ActorRow[]) {
    if (organization_id && role) roles.set(organization_id, role);
  }
  const projects: UserActor["projects"] = new Map(
    (standings as StandingRow[]).map(({ id, organization_id: organizationId, access, role }) => [
      id,
      { organizationId, access, role },
    ]),
  );
  return {
    kind: "user",
    userId,
    email: first.email,
    platformRole: first.platform_role,
    roles,
    projects,
  };
}

export type AccountEvent = {
  action: "session.create" | "session.create-by-sign-on" | "session.refuse" | "session.end" | "token.reuse";
  /** The account, or null where only an address was given. */
  user: UserActor | null;
  email: string;
  client?: { address?: string | null; userAgent?: string | null; requestId?: string | null };
};

/**
 * The audit of what happens to an account outside of any organization. Those who run an organization see what concerns its
 * members; what concerns nobody belongs to the installation.
 */
export async function auditAccount(
  db: Db,
  { action, user, email, client = {} }: AccountEvent,
): Promise<void> {
  const actor: Actor = user ?? { kind: "system", name: email.slice(0, 320), organizationId: null };
  const { address = null, userAgent = null, requestId = null } = client;
  const ctx: Ctx = { db, actor, keys: null, now: () => new Date(), requestId, address, userAgent };
  const organizations = user && user.roles.size > 0 ? [...user.roles.keys()] : [null];
  await transaction(ctx, async (ctx) => {
    for (const organizationId of organizations) {
      const entityId = user?.userId ?? null;
      await recordAudit(ctx, { action, entity: "user", entityId, organizationId });
    }
  });
}

/** The actor, who is a person. @throws AppError `unauthenticated` for anybody else */
export function userActor({ actor }: Ctx): UserActor {
  if (actor.kind !== "user") throw new AppError("unauthenticated", "nobody is signed in");
  return actor;
}

/**
 * The actor, who has signed in and does not come with an API token: those change nothing of their person's account.
 * @throws AppError `unauthenticated`, `forbidden`
 */
export function signedInUser(ctx: Ctx): UserActor {
  if (ctx.signIn?.kind === "token") {
    throw new AppError("forbidden", "an API token can't change the account of its person: sign in for that");
  }
  return userActor(ctx);
}

/** The user who asks. */
export async function getMe(ctx: Ctx): Promise<User> {
  const { userId } = userActor(ctx);
  return transaction(ctx, async ({ tx }) => {
    const [row] = await tx.select().from(users).where(eq(users.id, userId));
    if (!row) throw new AppError("unauthenticated", "this account is no more");
    return userOf(row);
  });
}

type UserRow = Pick<typeof users.$inferSelect, "id" | "email" | "name" | "platformRole" | "createdAt">;

export function userOf({ id, email, name, platformRole, createdAt }: UserRow): User {
  return { id, email, name, platformRole, createdAt: iso(createdAt) };
}

/** Addresses are compared without regard to case, as every provider of note does. */
export function addressOf(email: string): string {
  return email.trim().toLowerCase();
}
