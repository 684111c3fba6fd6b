import { and, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import { invalidInput } from "../domain/errors.ts";
import { effectiveProjectRole, type ProjectRole } from "../domain/permissions.ts";
import type { Page, PageQuery } from "../domain/queries.ts";
import type { ProjectMember } from "../domain/resources.ts";
import { members, projectMembers, users } from "../schema/identity.ts";
import { afterCommit, authorize, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { notifyAccess } from "./live.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadProject, type ProjectRow } from "./projects.ts";
import { found, knownId } from "./refusals.ts";

const byUser: Order = { name: "user", key: null, id: members.userId, descending: false };

/** Everybody who may enter a project, with the role that counts there, in the order in which their accounts were made. */
export async function listProjectMembers(
  ctx: Ctx,
  projectId: string,
  query: PageQuery,
): Promise<Page<ProjectMember>> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "project.read");
    const enters =
      project.access === "organization"
        ? undefined
        : sql`(${members.role} in ('owner', 'admin') or ${projectMembers.role} is not null)`;
    const rows = await selectMembers(ctx, project, and(enters, behind(byUser, query.cursor)))
      .orderBy(...orderBy(byUser))
      .limit(query.limit + 1);
    return pageOf(
      byUser,
      query.limit,
      rows,
      (row) => memberOf(project, row),
      ({ member }) => member.userId,
    );
  });
}

/**
 * Gives a member of the organization a role in a project, with effect from that person's next request on. It counts where it is
 * higher than what the role in the organization gives.
 * @throws AppError `invalid-input` for one who is no member of the organization
 */
export async function putProjectMember(
  ctx: Ctx,
  projectId: string,
  userId: string,
  role: ProjectRole,
): Promise<ProjectMember> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "projectMember.write", "update");
    const row = await memberRow(ctx, project, userId);
    if (!row) {
      throw invalidInput([{ path: "userId", message: "must be a member of the project's organization" }]);
    }
    const before = memberOf(project, row);
    authorizeOver(ctx, project, before.given, role);
    if (before.given === role) return before;
    await insertProjectMember(ctx, project, before.userId, role);
    const after = memberOf(project, { ...row, given: role });
    await audit(ctx, "projectMember.put", project, before, after);
    return after;
  });
}

/** Takes a role in a project away; what the role in the organization gives stays. Everybody may give his own back. */
export async function removeProjectMember(ctx: Ctx, projectId: string, userId: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const isOwn = ctx.actor.kind === "user" && ctx.actor.userId === knownId(userId, "project member");
    const permission = isOwn ? "project.read" : "projectMember.write";
    const project = await loadProject(ctx, projectId, permission, "update");
    const before = memberOf(project, found(await memberRow(ctx, project, userId), "project member"));
    found(before.given ?? undefined, "project member");
    if (!isOwn) authorizeOver(ctx, project, before.given, null);
    await ctx.tx
      .delete(projectMembers)
      .where(and(eq(projectMembers.projectId, project.id), eq(projectMembers.userId, before.userId)));
    await afterCommit(ctx, () => notifyAccess(ctx.db, [before.userId]));
    await audit(ctx, "projectMember.remove", project, before, null);
  });
}

/** Without questions: the caller has the right to it. */
export async function insertProjectMember(
  ctx: TxCtx,
  { id: projectId, organizationId }: Pick<ProjectRow, "id" | "organizationId">,
  userId: string,
  role: ProjectRole,
): Promise<void> {
  await ctx.tx
    .insert(projectMembers)
    .values({ projectId, organizationId, userId, role, createdAt: ctx.now() })
    .onConflictDoUpdate({ target: [projectMembers.projectId, projectMembers.userId], set: { role } });
  await afterCommit(ctx, () => notifyAccess(ctx.db, [userId]));
}

/** Owners of a project are made and unmade by owners. */
function authorizeOver(
  ctx: Ctx,
  { id: projectId, organizationId }: ProjectRow,
  before: ProjectRole | null,
  after: ProjectRole | null,
): void {
  if (before !== "owner" && after !== "owner") return;
  authorize(ctx, { organizationId, projectId }, "projectOwner.write", "project");
}

function selectMembers({ tx }: TxCtx, project: ProjectRow, where: SQL | undefined) {
  return tx
    .select({
      member: getTableColumns(members),
      email: users.email,
      name: users.name,
      given: projectMembers.role,
      cursorKey: cursorKey(byUser),
    })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .leftJoin(
      projectMembers,
      and(eq(projectMembers.projectId, project.id), eq(projectMembers.userId, members.userId)),
    )
    .where(and(eq(members.organizationId, project.organizationId), where))
    .$dynamic();
}

async function memberRow(ctx: TxCtx, project: ProjectRow, userId: string): Promise<Row | undefined> {
  const [row] = await selectMembers(ctx, project, eq(members.userId, knownId(userId, "member")));
  return row;
}

type Row = {
  member: typeof members.$inferSelect;
  email: string;
  name: string;
  given: ProjectRole | null;
};

function memberOf({ access }: ProjectRow, { member, email, name, given }: Row): ProjectMember {
  const { userId, role: organizationRole } = member;
  // Who has no role at all can still be looked up to be given one: as the least that there is.
  const role = effectiveProjectRole(organizationRole, { access, role: given }) ?? "viewer";
  return { userId, email, name, role, given, organizationRole };
}

async function audit(
  ctx: TxCtx,
  action: string,
  project: ProjectRow,
  before: ProjectMember,
  after: ProjectMember | null,
): Promise<void> {
  const { userId, email } = before;
  await recordAudit(ctx, {
    action,
    entity: "projectMember",
    entityId: `${project.id}/${userId}`,
    organizationId: project.organizationId,
    before: before.given ? { email, role: before.given, project: project.name } : null,
    after: after ? { email, role: after.given, project: project.name } : null,
  });
}
