import { randomBytes } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Db } from "../client.ts";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Page, PageQuery } from "../domain/queries.ts";
import type { Invitation, InvitationInput, InvitationState, OpenInvitation } from "../domain/tenancy.ts";
import { invitations, members, organizations, projects, users } from "../schema/identity.ts";
import { createUser } from "./accounts.ts";
import {
  authorize,
  type Ctx,
  recordAudit,
  setTenant,
  type TxCtx,
  transaction,
  visibleOrganizations,
} from "./context.ts";
import { hashToken } from "./derived-keys.ts";
import { addMember } from "./members.ts";
import { lockOrganization } from "./organizations.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { requireRoom } from "./plans.ts";
import { insertProjectMember } from "./project-members.ts";
import { found, knownId, refuseDuplicates } from "./refusals.ts";
import { iso } from "./times.ts";

/** An invitation and the token that opens it. Only its hash is kept: who loses the token has the invitation sent again. */
export type Sent = { invitation: Invitation; token: string };

const newestFirst: Order = { name: "-id", key: null, id: invitations.id, descending: true };

/** Who was invited, the newest first, whatever became of it. */
export async function listInvitations(
  ctx: Ctx,
  organizationId: string,
  query: PageQuery,
): Promise<Page<Invitation>> {
  return transaction(ctx, async (ctx) => {
    const organization = knownId(organizationId, "organization");
    authorize(ctx, { organizationId: organization }, "invitation.read");
    const rows = await ctx.tx
      .select({ ...columns, cursorKey: cursorKey(newestFirst) })
      .from(invitations)
      .leftJoin(users, eq(users.id, invitations.invitedBy))
      .where(and(eq(invitations.organizationId, organization), behind(newestFirst, query.cursor)))
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(
      newestFirst,
      query.limit,
      rows,
      (row) => invitationOf(ctx, row),
      ({ row }) => row.id,
    );
  });
}

/**
 * Invites the person with this address, for 7 days.
 * @throws AppError `conflict` for a member, for an address with an open invitation, and where the plan has no room
 */
export async function createInvitation(
  ctx: Ctx,
  organizationId: string,
  input: InvitationInput,
): Promise<Sent> {
  return transaction(ctx, async (outer) => {
    const { ctx, organization } = await lockOrganization(outer, organizationId);
    authorizeGrant(ctx, organization.id, input);
    await requireOwnProjects(ctx, organization.id, input);
    await refuseMember(ctx, organization.id, input.email);
    await requireRoom(ctx, organization.id, "members");
    await closeExpired(ctx, organization.id, input.email);
    const { token, ...opening } = newOpening(ctx);
    const row = {
      id: newId(),
      organizationId: organization.id,
      ...input,
      ...opening,
      invitedBy: ctx.actor.kind === "user" ? ctx.actor.userId : null,
      createdAt: ctx.now(),
      acceptedAt: null,
      acceptedBy: null,
      revokedAt: null,
    };
    const message = `${input.email} is invited already; send that invitation again, or revoke it`;
    await refuseDuplicates({ invitation_open: { path: "email", message } }, () =>
      ctx.tx.insert(invitations).values(row),
    );
    const invitation = await shown(ctx, row.id);
    await audit(ctx, "invitation.create", invitation, organization.id);
    return { invitation, token };
  });
}

/** Opens an invitation for another 7 days with a new token; the one before opens nothing any more. */
export async function resendInvitation(ctx: Ctx, organizationId: string, id: string): Promise<Sent> {
  return transaction(ctx, async (ctx) => {
    const row = await loadOpen(ctx, organizationId, id);
    authorizeGrant(ctx, row.organizationId, row);
    const { token, ...opening } = newOpening(ctx);
    await ctx.tx.update(invitations).set(opening).where(eq(invitations.id, row.id));
    const invitation = await shown(ctx, row.id);
    await audit(ctx, "invitation.resend", invitation, row.organizationId);
    return { invitation, token };
  });
}

/** @throws AppError `conflict` for one that was accepted or revoked before */
export async function revokeInvitation(ctx: Ctx, organizationId: string, id: string): Promise<Invitation> {
  return transaction(ctx, async (ctx) => {
    const row = await loadOpen(ctx, organizationId, id);
    await ctx.tx.update(invitations).set({ revokedAt: ctx.now() }).where(eq(invitations.id, row.id));
    const invitation = await shown(ctx, row.id);
    await audit(ctx, "invitation.revoke", invitation, row.organizationId);
    return invitation;
  });
}

/** What somebody who holds a token is told. @throws AppError `not-found` for one that opens nothing */
export async function readInvitation(ctx: Ctx, token: string): Promise<OpenInvitation> {
  return transaction(ctx, async (ctx) => {
    const row = await openedBy(ctx, token);
    await setTenant(ctx.tx, [row.organizationId], null);
    const [organization] = await ctx.tx
      .select({ id: organizations.id, name: organizations.name })
      .from(organizations)
      .where(eq(organizations.id, row.organizationId));
    const [account] = await ctx.tx.select({ id: users.id }).from(users).where(eq(users.email, row.email));
    return {
      organization: found(organization, "invitation"),
      email: row.email,
      role: row.role,
      expiresAt: iso(row.expiresAt),
      hasAccount: account !== undefined,
    };
  });
}

