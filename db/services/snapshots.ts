import { and, asc, count, eq, inArray, isNull, ne, type SQL } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Page } from "../domain/queries.ts";
import type { ApprovedRun, Snapshot, SnapshotQuery } from "../domain/snapshot-resources.ts";
import { artifacts } from "../schema/runs.ts";
import { baselines, snapshots } from "../schema/snapshots.ts";
import { testCases } from "../schema/tests.ts";
import { type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { behind, type Order, orderBy, pageOf } from "./pages.ts";
import { loadProject, type ProjectRow } from "./projects.ts";
import { refuseDuplicates } from "./refusals.ts";
import { loadRun } from "./run-rows.ts";
import { currentBaseline, lockSubjects, waitingFor } from "./snapshot-results.ts";
import {
  type LoadedSnapshot,
  loadSnapshot,
  type SnapshotRow,
  selectSnapshots,
  snapshotOf,
} from "./snapshot-rows.ts";

const newestFirst: Order = { name: "-id", key: null, id: snapshots.id, descending: true };

/** Pictures of a project in one state, the newest first. Those of archived cases are left out. */
export async function listSnapshots(
  ctx: Ctx,
  projectId: string,
  query: SnapshotQuery,
): Promise<Page<Snapshot>> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "baseline.read");
    const rows = await selectSnapshots(ctx, newestFirst)
      .where(and(matching(project, query), behind(newestFirst, query.cursor)))
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(newestFirst, query.limit, rows, snapshotOf, ({ row }) => row.id);
  });
}

function matching(project: ProjectRow, query: Omit<SnapshotQuery, "limit" | "cursor">): SQL | undefined {
  const { state, testCaseId, branch, browser, runId, executionId } = query;
  return and(
    eq(snapshots.projectId, project.id),
    eq(snapshots.state, state),
    isNull(testCases.archivedAt),
    testCaseId ? eq(snapshots.testCaseId, testCaseId) : undefined,
    branch ? eq(snapshots.branch, branch) : undefined,
    browser ? eq(snapshots.browser, browser) : undefined,
    runId ? eq(snapshots.runId, runId) : undefined,
    executionId ? eq(snapshots.executionId, executionId) : undefined,
  );
}

/** How many pictures of a project, or of one of its runs, wait for somebody to decide. */
export async function countWaiting(ctx: Ctx, projectId: string, runId?: string): Promise<number> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "baseline.read");
    const [row] = await ctx.tx
      .select({ count: count() })
      .from(snapshots)
      .innerJoin(testCases, eq(testCases.id, snapshots.testCaseId))
      .where(matching(project, { state: "waiting", ...(runId ? { runId } : {}) }));
    return row?.count ?? 0;
  });
}

export async function getSnapshot(ctx: Ctx, projectId: string, id: string): Promise<Snapshot> {
  return transaction(ctx, async (ctx) => snapshotOf(await loadSnapshot(ctx, projectId, id, "baseline.read")));
}

/** What an execution, or one attempt of it, left for somebody to decide about, in whatever state that is now; in the order in which it came. */
export async function snapshotsOfExecution(
  ctx: Ctx,
  projectId: string,
  executionId: string,
  attempt?: number,
): Promise<Snapshot[]> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "baseline.read");
    const rows = await selectSnapshots(ctx)
      .where(
        and(
          eq(snapshots.projectId, project.id),
          eq(snapshots.executionId, executionId),
          attempt === undefined ? undefined : eq(snapshots.attempt, attempt),
        ),
      )
      .orderBy(asc(snapshots.id))
      .limit(limits.pageSizeMax);
    return rows.map(snapshotOf);
  });
}

/**
 * Makes a picture the one that its name is held to from now on, on its branch.
 * @throws AppError `conflict` when it was decided about already, when what it was compared with is not what holds now, or when
 * its picture is lost
 */
export async function approveSnapshot(ctx: Ctx, projectId: string, id: string): Promise<Snapshot> {
  return decide(ctx, projectId, id, approve);
}

/** Says that a picture is wrong: what was approved before goes on to hold. @throws AppError `conflict` as `approveSnapshot` */
export async function rejectSnapshot(ctx: Ctx, projectId: string, id: string): Promise<Snapshot> {
  return decide(ctx, projectId, id, async (ctx, snapshot) => {
    await settle(ctx, snapshot, "rejected");
    await audit(ctx, "reject", snapshot.row);
  });
}

async function decide(
  ctx: Ctx,
  projectId: string,
  id: string,
  act: (ctx: TxCtx, snapshot: LoadedSnapshot, project: ProjectRow) => Promise<void>,
): Promise<Snapshot> {
  return transaction(ctx, async (ctx) => {
    const { row } = await loadSnapshot(ctx, projectId, id, "baseline.write");
    const project = await loadProject(ctx, projectId, "baseline.write");
    await lockSubjects(ctx, [row]);
    // As it is now that nobody else decides.
    const snapshot = await loadSnapshot(ctx, projectId, id, "baseline.write");
    await act(ctx, snapshot, project);
    return snapshotOf(await loadSnapshot(ctx, projectId, id, "baseline.write"));
  });
}

