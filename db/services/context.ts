import { sql } from "drizzle-orm";
import type { Db, Tx } from "../client.ts";
import { AppError, notFound } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import {
  holds,
  holdsOnPlatform,
  type OrganizationRole,
  type Permission,
  type PlatformPermission,
  type PlatformRole,
} from "../domain/permissions.ts";
import { audits } from "../schema/identity.ts";
import { asInputFault } from "./refusals.ts";
import type { SecretKeys } from "./secrets.ts";

/** Who asks. A `system` actor works for one organization, named by the job or the set-up step that it carries out. */
export type Actor =
  | {
      kind: "user";
      userId: string;
      email: string;
      platformRole: PlatformRole;
      roles: ReadonlyMap<string, OrganizationRole>;
    }
  | { kind: "system"; name: string; organizationId: string | null };

/** What every verb is given. Time and identity come from here, never from the surroundings. */
export type Ctx = {
  db: Db;
  /** Set inside a transaction: verbs that are composed share it. */
  tx?: Tx;
  actor: Actor;
  /** Opens and seals the secrets of projects; null where none are touched. */
  keys: SecretKeys | null;
  now: () => Date;
  requestId: string | null;
  address: string | null;
  userAgent: string | null;
};

/** A context inside a transaction. What changes data takes this one, so that it can't happen outside of one. */
export type TxCtx = Ctx & { tx: Tx };

/** The organizations whose rows this actor may see at all. */
export function visibleOrganizations(actor: Actor): string[] {
  if (actor.kind === "user") return [...actor.roles.keys()];
  return actor.organizationId ? [actor.organizationId] : [];
}

/**
 * Runs `work` in a transaction that sees the rows of the actor's organizations and no others (row-level security). Inside
 * another verb's transaction it joins that one.
 */
export async function transaction<T>(ctx: Ctx, work: (ctx: TxCtx) => Promise<T>): Promise<T> {
  if (ctx.tx) return work(ctx as TxCtx);
  try {
    return await ctx.db.orm.transaction(async (tx) => {
      await setTenant(
        tx,
        visibleOrganizations(ctx.actor),
        ctx.actor.kind === "user" ? ctx.actor.userId : null,
      );
      return work({ ...ctx, tx });
    });
  } catch (error) {
    throw asInputFault(error) ?? error;
  }
}

/** Sets, until the transaction ends, whose rows it sees. */
export async function setTenant(
  tx: Tx,
  organizations: readonly string[],
  userId: string | null,
): Promise<void> {
  await tx.execute(sql`select set_config('app.organizations', ${`{${organizations.join(",")}}`}, true),
    set_config('app.user', ${userId ?? ""}, true)`);
}

/**
 * The one place where permissions of a tenant are enforced.
 * @throws AppError `not-found` to those who may not even know of the organization, `forbidden` to its other members.
 */
export function authorize(
  ctx: Ctx,
  organizationId: string,
  permission: Permission,
  what = "organization",
): void {
  const { actor } = ctx;
  if (actor.kind === "system") {
    if (actor.organizationId !== organizationId) throw notFound(what);
    return;
  }
  const role = actor.roles.get(organizationId);
  if (!role) throw notFound(what);
  if (!holds(role, permission)) {
    throw new AppError("forbidden", `your role "${role}" does not include the permission "${permission}"`);
  }
}

/** The same for what belongs to the installation. */
export function authorizePlatform(ctx: Ctx, permission: PlatformPermission): void {
  const { actor } = ctx;
  if (actor.kind === "system") return;
  if (!holdsOnPlatform(actor.platformRole, permission)) {
    throw new AppError(
      "forbidden",
      `your role "${actor.platformRole}" does not include the permission "${permission}"`,
    );
  }
}

type Change = {
  action: string;
  entity: string;
  entityId: string | null;
  organizationId: string | null;
  before?: unknown;
  after?: unknown;
};

/** Writes the audit row of a change, in its transaction. */
export async function recordAudit(ctx: TxCtx, change: Change): Promise<void> {
  const { actor } = ctx;
  await ctx.tx.insert(audits).values({
    id: newId(),
    at: ctx.now(),
    organizationId: change.organizationId,
    actorId: actor.kind === "user" ? actor.userId : null,
    actor: actor.kind === "user" ? actor.email : actor.name,
    action: change.action,
    entity: change.entity,
    entityId: change.entityId,
    before: change.before ?? null,
    after: change.after ?? null,
    address: ctx.address,
    userAgent: ctx.userAgent,
    requestId: ctx.requestId,
  });
}
