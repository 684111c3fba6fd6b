import { and, eq, sql } from "drizzle-orm";
import type { Db } from "../client.ts";
import { AppError } from "../domain/errors.ts";
import type { OpenInvitation } from "../domain/tenancy.ts";
import { invitations, members, organizations, projects, users } from "../schema/identity.ts";
import { createUser } from "./accounts.ts";
import {
  type Ctx,
  recordAudit,
  setTenant,
  type TxCtx,
  transaction,
  visibleOrganizations,
} from "./context.ts";
import { hashToken } from "./derived-keys.ts";
import { type InvitationRow, isOpen } from "./invitations.ts";
import { addMember } from "./members.ts";
import { requireRoom } from "./plans.ts";
import { insertProjectMember } from "./project-members.ts";
import { found } from "./refusals.ts";
import { iso } from "./times.ts";

/** What those do who were invited: they hold a token, and belong to no organization yet. */

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
async function join(ctx: TxCtx, { id, organizationId }: InvitationRow, userId: string): Promise<Accepted> {
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
async function giveProjectRoles(ctx: TxCtx, row: InvitationRow, userId: string): Promise<void> {
  for (const { projectId, role } of row.projectRoles) {
    const [project] = await ctx.tx
      .select({ id: projects.id, organizationId: projects.organizationId })
      .from(projects)
      .where(and(eq(projects.id, projectId), eq(projects.organizationId, row.organizationId)));
    if (project) await insertProjectMember(ctx, project, userId, role);
  }
}

/** The open invitation of a token, whoever asks. */
async function openedBy(ctx: TxCtx, token: string): Promise<InvitationRow> {
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

/** The context of nobody, for those who come with a token and without an account. */
export function visitorCtx(db: Db, visitor: Pick<Ctx, "now" | "requestId" | "address" | "userAgent">): Ctx {
  return { db, actor: { kind: "system", name: "invitation", organizationId: null }, keys: null, ...visitor };
}
