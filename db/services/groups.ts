import { isDeepStrictEqual } from "node:util";
import { and, eq, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import type {
  GroupChange,
  GroupContent,
  GroupInput,
  GroupSummary,
  GroupUsage,
  GroupVersion,
  StepGroup,
} from "../domain/group-resources.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Page, PageQuery } from "../domain/queries.ts";
import { groupsCalledBy } from "../domain/steps/index.ts";
import { stepGroups, stepGroupVersions } from "../schema/groups.ts";
import { users } from "../schema/identity.ts";
import { type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { type GroupRow, groupOf, loadGroup, refuseCircles } from "./group-rows.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadOpenProject, loadProject } from "./projects.ts";
import { refuseDuplicates } from "./refusals.ts";
import { iso } from "./times.ts";

const byName: Order = {
  name: "name",
  key: { column: stepGroups.name, kind: "text" },
  id: stepGroups.id,
  descending: false,
};
const newestFirst: Order = {
  name: "-version",
  key: { column: stepGroupVersions.version, kind: "number" },
  id: stepGroupVersions.groupId,
  descending: true,
};

/** Only for a select from `step_group` by that name. */
const usageCount = sql<number>`((select count(*) from test_case c where c.project_id = step_group.project_id
    and c.archived_at is null and c.calls @> array[step_group.name])
  + (select count(*) from step_group g where g.project_id = step_group.project_id
    and g.calls @> array[step_group.name]))::int`;

/** The groups of a project, by name. */
export async function listGroups(ctx: Ctx, projectId: string, query: PageQuery): Promise<Page<GroupSummary>> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "testCase.read");
    const rows = await ctx.tx
      .select({ row: stepGroups, usages: usageCount, cursorKey: cursorKey(byName) })
      .from(stepGroups)
      .where(and(eq(stepGroups.projectId, project.id), behind(byName, query.cursor)))
      .orderBy(...orderBy(byName))
      .limit(query.limit + 1);
    return pageOf(byName, query.limit, rows, summaryOf, ({ row }) => row.id);
  });
}

function summaryOf({ row, usages }: { row: GroupRow; usages: number }): GroupSummary {
  const { createdAt, updatedAt, ...rest } = row;
  return { ...rest, usages, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

export async function getGroup(ctx: Ctx, projectId: string, id: string): Promise<StepGroup> {
  return transaction(ctx, async (ctx) => groupOf(await loadGroup(ctx, projectId, id, "testCase.read")));
}

/**
 * @throws AppError `conflict` for a name that is taken and when the project has as many as it may, `invalid-input` when groups
 * would call each other without end.
 */
export async function createGroup(ctx: Ctx, projectId: string, input: GroupInput): Promise<StepGroup> {
  return transaction(ctx, async (ctx) => {
    const project = await loadOpenProject(ctx, projectId, "testCase.write");
    await lockGroups(ctx, project.id);
    await requireRoom(ctx, project.id);
    const { message = "", ...content } = input;
    const at = ctx.now();
    const row: GroupRow = {
      id: newId(),
      organizationId: project.organizationId,
      projectId: project.id,
      version: 1,
      ...headOf(content),
      createdAt: at,
      updatedAt: at,
    };
    await refuseCircles(ctx, row.projectId, row.name, row.calls);
    await refuseSameName(row.name, () => ctx.tx.insert(stepGroups).values(row));
    await insertVersion(ctx, row, content, message);
    await audit(ctx, "create", row, { after: auditable(row) });
    return groupOf({ row, content });
  });
}

/**
 * Saves what is given and keeps the rest, as a new version when something is different. Executions that have begun go on with
 * the version that they began with.
 * @throws AppError as `createGroup`, `conflict` when `expectedVersion` is not the current one and for another name of a group
 * that is called by its present one.
 */
export async function updateGroup(
  ctx: Ctx,
  projectId: string,
  id: string,
  change: GroupChange,
): Promise<StepGroup> {
  return transaction(ctx, async (ctx) => {
    await loadProject(ctx, projectId, "testCase.read");
    await lockGroups(ctx, projectId);
    const before = await loadGroup(ctx, projectId, id, "testCase.write", "update");
    const { message = "", expectedVersion, ...fields } = change;
    requireVersion(before.row, expectedVersion);
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    const content: GroupContent = { ...before.content, ...Object.fromEntries(given) };
    if (isDeepStrictEqual(plain(content), plain(before.content))) return groupOf(before);
    if (content.name !== before.row.name) await requireUnused(ctx, before.row, "can't be renamed");
    const head = { ...headOf(content), version: before.row.version + 1, updatedAt: ctx.now() };
    const row: GroupRow = { ...before.row, ...head };
    await refuseCircles(ctx, row.projectId, row.name, row.calls);
    await refuseSameName(row.name, () =>
      ctx.tx.update(stepGroups).set(head).where(eq(stepGroups.id, row.id)),
    );
    await insertVersion(ctx, row, content, message);
    await audit(ctx, "update", row, { before: auditable(before.row), after: auditable(row) });
    return groupOf({ row, content });
  });
}

/** @throws AppError `conflict` while something calls it. */
export async function deleteGroup(ctx: Ctx, projectId: string, id: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const { row } = await loadGroup(ctx, projectId, id, "testCase.write", "update");
    await requireUnused(ctx, row, "can't be deleted");
    await ctx.tx.delete(stepGroups).where(eq(stepGroups.id, row.id));
    await audit(ctx, "delete", row, { before: auditable(row) });
  });
}