export type Accepted = { organizationId: string; userId: string };

/**
 * Makes the caller a member of the organization that invited him. A token is used once, whoever comes at the same time.
 * @throws AppError `not-found` for a token that opens nothing, `forbidden` for an invitation of another address
 */
export async function acceptInvitation(ctx: Ctx, token: string): Promise<Accepted> {
  const { actor } = ctx;
  if (actor.kind !== "user") throw new AppError("unauthenticated", "sign in to accept an invitation");
  return transaction(ctx, async (ctx) => {
    const row = await openedBy(ctx, token);
    if (row.email !== actor.email) {
      throw new AppError(
        "forbidden",
        `this invitation is for another address than ${actor.email}, with which you are signed in`,
      );
    }
    return join(ctx, row, actor.userId);
  });
}

export type NewAccount = { name: string; password: string };

/**
 * Makes an account with the address that was invited, and a member of it.
 * @param base a context of nobody: of the installation itself, in no organization
 * @throws AppError `not-found` for a token that opens nothing, `conflict` when the address has an account: sign in with it
 */
export async function joinByInvitation(base: Ctx, token: string, account: NewAccount): Promise<Accepted> {
  return transaction(base, async (ctx) => {
    const row = await openedBy(ctx, token);
    const [known] = await ctx.tx.select({ id: users.id }).from(users).where(eq(users.email, row.email));
    if (known) {
      throw new AppError(
        "conflict",
        `there is an account with the address ${row.email}; sign in with it first`,
      );
    }
    const user = await createUser(ctx, { ...account, email: row.email, platformRole: "user" });
    const actor = {
      kind: "user",
      userId: user.id,
      email: user.email,
      platformRole: user.platformRole,
      roles: new Map(),
      projects: new Map(),
    } as const;
    return join({ ...ctx, actor }, row, user.id);
  });
}

/** With the organization in the transaction; the caller of the verb is not a member of it yet. */
async function join(ctx: TxCtx, { id, organizationId }: Row, userId: string): Promise<Accepted> {
  await setTenant(ctx.tx, [...visibleOrganizations(ctx.actor), organizationId], userId);
  await ctx.tx.execute(sql`select from organization where id = ${organizationId} for no key update`);
  const at = ctx.now();
  // Whoever comes second finds it accepted, or revoked, and takes nothing.
  const [row] = await ctx.tx
    .update(invitations)
    .set({ acceptedAt: at, acceptedBy: userId })
    .where(
      and(eq(invitations.id, id), isOpen, sql`${invitations.expiresAt} > ${at.toISOString()}::timestamptz`),
    )
    .returning();
  if (!row) throw notOpen();
  const [member] = await ctx.tx
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.organizationId, organizationId), eq(members.userId, userId)));
  if (!member) {
    await requireRoom(ctx, organizationId, "members");
    await addMember(ctx, organizationId, userId, row.role);
  }
  await giveProjectRoles(ctx, row, userId);
  await recordAudit(ctx, {
    action: "invitation.accept",
    entity: "member",
    entityId: userId,
    organizationId,
    before: member ? { email: row.email, role: member.role } : null,
    after: { email: row.email, role: member?.role ?? row.role, projectRoles: row.projectRoles },
  });
  return { organizationId, userId };
}

/** In those projects that are still there. */
async function giveProjectRoles(ctx: TxCtx, row: Row, userId: string): Promise<void> {
  for (const { projectId, role } of row.projectRoles) {
    const [project] = await ctx.tx
      .select({ id: projects.id, organizationId: projects.organizationId })
      .from(projects)
      .where(and(eq(projects.id, projectId), eq(projects.organizationId, row.organizationId)));
    if (project) await insertProjectMember(ctx, project, userId, role);
  }
}

type Row = typeof invitations.$inferSelect;

const isOpen = and(isNull(invitations.acceptedAt), isNull(invitations.revokedAt));

/** The open invitation of a token, whoever asks. */
async function openedBy(ctx: TxCtx, token: string): Promise<Row> {
  const tokenHash = hashToken(token);
  await ctx.tx.execute(sql`select set_config('app.invitation', ${tokenHash}, true)`);
  const [row] = await ctx.tx
    .select()
    .from(invitations)
    .where(and(eq(invitations.tokenHash, tokenHash), isOpen));
  if (!row || row.expiresAt <= ctx.now()) throw notOpen();
  return row;
}

function notOpen(): AppError {
  return new AppError(
    "not-found",
    "this invitation was used or revoked, or has expired; ask for another one",
  );
}

