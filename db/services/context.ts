import { notInArray, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Db, Tx } from "../client.ts";
import { AppError, notFound } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import {
  type Demand,
  effectiveProjectRole,
  holds,
  holdsInProject,
  holdsOnPlatform,
  isProjectPermission,
  type OrganizationRole,
  type Permission,
  type PlaceOf,
  type PlatformPermission,
  type PlatformRole,
  type ProjectPermission,
  type ProjectPlace,
  type ProjectRole,
  type ProjectStanding,
  scopeOf,
  type TokenScope,
} from "../domain/permissions.ts";
import { audits } from "../schema/identity.ts";
import type { SecretKeys } from "./envelope.ts";
import { asInputFault } from "./refusals.ts";

/** Who asks. A `system` actor works for one organization, named by the job or the set-up step that it carries out. */
export type Actor =
  | {
      kind: "user";
      userId: string;
      email: string;
      platformRole: PlatformRole;
      roles: ReadonlyMap<string, OrganizationRole>;
      /** By project, where it is not simply open to its organization: closed ones, and those in which a role was given. */
      projects: ReadonlyMap<string, ProjectStanding & { organizationId: string }>;
    }
  | { kind: "system"; name: string; organizationId: string | null };

/**
 * What somebody proved who they are with: the session of a browser, the sign-in of a program (a family of tokens), or a
 * personal API token, which is good for some of what they may do.
 */
export type SignIn =
  | { kind: "session" | "family"; id: string }
  | { kind: "token"; id: string; scopes: readonly TokenScope[] };

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
  /** Of a person. */
  signIn?: SignIn | null;
  /** Aborts when nobody waits for the answer any more: what was not committed by then is not done. */
  signal?: AbortSignal;
  /** Set inside a transaction: what is told once it was committed. */
  hints?: Hint[];
  /** Where somebody wants to know what was demanded of the actor: each demand that was met. */
  demands?: Demand[];
  /** Where somebody wants to know it: each demand that was refused to somebody who may know of the place. */
  refusals?: Refusal[];
};

/** What somebody was not allowed, where (null: in the installation), and why not. */
export type Refusal = {
  organizationId: string | null;
  projectId?: string | null;
  permission: string;
  reason: string;
};

/** Something that is told to others. Never throws: who was not told finds out later. */
type Hint = () => Promise<void>;

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
  const hints: Hint[] = [];
  const result = await begin(ctx, hints, work);
  for (const hint of hints) await hint();
  return result;
}

async function begin<T>(ctx: Ctx, hints: Hint[], work: (ctx: TxCtx) => Promise<T>): Promise<T> {
  try {
    return await ctx.db.orm.transaction(async (tx) => {
      await setTenantOf(tx, ctx.actor);
      const done = await work({ ...ctx, tx, hints });
      if (ctx.signal?.aborted) throw tooLate();
      return done;
    });
  } catch (error) {
    throw asInputFault(error) ?? error;
  }
}

function tooLate(): AppError {
  return new AppError("unavailable", "nothing was done: it took too long; try again in a moment", {
    retryAfterSeconds: 2,
  });
}

/** Runs `hint` when the outermost transaction has been committed, and not at all when it is not; outside of one at once. */
export async function afterCommit(ctx: Ctx, hint: Hint): Promise<void> {
  if (ctx.tx) ctx.hints?.push(hint);
  else await hint();
}

/**
 * Runs `work` as the installation's own hand in another organization (null: in none), of which the actor need not be a member.
 * Inside a transaction as a part of it that can fail alone.
 */
export async function inTenant<T>(
  ctx: Ctx,
  organizationId: string | null,
  work: (ctx: TxCtx) => Promise<T>,
): Promise<T> {
  const name = ctx.actor.kind === "user" ? ctx.actor.email : ctx.actor.name;
  const inner: Ctx = { ...ctx, actor: { kind: "system", name, organizationId } };
  if (!ctx.tx) return transaction(inner, work);
  // What fails takes the setting back with it.
  const done = await part(inner, async (inner) => {
    await setTenantOf(inner.tx, inner.actor);
    return work(inner);
  });
  await setTenantOf(ctx.tx, ctx.actor);
  return done;
}

/** Runs `work` so that it can fail alone: as a part of the transaction that there is, or as one of its own. */
export function part<T>(ctx: Ctx, work: (ctx: TxCtx) => Promise<T>): Promise<T> {
  return ctx.tx ? ctx.tx.transaction((tx) => work({ ...ctx, tx })) : transaction(ctx, work);
}