/** Every save of a group, the newest first. */
export async function listGroupVersions(
  ctx: Ctx,
  projectId: string,
  id: string,
  query: PageQuery,
): Promise<Page<GroupVersion>> {
  return transaction(ctx, async (ctx) => {
    const { row: group } = await loadGroup(ctx, projectId, id, "testCase.read");
    const rows = await ctx.tx
      .select({ row: stepGroupVersions, author: users.name, cursorKey: cursorKey(newestFirst) })
      .from(stepGroupVersions)
      .leftJoin(users, eq(users.id, stepGroupVersions.authorId))
      .where(and(eq(stepGroupVersions.groupId, group.id), behind(newestFirst, query.cursor)))
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(
      newestFirst,
      query.limit,
      rows,
      ({ row: { version, message, createdAt }, author }) => ({
        version,
        message,
        author,
        createdAt: iso(createdAt),
      }),
      ({ row }) => row.groupId,
    );
  });
}

/** The groups and test cases that call it, groups first, by name; as many as a page may hold. */
export async function listGroupUsages(ctx: Ctx, projectId: string, id: string): Promise<GroupUsage[]> {
  return transaction(ctx, async (ctx) => {
    const { row } = await loadGroup(ctx, projectId, id, "testCase.read");
    return usagesOf(ctx, row, limits.pageSizeMax);
  });
}

async function usagesOf(ctx: TxCtx, row: GroupRow, max: number): Promise<GroupUsage[]> {
  const rows = await ctx.tx.execute<GroupUsage>(sql`
    select 'group' as kind, id, name from step_group
      where project_id = ${row.projectId} and calls @> array[${row.name}]
    union all
    select 'testCase', id, name from test_case
      where project_id = ${row.projectId} and archived_at is null and calls @> array[${row.name}]
    order by kind, name, id limit ${max}`);
  return rows.map(({ kind, id, name }) => ({ kind, id, name }));
}

async function requireUnused(ctx: TxCtx, row: GroupRow, what: string): Promise<void> {
  const [first, ...more] = await usagesOf(ctx, row, limits.pageSizeMax);
  if (!first) return;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  throw new AppError(
    "conflict",
    `the group "${row.name}" ${what} while it is called by "${first.name}"${others}`,
  );
}

/** One save of a project's groups after the other: two that are right by themselves may call each other in a circle. */
async function lockGroups(ctx: TxCtx, projectId: string): Promise<void> {
  await ctx.tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('groups of ' || ${projectId}, 0))`);
}

async function requireRoom(ctx: TxCtx, projectId: string): Promise<void> {
  const count = await ctx.tx.$count(stepGroups, eq(stepGroups.projectId, projectId));
  if (count < limits.groupsPerProjectMax) return;
  throw new AppError("conflict", `a project has at most ${limits.groupsPerProjectMax} groups`);
}

function requireVersion(row: GroupRow, expected: number | undefined): void {
  if (expected === undefined || expected === row.version) return;
  throw new AppError(
    "conflict",
    `the group has been saved since: it is at version ${row.version}, not ${expected}`,
    { errors: [{ path: "expectedVersion", message: `the current version is ${row.version}` }] },
  );
}

function headOf({ name, steps }: GroupContent) {
  return { name, stepCount: steps.length, calls: groupsCalledBy(steps) };
}

async function insertVersion(
  ctx: TxCtx,
  row: GroupRow,
  content: GroupContent,
  message: string,
): Promise<void> {
  await ctx.tx.insert(stepGroupVersions).values({
    groupId: row.id,
    version: row.version,
    organizationId: row.organizationId,
    content,
    message,
    authorId: ctx.actor.kind === "user" ? ctx.actor.userId : null,
    createdAt: row.updatedAt,
  });
}

/** As it comes back from the database: without undefined fields and without prototypes. */
function plain(content: GroupContent): unknown {
  return JSON.parse(JSON.stringify(content));
}

function refuseSameName<T>(name: string, write: () => Promise<T>): Promise<T> {
  const message = `this project has a group "${name}"`;
  return refuseDuplicates({ step_group_project_id_name_key: { path: "name", message } }, write);
}

/** The steps are in the versions, which nobody can change: the audit names the version. */
function auditable({ name, version, stepCount }: GroupRow) {
  return { name, version, stepCount };
}

async function audit(
  ctx: TxCtx,
  verb: string,
  row: GroupRow,
  change: { before?: unknown; after?: unknown },
): Promise<void> {
  await recordAudit(ctx, {
    action: `group.${verb}`,
    entity: "group",
    entityId: row.id,
    organizationId: row.organizationId,
    ...change,
  });
}