/** Approves all pictures of a run that wait. Those that can't be approved stay as they are and are named with the reason. */
export async function approveRun(ctx: Ctx, projectId: string, runId: string): Promise<ApprovedRun> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "baseline.write");
    const { row: run } = await loadRun(ctx, runId, "baseline.write");
    const ofRun = matching(project, { state: "waiting", runId: run.id });
    const waiting = await selectSnapshots(ctx)
      .where(ofRun)
      .orderBy(asc(snapshots.id))
      .limit(limits.snapshotsApprovedMax);
    await lockSubjects(
      ctx,
      waiting.map(({ row }) => row),
    );
    const ids = waiting.map(({ row }) => row.id);
    const known = await selectSnapshots(ctx).where(and(ofRun, inArray(snapshots.id, ids)));
    const refused: ApprovedRun["refused"] = [];
    for (const snapshot of known) {
      const { id, name } = snapshot.row;
      try {
        await approve(ctx, snapshot, project);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== "conflict") throw error;
        refused.push({ id, name, reason: error.message });
      }
    }
    const left = (await countWaiting(ctx, projectId, run.id)) - refused.length;
    return { approved: known.length - refused.length, refused, left: Math.max(0, left) };
  });
}

/** The locks of its subject are held. */
async function approve(ctx: TxCtx, snapshot: LoadedSnapshot, project: ProjectRow): Promise<void> {
  const { row } = snapshot;
  requireWaiting(row);
  const picture = await pictureOf(ctx, row);
  const current = await currentBaseline(ctx, row, project.defaultBranch);
  if ((current?.id ?? null) !== row.baselineId && current?.sha256 !== picture.sha256) {
    throw new AppError(
      "conflict",
      `the snapshot "${row.name}" is out of date: another picture was approved since it was taken; run the test again`,
    );
  }
  if (current?.sha256 !== picture.sha256 || current.branch !== row.branch) {
    await insertBaseline(ctx, row, picture, current?.branch === row.branch ? current.revision + 1 : 1);
  }
  await settle(ctx, snapshot, "approved");
  await audit(ctx, "approve", row);
}

async function insertBaseline(
  ctx: TxCtx,
  row: SnapshotRow,
  picture: typeof artifacts.$inferSelect,
  revision: number,
): Promise<void> {
  const { organizationId, projectId, testCaseId, branch, name, variant } = row;
  const { browser, width, height, scale, mobile, platform, executionId } = row;
  const path = "snapshot";
  const message = "somebody else has just approved a picture of it; look at that one first";
  await refuseDuplicates({ baseline_revision: { path, message } }, () =>
    ctx.tx.insert(baselines).values({
      id: newId(),
      ...{ organizationId, projectId, testCaseId, branch, name, variant, revision },
      ...{ browser, width, height, scale, mobile, platform, executionId },
      storageKey: picture.storageKey,
      sha256: picture.sha256,
      sizeBytes: picture.sizeBytes,
      pictureWidth: picture.width ?? 0,
      pictureHeight: picture.height ?? 0,
      approvedBy: actorId(ctx),
      approvedAt: ctx.now(),
    }),
  );
}

function requireWaiting({ name, state }: SnapshotRow): void {
  if (state === "waiting") return;
  const how = {
    approved: "was approved already",
    rejected: "was rejected already",
    outdated: "is out of date: a newer picture of it was taken, or another one was approved",
  };
  throw new AppError("conflict", `the snapshot "${name}" ${how[state]}`);
}

/** Held so that nobody takes the file away before there is a baseline that names it. */
async function pictureOf(ctx: TxCtx, row: SnapshotRow): Promise<typeof artifacts.$inferSelect> {
  const [picture] = await ctx.tx.select().from(artifacts).where(eq(artifacts.id, row.actualId)).for("share");
  if (picture && picture.lostReason === null) return picture;
  const why = picture?.lostReason ? `: ${picture.lostReason}` : "";
  throw new AppError(
    "conflict",
    `the picture of the snapshot "${row.name}" is lost${why}; run the test again`,
  );
}

/** Those of the same subject can't be approved any more once another picture was. */
async function settle(ctx: TxCtx, { row }: LoadedSnapshot, state: "approved" | "rejected"): Promise<void> {
  requireWaiting(row);
  const decidedAt = ctx.now();
  await ctx.tx
    .update(snapshots)
    .set({ state, decidedAt, decidedBy: actorId(ctx) })
    .where(eq(snapshots.id, row.id));
  if (state === "rejected") return;
  await ctx.tx
    .update(snapshots)
    .set({ state: "outdated", decidedAt })
    .where(and(waitingFor(row), ne(snapshots.id, row.id)));
}

function actorId({ actor }: Ctx): string | null {
  return actor.kind === "user" ? actor.userId : null;
}

async function audit(ctx: TxCtx, verb: "approve" | "reject", row: SnapshotRow): Promise<void> {
  const { id, name, branch, variant, testCaseId, executionId, baselineId, organizationId } = row;
  await recordAudit(ctx, {
    action: `snapshot.${verb}`,
    entity: "snapshot",
    entityId: id,
    organizationId,
    before: { state: row.state, baselineId },
    after: {
      state: verb === "approve" ? "approved" : "rejected",
      ...{ name, branch, variant, testCaseId, executionId },
    },
  });
}
