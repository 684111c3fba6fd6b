import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { ProjectPermission } from "../domain/permissions.ts";
import type { Page, projectQuerySchema } from "../domain/queries.ts";
import type { Project, projectChangeSchema, projectInputSchema } from "../domain/resources.ts";
import { members, projects } from "../schema/identity.ts";
import {
  afterCommit,
  authorize,
  type Ctx,
  isVisible,
  recordAudit,
  type TxCtx,
  transaction,
} from "./context.ts";
import { notifyAccess } from "./live.ts";
import { lockOrganization } from "./organizations.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { requireRoom } from "./plans.ts";
import { found, knownId } from "./refusals.ts";
import { slugCandidates, slugOf } from "./slugs.ts";
import { iso, isoOrNull } from "./times.ts";

export type ProjectQuery = z.output<typeof projectQuerySchema>;
export type ProjectInput = z.output<typeof projectInputSchema>;
export type ProjectChange = z.output<typeof projectChangeSchema>;

const byName: Order = {
  name: "name",
  key: { column: projects.name, kind: "text" },
  id: projects.id,
  descending: false,
};

/** The projects of all the caller's organizations, or of one, by name. */
export async function listProjects(ctx: Ctx, query: ProjectQuery): Promise<Page<Project>> {
  return transaction(ctx, async (ctx) => {
    if (query.organizationId) authorize(ctx, { organizationId: query.organizationId }, "organization.read");
    const rows = await ctx.tx
      .select({ row: projects, cursorKey: cursorKey(byName) })
      .from(projects)
      .where(
        and(
          query.organizationId ? eq(projects.organizationId, query.organizationId) : undefined,
          query.archived === "true" ? isNotNull(projects.archivedAt) : isNull(projects.archivedAt),
          isVisible(ctx, projects.id),
          behind(byName, query.cursor),
        ),
      )
      .orderBy(...orderBy(byName))
      .limit(query.limit + 1);
    return pageOf(
      byName,
      query.limit,
      rows,
      ({ row }) => projectOf(row),
      ({ row }) => row.id,
    );
  });
}

export async function getProject(ctx: Ctx, id: string): Promise<Project> {
  return transaction(ctx, async (ctx) => projectOf(await loadProject(ctx, id, "project.read")));
}

/** @throws AppError `conflict` when the given slug is taken; one made from the name gets a number instead. */
export async function createProject(ctx: Ctx, input: ProjectInput): Promise<Project> {
  return transaction(ctx, async (ctx) => {
    authorize(ctx, input, "project.create");
    await lockOrganization(ctx, input.organizationId);
    await requireRoom(ctx, input.organizationId, "projects");
    const row = await insert(ctx, input);
    const project = projectOf(row);
    await recordAudit(ctx, {
      action: "project.create",
      entity: "project",
      entityId: row.id,
      organizationId: row.organizationId,
      after: project,
    });
    return project;
  });
}

async function insert(
  ctx: TxCtx,
  { organizationId, name, slug, baseUrl }: ProjectInput,
): Promise<ProjectRow> {
  const at = ctx.now();
  for (const candidate of slug ? [slug] : slugCandidates(slugOf(name, "project"))) {
    const [row] = await ctx.tx
      .insert(projects)
      .values({
        id: newId(),
        organizationId,
        name,
        slug: candidate,
        baseUrl: baseUrl ?? null,
        createdAt: at,
        updatedAt: at,
      })
      .onConflictDoNothing({ target: [projects.organizationId, projects.slug] })
      .returning();
    if (row) return row;
  }
  const message = `"${slug ?? name}" is taken in this organization`;
  throw new AppError("conflict", `slug: ${message}`, { errors: [{ path: "slug", message }] });
}

/** Renames, re-addresses, archives or restores. */
export async function updateProject(ctx: Ctx, id: string, change: ProjectChange): Promise<Project> {
  return transaction(ctx, async (ctx) => {
    const before = await loadToChange(ctx, id, change);
    const at = ctx.now();
    const archivedAt = change.archived ? (before.archivedAt ?? at) : null;
    const next = {
      name: change.name ?? before.name,
      baseUrl: change.baseUrl === undefined ? before.baseUrl : change.baseUrl,
      evidence: change.evidence ?? before.evidence,
      video: change.video ?? before.video,
      defaultBranch: change.defaultBranch ?? before.defaultBranch,
      newSnapshots: change.newSnapshots ?? before.newSnapshots,
      access: change.access ?? before.access,
      device: change.device === undefined ? before.device : change.device,
      archivedAt: change.archived === undefined ? before.archivedAt : archivedAt,
      updatedAt: at,
    };
    await ctx.tx.update(projects).set(next).where(eq(projects.id, before.id));
    if (next.access !== before.access) await announceAccess(ctx, before.organizationId);
    const after = projectOf({ ...before, ...next });
    await recordAudit(ctx, {
      action: "project.update",
      entity: "project",
      entityId: before.id,
      organizationId: before.organizationId,
      before: projectOf(before),
      after,
    });
    return after;
  });
}

/** The organization before the project, as all who change what is in it lock them; to restore one takes room in its plan. */
async function loadToChange(ctx: TxCtx, id: string, { archived }: ProjectChange): Promise<ProjectRow> {
  if (archived === false) {
    const { organizationId } = await loadProject(ctx, id, "project.update");
    await lockOrganization(ctx, organizationId);
  }
  const before = await loadProject(ctx, id, "project.update", "update");
  if (archived === false && before.archivedAt) await requireRoom(ctx, before.organizationId, "projects");
  return before;
}

/** Whoever watches something of a project that was closed is told at once. */
async function announceAccess(ctx: TxCtx, organizationId: string): Promise<void> {
  const people = await ctx.tx
    .select({ userId: members.userId })
    .from(members)
    .where(eq(members.organizationId, organizationId));
  const ids = people.map(({ userId }) => userId);
  await afterCommit(ctx, () => notifyAccess(ctx.db, ids));
}

export type ProjectRow = typeof projects.$inferSelect;

/** The project, for a caller who holds the permission in its organization. */
export async function loadProject(
  ctx: TxCtx,
  id: string,
  permission: ProjectPermission,
  lock?: "update",
): Promise<ProjectRow> {
  const select = ctx.tx
    .select()
    .from(projects)
    .where(eq(projects.id, knownId(id, "project")));
  const [row] = await (lock ? select.for(lock) : select);
  const project = found(row, "project");
  authorize(ctx, { organizationId: project.organizationId, projectId: project.id }, permission, "project");
  return project;
}

/** The same for what adds to a project. @throws AppError `conflict` when it is archived. */
export async function loadOpenProject(
  ctx: TxCtx,
  id: string,
  permission: ProjectPermission,
): Promise<ProjectRow> {
  const project = await loadProject(ctx, id, permission);
  if (project.archivedAt) {
    throw new AppError("conflict", `the project "${project.name}" is archived; restore it first`);
  }
  return project;
}

function projectOf(row: ProjectRow): Project {
  return {
    id: row.id,
    organizationId: row.organizationId,
    name: row.name,
    slug: row.slug,
    baseUrl: row.baseUrl,
    evidence: row.evidence,
    video: row.video,
    defaultBranch: row.defaultBranch,
    newSnapshots: row.newSnapshots,
    access: row.access,
    device: row.device,
    archivedAt: isoOrNull(row.archivedAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