function setTenantOf(tx: Tx, actor: Actor): Promise<void> {
  return setTenant(tx, visibleOrganizations(actor), actor.kind === "user" ? actor.userId : null);
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
 * @throws AppError `not-found` to those who may not even know of the organization or the project, `forbidden` to its others.
 */
export function authorize<P extends Permission>(
  ctx: Ctx,
  place: PlaceOf<P>,
  permission: P,
  what = "organization",
): void {
  const { actor } = ctx;
  const { organizationId } = place;
  if (actor.kind === "system") {
    if (actor.organizationId !== organizationId) throw notFound(what);
    return;
  }
  if (isProjectPermission(permission)) authorizeInProject(ctx, place as ProjectPlace, permission, what);
  else authorizeInOrganization(ctx, organizationId, permission, what);
  requireScope(ctx, place, permission);
}

function authorizeInOrganization(
  ctx: Ctx,
  organizationId: string,
  permission: Exclude<Permission, ProjectPermission>,
  what: string,
): void {
  const { actor, demands } = ctx;
  const role = actor.kind === "user" ? actor.roles.get(organizationId) : undefined;
  if (!role) throw notFound(what);
  if (!holds(role, permission)) throw lacks(ctx, role, { organizationId, permission });
  demands?.push({ organizationId, permission, what });
}

function authorizeInProject(
  ctx: Ctx,
  { organizationId, projectId }: ProjectPlace,
  permission: ProjectPermission,
  what: string,
): void {
  const { actor, demands } = ctx;
  const role = projectRoleOf(actor, { organizationId, projectId });
  if (!role) throw notFound(what);
  if (!holdsInProject(role, permission)) throw lacks(ctx, role, { organizationId, projectId, permission });
  demands?.push({ organizationId, projectId, permission, what });
}

function lacks(ctx: Ctx, role: string, demand: Omit<Refusal, "reason">): AppError {
  return refused(ctx, demand, `your role "${role}" does not include the permission "${demand.permission}"`);
}

function refused({ refusals }: Ctx, demand: Omit<Refusal, "reason">, reason: string): AppError {
  refusals?.push({ ...demand, reason });
  return new AppError("forbidden", reason);
}

/** What the actor is in a project; null where it may not know of it. */
export function projectRoleOf(actor: Actor, { organizationId, projectId }: ProjectPlace): ProjectRole | null {
  if (actor.kind === "system") return actor.organizationId === organizationId ? "owner" : null;
  const role = actor.roles.get(organizationId);
  if (!role || !projectId) return null;
  return effectiveProjectRole(role, actor.projects.get(projectId) ?? { access: "organization", role: null });
}

/**
 * The condition for rows of projects that the actor may know of, where a list goes over more than one project. Row-level
 * security keeps organizations apart; projects inside of one are kept apart here and in `authorize`.
 */
export function isVisible({ actor }: Ctx, projectId: PgColumn): SQL | undefined {
  if (actor.kind === "system") return undefined;
  const hidden = [...actor.projects]
    .filter(([projectId, { organizationId }]) => !projectRoleOf(actor, { organizationId, projectId }))
    .map(([projectId]) => projectId);
  return hidden.length > 0 ? notInArray(projectId, hidden) : undefined;
}

/** A token may do less than its person. @throws AppError `forbidden` */
function requireScope<P extends Permission>(ctx: Ctx, place: PlaceOf<P>, permission: P): void {
  const { signIn } = ctx;
  const scope = scopeOf(permission);
  if (signIn?.kind !== "token" || scope === "read" || signIn.scopes.includes(scope)) return;
  const reason = `this API token lacks the scope "${scope}", which "${permission}" needs`;
  throw refused(ctx, { ...place, permission }, reason);
}

/** The same for what belongs to the installation. */
export function authorizePlatform(ctx: Ctx, permission: PlatformPermission): void {
  const { actor } = ctx;
  if (actor.kind === "system") return;
  if (!holdsOnPlatform(actor.platformRole, permission)) {
    throw lacks(ctx, actor.platformRole, { organizationId: null, permission });
  }
  ctx.demands?.push({ organizationId: null, permission });
}

/** Asks the same of who asks now. @throws AppError as when it was asked first */
export function authorizeAgain(ctx: Ctx, demands: readonly Demand[]): void {
  for (const demand of demands) {
    if (demand.organizationId === null) authorizePlatform(ctx, demand.permission);
    else authorize(ctx, demand, demand.permission, demand.what);
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

/**
 * Writes the audit row of a change, in its transaction.
 * @param id where entries of one id count as one: the first is kept
 */
export async function recordAudit(ctx: TxCtx, change: Change, id = newId()): Promise<void> {
  const { actor } = ctx;
  const entry = {
    id,
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
  };
  await ctx.tx.insert(audits).values(entry).onConflictDoNothing();
}