/** One that was neither accepted nor revoked, locked; it may have expired. */
async function loadOpen(ctx: TxCtx, organizationId: string, id: string): Promise<Row> {
  const organization = knownId(organizationId, "organization");
  authorize(ctx, { organizationId: organization }, "invitation.write");
  const [row] = await ctx.tx
    .select()
    .from(invitations)
    .where(and(eq(invitations.id, knownId(id, "invitation")), eq(invitations.organizationId, organization)))
    .for("update");
  const invitation = found(row, "invitation");
  if (invitation.acceptedAt) throw new AppError("conflict", "this invitation was accepted");
  if (invitation.revokedAt) throw new AppError("conflict", "this invitation was revoked");
  return invitation;
}

/** Nobody gives by an invitation what he could not give directly. */
function authorizeGrant(
  ctx: Ctx,
  organizationId: string,
  { role, projectRoles }: Pick<InvitationInput, "role" | "projectRoles">,
): void {
  authorize(ctx, { organizationId }, "invitation.write");
  if (role === "owner") authorize(ctx, { organizationId }, "owner.write");
  for (const grant of projectRoles) {
    const place = { organizationId, projectId: grant.projectId };
    authorize(ctx, place, grant.role === "owner" ? "projectOwner.write" : "projectMember.write", "project");
  }
}

async function requireOwnProjects(
  ctx: TxCtx,
  organizationId: string,
  { projectRoles }: InvitationInput,
): Promise<void> {
  for (const [index, { projectId }] of projectRoles.entries()) {
    const [project] = await ctx.tx
      .select({ id: projects.id })
      .from(projects)
      .where(and(eq(projects.id, projectId), eq(projects.organizationId, organizationId)));
    if (project) continue;
    const path = `projectRoles.${index}.projectId`;
    const message = "this organization has no such project";
    throw new AppError("invalid-input", `${path}: ${message}`, { errors: [{ path, message }] });
  }
}

async function refuseMember(ctx: TxCtx, organizationId: string, email: string): Promise<void> {
  const [member] = await ctx.tx
    .select({ id: users.id })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.organizationId, organizationId), eq(users.email, email)));
  if (!member) return;
  const message = `${email} is a member already`;
  throw new AppError("conflict", `email: ${message}`, { errors: [{ path: "email", message }] });
}

/** An invitation that has expired stands in nobody's way. */
async function closeExpired(ctx: TxCtx, organizationId: string, email: string): Promise<void> {
  const at = ctx.now();
  await ctx.tx
    .update(invitations)
    .set({ revokedAt: at })
    .where(
      and(
        eq(invitations.organizationId, organizationId),
        eq(invitations.email, email),
        isOpen,
        sql`${invitations.expiresAt} <= ${at.toISOString()}::timestamptz`,
      ),
    );
}

function newOpening(ctx: Ctx): { token: string; tokenHash: string; sentAt: Date; expiresAt: Date } {
  const token = randomBytes(32).toString("base64url");
  const sentAt = ctx.now();
  const expiresAt = new Date(sentAt.getTime() + limits.invitationMs);
  return { token, tokenHash: hashToken(token), sentAt, expiresAt };
}

const columns = { row: invitations, invitedBy: users.name };

async function shown(ctx: TxCtx, id: string): Promise<Invitation> {
  const [loaded] = await ctx.tx
    .select(columns)
    .from(invitations)
    .leftJoin(users, eq(users.id, invitations.invitedBy))
    .where(eq(invitations.id, id));
  return invitationOf(ctx, found(loaded, "invitation"));
}

function invitationOf(ctx: Ctx, { row, invitedBy }: { row: Row; invitedBy: string | null }): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    projectRoles: row.projectRoles,
    state: stateOf(row, ctx.now()),
    invitedBy,
    createdAt: iso(row.createdAt),
    sentAt: iso(row.sentAt),
    expiresAt: iso(row.expiresAt),
  };
}

function stateOf({ acceptedAt, revokedAt, expiresAt }: Row, now: Date): InvitationState {
  if (acceptedAt) return "accepted";
  if (revokedAt) return "revoked";
  return expiresAt <= now ? "expired" : "open";
}

async function audit(
  ctx: TxCtx,
  action: string,
  { id, email, role, projectRoles, expiresAt }: Invitation,
  organizationId: string,
): Promise<void> {
  const after = { email, role, projectRoles, expiresAt };
  await recordAudit(ctx, { action, entity: "invitation", entityId: id, organizationId, after });
}

/** The address that is sent to who is invited: the one place where a token is spelled out. */
export function invitationLink(publicUrl: string, token: string): string {
  return `${publicUrl}/invitations/accept?token=${token}`;
}

/** The context of nobody, for those who come with a token and without an account. */
export function visitorCtx(db: Db, visitor: Pick<Ctx, "now" | "requestId" | "address" | "userAgent">): Ctx {
  return { db, actor: { kind: "system", name: "invitation", organizationId: null }, keys: null, ...visitor };
}
