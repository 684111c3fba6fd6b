import { randomBytes } from "node:crypto";
import { and, eq, ilike, isNull, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Page } from "../domain/queries.ts";
import type { Invitation, InvitationInput, InvitationState, SearchQuery } from "../domain/tenancy.ts";
import { invitations, members, projects, users } from "../schema/identity.ts";
import { authorize, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { hashToken } from "./derived-keys.ts";
import { queueMail } from "./mail.ts";
import { loadOrganization, lockOrganization } from "./organizations.ts";
import { behind, containing, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { requireRoom } from "./plans.ts";
import { found, knownId, refuseDuplicates } from "./refusals.ts";
import { iso } from "./times.ts";

/**
 * An invitation, and the token that opens it where nobody is there to mail it: null when it was mailed. Only its hash is kept:
 * who loses the token has the invitation sent again.
 */
export type Sent = { invitation: Invitation; token: string | null };

/** How a token reaches who is invited: by mail, or by hand, since the installation sends none. */
export type Delivery = "mail" | "hand";

const newestFirst: Order = { name: "-id", key: null, id: invitations.id, descending: true };

/** Who was invited, the newest first, whatever became of it. */
export async function listInvitations(
  ctx: Ctx,
  organizationId: string,
  query: SearchQuery,
): Promise<Page<Invitation>> {
  return transaction(ctx, async (ctx) => {
    const organization = knownId(organizationId, "organization");
    authorize(ctx, { organizationId: organization }, "invitation.read");
    const rows = await ctx.tx
      .select({ ...columns, cursorKey: cursorKey(newestFirst) })
      .from(invitations)
      .leftJoin(users, eq(users.id, invitations.invitedBy))
      .where(
        and(
          eq(invitations.organizationId, organization),
          query.search ? ilike(invitations.email, containing(query.search)) : undefined,
          behind(newestFirst, query.cursor),
        ),
      )
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
  delivery: Delivery = "hand",
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
    return deliver(ctx, invitation, organization.name, token, delivery);
  });
}

/** Opens an invitation for another 7 days with a new token; the one before opens nothing any more. */
export async function resendInvitation(
  ctx: Ctx,
  organizationId: string,
  id: string,
  delivery: Delivery = "hand",
): Promise<Sent> {
  return transaction(ctx, async (ctx) => {
    const row = await loadOpen(ctx, organizationId, id);
    authorizeGrant(ctx, row.organizationId, row);
    const { token, ...opening } = newOpening(ctx);
    await ctx.tx.update(invitations).set(opening).where(eq(invitations.id, row.id));
    const invitation = await shown(ctx, row.id);
    await audit(ctx, "invitation.resend", invitation, row.organizationId);
    const { name } = await loadOrganization(ctx, row.organizationId);
    return deliver(ctx, invitation, name, token, delivery);
  });
}

async function deliver(
  ctx: TxCtx,
  invitation: Invitation,
  organization: string,
  token: string,
  delivery: Delivery,
): Promise<Sent> {
  if (delivery === "hand") return { invitation, token };
  const { email, role, invitedBy } = invitation;
  await queueMail(ctx, email, { template: "invitation", organization, role, invitedBy, token });
  return { invitation, token: null };
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

export type InvitationRow = typeof invitations.$inferSelect;

/** Neither accepted nor revoked; it may have expired. */
export const isOpen = and(isNull(invitations.acceptedAt), isNull(invitations.revokedAt));

/** One that was neither accepted nor revoked, locked; it may have expired. */
async function loadOpen(ctx: TxCtx, organizationId: string, id: string): Promise<InvitationRow> {
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

function invitationOf(
  ctx: Ctx,
  { row, invitedBy }: { row: InvitationRow; invitedBy: string | null },
): Invitation {
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

function stateOf({ acceptedAt, revokedAt, expiresAt }: InvitationRow, now: Date): InvitationState {
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

/** The address that opens an invitation, to be handed on; by mail it goes as `db/domain/mail.ts` says. */
export function invitationLink(publicUrl: string, token: string): string {
  return `${publicUrl}/invitations/accept?token=${token}`;
}
