import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Page } from "../domain/queries.ts";
import type { Baseline, BaselineQuery } from "../domain/snapshot-resources.ts";
import { users } from "../schema/identity.ts";
import { baselines, snapshots } from "../schema/snapshots.ts";
import { testCases } from "../schema/tests.ts";
import { authorize, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadProject } from "./projects.ts";
import { found, knownId, refuseDuplicates } from "./refusals.ts";
import { type BaselineRow, lockSubjects, waitingFor } from "./snapshot-results.ts";
import { iso } from "./times.ts";

const newestFirst: Order = { name: "-id", key: null, id: baselines.id, descending: true };

/** The newest of its name, branch and variant. For selects from `baseline` by that name. */
const isCurrent = sql<boolean>`not exists (select from baseline later
  where later.test_case_id = baseline.test_case_id and later.branch = baseline.branch and later.name = baseline.name
    and later.variant = baseline.variant and later.revision > baseline.revision)`;

const columns = { row: baselines, testCaseName: testCases.name, approvedBy: users.name, isCurrent };
type LoadedBaseline = {
  row: BaselineRow;
  testCaseName: string;
  approvedBy: string | null;
  isCurrent: boolean;
};

/** The approved pictures of a project, the newest first: those that hold, or with those that they have replaced. */
export async function listBaselines(
  ctx: Ctx,
  projectId: string,
  query: BaselineQuery,
): Promise<Page<Baseline>> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "baseline.read");
    const { testCaseId, branch, browser, name, history } = query;
    const rows = await ctx.tx
      .select({ ...columns, cursorKey: cursorKey(newestFirst) })
      .from(baselines)
      .innerJoin(testCases, eq(testCases.id, baselines.testCaseId))
      .leftJoin(users, eq(users.id, baselines.approvedBy))
      .where(
        and(
          eq(baselines.projectId, project.id),
          isNull(testCases.archivedAt),
          testCaseId ? eq(baselines.testCaseId, testCaseId) : undefined,
          branch ? eq(baselines.branch, branch) : undefined,
          browser ? eq(baselines.browser, browser) : undefined,
          name ? eq(baselines.name, name) : undefined,
          history === "true" ? undefined : isCurrent,
          behind(newestFirst, query.cursor),
        ),
      )
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(newestFirst, query.limit, rows, baselineResource, ({ row }) => row.id);
  });
}

export async function getBaseline(ctx: Ctx, projectId: string, id: string): Promise<Baseline> {
  return transaction(ctx, async (ctx) => baselineResource(await load(ctx, projectId, id, "baseline.read")));
}

/** Every picture that was approved for the same name, branch and variant, the newest first; as many as a page may hold. */
export async function baselineHistory(ctx: Ctx, projectId: string, id: string): Promise<Baseline[]> {
  return transaction(ctx, async (ctx) => {
    const { row } = await load(ctx, projectId, id, "baseline.read");
    const rows = await ctx.tx
      .select(columns)
      .from(baselines)
      .innerJoin(testCases, eq(testCases.id, baselines.testCaseId))
      .leftJoin(users, eq(users.id, baselines.approvedBy))
      .where(ofSubject(row))
      .orderBy(desc(baselines.revision))
      .limit(limits.pageSizeMax);
    return rows.map(baselineResource);
  });
}

function ofSubject({ testCaseId, branch, name, variant }: BaselineRow): SQL | undefined {
  return and(
    eq(baselines.testCaseId, testCaseId),
    eq(baselines.branch, branch),
    eq(baselines.name, name),
    eq(baselines.variant, variant),
  );
}

/** Its place in the store: for the route that serves it, never for an answer. */
export async function baselineFile(
  ctx: Ctx,
  projectId: string,
  id: string,
): Promise<Pick<BaselineRow, "storageKey" | "sha256" | "name">> {
  return transaction(ctx, async (ctx) => (await load(ctx, projectId, id, "baseline.read")).row);
}

/**
 * Makes an older picture the one that holds, as a new revision. That which holds stays as it is.
 * @throws AppError `conflict` when somebody approves another one at the same time
 */
export async function restoreBaseline(ctx: Ctx, projectId: string, id: string): Promise<Baseline> {
  return transaction(ctx, async (ctx) => {
    const { row } = await load(ctx, projectId, id, "baseline.write");
    await lockSubjects(ctx, [row]);
    const { isCurrent } = await load(ctx, projectId, id, "baseline.write");
    if (isCurrent) return getBaseline(ctx, projectId, id);
    const next: BaselineRow = {
      ...row,
      id: newId(),
      revision: await nextRevision(ctx, row),
      approvedBy: ctx.actor.kind === "user" ? ctx.actor.userId : null,
      approvedAt: ctx.now(),
    };
    const message = "somebody else has just approved a picture of it; look at that one first";
    await refuseDuplicates({ baseline_revision: { path: "baseline", message } }, () =>
      ctx.tx.insert(baselines).values(next),
    );
    // They were compared with what holds no more.
    await ctx.tx.update(snapshots).set({ state: "outdated", decidedAt: ctx.now() }).where(waitingFor(row));
    const { name, branch, variant, testCaseId, organizationId } = row;
    await recordAudit(ctx, {
      action: "baseline.restore",
      entity: "baseline",
      entityId: next.id,
      organizationId,
      after: { name, branch, variant, testCaseId, revision: next.revision, restored: row.revision },
    });
    return getBaseline(ctx, projectId, next.id);
  });
}

async function nextRevision(ctx: TxCtx, row: BaselineRow): Promise<number> {
  const [last] = await ctx.tx
    .select({ revision: sql<number>`max(${baselines.revision})::int` })
    .from(baselines)
    .where(ofSubject(row));
  return (last?.revision ?? row.revision) + 1;
}

async function load(
  ctx: TxCtx,
  projectId: string,
  id: string,
  permission: "baseline.read" | "baseline.write",
): Promise<LoadedBaseline> {
  const [loaded] = await ctx.tx
    .select(columns)
    .from(baselines)
    .innerJoin(testCases, eq(testCases.id, baselines.testCaseId))
    .leftJoin(users, eq(users.id, baselines.approvedBy))
    .where(
      and(eq(baselines.id, knownId(id, "baseline")), eq(baselines.projectId, knownId(projectId, "project"))),
    );
  const baseline = found(loaded, "baseline");
  authorize(ctx, baseline.row, permission, "baseline");
  return baseline;
}

function baselineResource({ row, testCaseName, approvedBy, isCurrent }: LoadedBaseline): Baseline {
  return {
    id: row.id,
    projectId: row.projectId,
    testCaseId: row.testCaseId,
    testCaseName,
    name: row.name,
    branch: row.branch,
    browser: row.browser,
    width: row.width,
    height: row.height,
    scale: row.scale,
    mobile: row.mobile,
    platform: row.platform,
    revision: row.revision,
    isCurrent,
    pictureWidth: row.pictureWidth,
    pictureHeight: row.pictureHeight,
    sizeBytes: row.sizeBytes,
    sha256: row.sha256,
    executionId: row.executionId,
    approvedAt: iso(row.approvedAt),
    approvedBy,
  };
}
