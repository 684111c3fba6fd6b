import { and, asc, eq, ilike, isNull, ne, or } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import type { OrganizationRole } from "../domain/permissions.ts";
import type { Page } from "../domain/queries.ts";
import type { Member } from "../domain/resources.ts";
import type { SearchQuery } from "../domain/tenancy.ts";
import { invitations, members, users } from "../schema/identity.ts";
import { runs } from "../schema/runs.ts";
import {
  afterCommit,
  authorize,
  type Ctx,
  inTenant,
  recordAudit,
  setTenant,
  type TxCtx,
  transaction,
} from "./context.ts";
import { notifyLive } from "./live.ts";
import { loadOrganization, lockOrganization } from "./organizations.ts";
import { behind, containing, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { found, knownId } from "./refusals.ts";
import { stopExecutions } from "./stop-executions.ts";
import { iso } from "./times.ts";

const byUser: Order = { name: "user", key: null, id: members.userId, descending: false };

/** The members in the order in which their accounts were made. */
export async function listMembers(
  ctx: Ctx,
  organizationId: string,
  query: SearchQuery,
): Promise<Page<Member>> {
  const { search } = query;
  return transaction(ctx, async (ctx) => {
    const organization = await loadOrganization(ctx, organizationId);
    const rows = await ctx.tx
      .select({ ...memberColumns, cursorKey: cursorKey(byUser) })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(
        and(
          eq(members.organizationId, organization.id),
          search
            ? or(ilike(users.email, containing(search)), ilike(users.name, containing(search)))
            : undefined,
          behind(byUser, query.cursor),
        ),
      )
      .orderBy(...orderBy(byUser))
      .limit(query.limit + 1);
    return pageOf(byUser, query.limit, rows, memberOf, ({ member }) => member.userId);
  });
}

/**
 * Gives a member another role, with effect from that person's next request on. Who is an owner, is made one or stops being one
 * is for owners to say.
 * @throws AppError `conflict` when nobody would own the organization any more
 */
export async function changeMember(
  ctx: Ctx,
  organizationId: string,
  userId: string,
  role: OrganizationRole,
): Promise<Member> {
  return transaction(ctx, async (outer) => {
    const { ctx, member: before } = await lockMember(outer, organizationId, userId);
    authorizeOver(ctx, organizationId, before.role, role);
    if (before.role === role) return before;
    if (before.role === "owner") await refuseLastOwner(ctx, before, organizationId);
    await setRole(ctx, organizationId, before.userId, role);
    const after = { ...before, role };
    await auditMember(ctx, "member.update", organizationId, before, after);
    return after;
  });
}

/**
 * Takes a person out of the organization and out of its projects; every member may leave by himself. What that person has
 * started and has not ended is stopped, and who was invited by that person and has not come is invited no more.
 * @throws AppError `conflict` for the last owner
 */
export async function removeMember(ctx: Ctx, organizationId: string, userId: string): Promise<void> {
  await transaction(ctx, async (outer) => {
    const { ctx, member: before } = await lockMember(outer, organizationId, userId);
    const isLeaving = ctx.actor.kind === "user" && ctx.actor.userId === before.userId;
    if (!isLeaving) authorizeOver(ctx, organizationId, before.role, before.role);
    if (before.role === "owner") await refuseLastOwner(ctx, before, organizationId);
    const stopped = await stopWorkOf(ctx, organizationId, before.userId);
    await revokeInvitationsOf(ctx, organizationId, before.userId);
    await ctx.tx
      .delete(members)
      .where(and(eq(members.organizationId, organizationId), eq(members.userId, before.userId)));
    const action = isLeaving ? "member.leave" : "member.remove";
    await auditMember(ctx, action, organizationId, before, { stoppedExecutions: stopped });
  });
}

/** Hands an organization over: the other member owns it, and who did it becomes an admin. */
export async function transferOwnership(ctx: Ctx, organizationId: string, userId: string): Promise<Member> {
  return transaction(ctx, async (outer) => {
    const { ctx, member: before } = await lockMember(outer, organizationId, userId);
    authorize(ctx, { organizationId }, "owner.write");
    if (ctx.actor.kind === "user" && ctx.actor.userId === before.userId) {
      throw new AppError("conflict", "userId: you own this organization already", {
        errors: [{ path: "userId", message: "must be another member" }],
      });
    }
    await setRole(ctx, organizationId, before.userId, "owner");
    if (ctx.actor.kind === "user") await setRole(ctx, organizationId, ctx.actor.userId, "admin");
    const after = { ...before, role: "owner" as const };
    await auditMember(ctx, "organization.transfer", organizationId, before, after);
    return after;
  });
}

async function refuseLastOwner(ctx: TxCtx, owner: Member, organizationId: string): Promise<void> {
  const [other] = await ctx.tx
    .select({ userId: members.userId })
    .from(members)
    .where(
      and(
        eq(members.organizationId, organizationId),
        eq(members.role, "owner"),
        ne(members.userId, owner.userId),
      ),
    )
    .limit(1);
  if (other) return;
  const message = `${owner.email} is the only owner of this organization; make somebody else an owner first`;
  throw new AppError("conflict", message);
}

/** Adds a person, or leaves one as he is who is a member already. The caller has locked the organization. */
export async function addMember(
  ctx: TxCtx,
  organizationId: string,
  userId: string,
  role: OrganizationRole,
): Promise<boolean> {
  const added = await ctx.tx
    .insert(members)
    .values({ organizationId, userId, role, createdAt: ctx.now() })
    .onConflictDoNothing()
    .returning({ userId: members.userId });
  return added.length > 0;
}

async function setRole(
  ctx: TxCtx,
  organizationId: string,
  userId: string,
  role: OrganizationRole,
): Promise<void> {
  await ctx.tx
    .update(members)
    .set({ role })
    .where(and(eq(members.organizationId, organizationId), eq(members.userId, userId)));
}

/** Owners are made, changed and removed by owners; everybody else by those who may write members. */
function authorizeOver(
  ctx: Ctx,
  organizationId: string,
  before: OrganizationRole,
  after: OrganizationRole,
): void {
  authorize(ctx, { organizationId }, "member.write");
  if (before === "owner" || after === "owner") authorize(ctx, { organizationId }, "owner.write");
}

/** Ends what a person has started anywhere and what has not ended yet. @returns how many executions. */
export async function stopAllWorkOf(ctx: TxCtx, userId: string): Promise<number> {
  const organizations = await inTenant(ctx, null, async ({ tx }) => {
    await setTenant(tx, [], userId);
    return tx.select({ id: members.organizationId }).from(members).where(eq(members.userId, userId));
  });
  let stopped = 0;
  for (const { id } of organizations) {
    stopped += await inTenant(ctx, id, (ctx) => stopWorkOf(ctx, id, userId));
  }
  return stopped;
}

/** Ends what a person has started in an organization and what has not ended yet. @returns how many executions. */
async function stopWorkOf(ctx: TxCtx, organizationId: string, userId: string): Promise<number> {
  const open = await ctx.tx
    .select({ id: runs.id, projectId: runs.projectId })
    .from(runs)
    .where(and(eq(runs.organizationId, organizationId), eq(runs.createdBy, userId), isNull(runs.finishedAt)))
    .orderBy(asc(runs.id));
  let stopped = 0;
  for (const { id: runId, projectId } of open) {
    const ids = await stopExecutions(ctx, runId);
    stopped += ids.length;
    const hints = ids.map((executionId) => ({ executionId, runId, projectId }));
    await afterCommit(ctx, () => notifyLive(ctx.db, hints));
  }
  return stopped;
}

async function revokeInvitationsOf(ctx: TxCtx, organizationId: string, userId: string): Promise<void> {
  await ctx.tx
    .update(invitations)
    .set({ revokedAt: ctx.now() })
    .where(
      and(
        eq(invitations.organizationId, organizationId),
        eq(invitations.invitedBy, userId),
        isNull(invitations.acceptedAt),
        isNull(invitations.revokedAt),
      ),
    );
}

const memberColumns = { member: members, email: users.email, name: users.name };

type LoadedMember = { member: typeof members.$inferSelect; email: string; name: string };

/**
 * A member of an organization that is locked with this, so that of two who would each remove the other owner one comes second;
 * and the caller with the role that he has now that it is locked.
 */
async function lockMember(
  outer: TxCtx,
  organizationId: string,
  userId: string,
): Promise<{ ctx: TxCtx; member: Member }> {
  const { ctx } = await lockOrganization(outer, organizationId);
  const [row] = await ctx.tx
    .select(memberColumns)
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.organizationId, organizationId), eq(members.userId, knownId(userId, "member"))));
  return { ctx, member: memberOf(found(row, "member")) };
}

function memberOf({ member, email, name }: LoadedMember): Member {
  return { userId: member.userId, email, name, role: member.role, createdAt: iso(member.createdAt) };
}

async function auditMember(
  ctx: TxCtx,
  action: string,
  organizationId: string,
  { userId, email, role }: Member,
  after: { role?: OrganizationRole; stoppedExecutions?: number },
): Promise<void> {
  await recordAudit(ctx, {
    action,
    entity: "member",
    entityId: userId,
    organizationId,
    before: { email, role },
    after: after.role ? { email, role: after.role } : after,
  });
}
