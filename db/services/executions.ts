import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import type { ArtifactKind, LogItem } from "../domain/events.ts";
import { limits } from "../domain/limits.ts";
import { viewportOf } from "../domain/matrix.ts";
import type { ExecutionQuery, Page } from "../domain/queries.ts";
import type { Artifact, Attempt, Execution } from "../domain/resources.ts";
import { isFinal } from "../domain/states.ts";
import { artifacts, attempts, events, executions } from "../schema/runs.ts";
import { afterCommit, authorize, type Ctx, isVisible, recordAudit, transaction } from "./context.ts";
import { lastSeq } from "./held-execution.ts";
import { notifyLive } from "./live.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadProject } from "./projects.ts";
import { found, knownId } from "./refusals.ts";
import { planRetry } from "./retries.ts";
import { attemptOf, executionOf, loadExecution, loadRun } from "./run-rows.ts";
import { announceRun, startRun } from "./start-run.ts";
import { stopExecutions } from "./stop-executions.ts";
import { loadTestCase } from "./test-case-rows.ts";
import { iso } from "./times.ts";

export type LogPage = { items: LogItem[]; nextAfter: number | null };
/** `expired`: the execution has ended and its log is not kept any more, as a whole. */
export type ExecutionLog = LogPage & { expired: boolean };
export type ArtifactQuery = {
  kind?: ArtifactKind | undefined;
  attempt?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
};

const inOrder: Order = { name: "id", key: null, id: executions.id, descending: false };
const newestFirst: Order = { name: "-id", key: null, id: executions.id, descending: true };

/** Those of a run in their order; of a case, a project or all the caller's organizations the newest first. */
export async function listExecutions(ctx: Ctx, query: ExecutionQuery): Promise<Page<Execution>> {
  return transaction(ctx, async (ctx) => {
    if (query.projectId) await loadProject(ctx, query.projectId, "run.read");
    if (query.runId) await loadRun(ctx, query.runId, "run.read");
    if (query.testCaseId) await loadTestCase(ctx, query.testCaseId, "run.read");
    const order = query.runId ? inOrder : newestFirst;
    const rows = await ctx.tx
      .select({ row: executions, cursorKey: cursorKey(order) })
      .from(executions)
      .where(
        and(
          query.runId ? eq(executions.runId, query.runId) : undefined,
          query.testCaseId ? eq(executions.testCaseId, query.testCaseId) : undefined,
          query.projectId ? eq(executions.projectId, query.projectId) : undefined,
          query.status ? eq(executions.status, query.status) : undefined,
          query.browser ? eq(executions.browser, query.browser) : undefined,
          query.viewport ? ofSize(query.viewport) : undefined,
          isVisible(ctx, executions.projectId),
          behind(order, query.cursor),
        ),
      )
      .orderBy(...orderBy(order))
      .limit(query.limit + 1);
    return pageOf(
      order,
      query.limit,
      rows,
      ({ row }) => executionOf(row),
      ({ row }) => row.id,
    );
  });
}

function ofSize(text: string): SQL | undefined {
  const viewport = viewportOf(text);
  return viewport ? sql`${executions.viewport} @> ${JSON.stringify(viewport)}::text::jsonb` : undefined;
}

export async function getExecution(ctx: Ctx, id: string): Promise<Execution> {
  return transaction(ctx, async (ctx) => executionOf(await loadExecution(ctx, id, "run.read")));
}

/** A queued one ends at once, a running one shortly; one that has ended stays as it is. */
export async function stopExecution(ctx: Ctx, id: string): Promise<Execution> {
  const { execution, stopped } = await transaction(ctx, async (ctx) => {
    const row = await loadExecution(ctx, id, "run.stop");
    const stopped = await stopExecutions(ctx, row.runId, eq(executions.id, row.id));
    if (stopped.length > 0) {
      await recordAudit(ctx, {
        action: "execution.stop",
        entity: "execution",
        entityId: row.id,
        organizationId: row.organizationId,
      });
    }
    return { execution: executionOf(await loadExecution(ctx, id, "run.read")), stopped };
  });
  if (stopped.length > 0) {
    const { runId, projectId } = execution;
    await afterCommit(ctx, () => notifyLive(ctx.db, [{ executionId: execution.id, runId, projectId }]));
  }
  return execution;
}

/**
 * A new run of this one case: its current version, the same browser, environment and variables; `times` beside each other, to
 * see how often it fails.
 * @returns the first of them.
 * @throws AppError `conflict` while it has not ended, or when its case is archived.
 */
export async function retryExecution(
  ctx: Ctx,
  id: string,
  { times = 1 }: { times?: number | undefined } = {},
): Promise<Execution> {
  const execution = await transaction(ctx, async (ctx) => {
    const row = await loadExecution(ctx, id, "run.start");
    if (!isFinal(row.status)) throw new AppError("conflict", "the execution is not finished; stop it first");
    const run = await loadRun(ctx, row.runId, "run.start");
    const plan = await planRetry(ctx, run.row, { failedOnly: false, executionId: row.id });
    const repeated = plan.executions.flatMap((execution) => Array.from({ length: times }, () => execution));
    const { executionIds } = await startRun(ctx, { ...plan, executions: repeated });
    return executionOf(await loadExecution(ctx, executionIds[0] ?? "", "run.read"));
  });
  await announceRun(ctx, { id: execution.runId, projectId: execution.projectId });
  return execution;
}

/** The tries, oldest first. Few: failed ones, lost ones and the last are bounded by limits. */
export async function listAttempts(ctx: Ctx, id: string): Promise<Attempt[]> {
  return transaction(ctx, async (ctx) => {
    const execution = await loadExecution(ctx, id, "run.read");
    const rows = await ctx.tx
      .select()
      .from(attempts)
      .where(eq(attempts.executionId, execution.id))
      .orderBy(asc(attempts.number))
      .limit(limits.pageSizeMax);
    return rows.map(attemptOf);
  });
}

/** What happened, from number `after` + 1 on. `nextAfter` is null when there is no more for now. */
export async function listLogs(
  ctx: Ctx,
  id: string,
  { after, limit }: { after: number; limit: number },
): Promise<ExecutionLog> {
  return transaction(ctx, async (ctx) => {
    const execution = await loadExecution(ctx, id, "run.read");
    const rows = await ctx.tx
      .select()
      .from(events)
      .where(and(eq(events.executionId, execution.id), gt(events.seq, after)))
      .orderBy(asc(events.seq))
      .limit(limit + 1);
    const items = rows.slice(0, limit).map(logItemOf);
    const nextAfter = rows.length > limit ? (items.at(-1)?.seq ?? null) : null;
    // Who has ended has said so: a log without a line was kept once.
    const expired =
      rows.length === 0 && isFinal(execution.status) && (await lastSeq(ctx, execution.id)) === 0;
    return { items, nextAfter, expired };
  });
}

const artifactsInOrder: Order = { name: "id", key: null, id: artifacts.id, descending: false };

/** The stored files of an execution in the order in which they were made. */
export async function listArtifacts(
  ctx: Ctx,
  id: string,
  { kind, attempt, limit = limits.pageSizeMax, cursor }: ArtifactQuery = {},
): Promise<Page<Artifact>> {
  return transaction(ctx, async (ctx) => {
    const execution = await loadExecution(ctx, id, "run.read");
    const rows = await ctx.tx
      .select({ row: artifacts, cursorKey: cursorKey(artifactsInOrder) })
      .from(artifacts)
      .where(
        and(
          eq(artifacts.executionId, execution.id),
          kind ? eq(artifacts.kind, kind) : undefined,
          attempt === undefined ? undefined : eq(artifacts.attempt, attempt),
          behind(artifactsInOrder, cursor),
        ),
      )
      .orderBy(...orderBy(artifactsInOrder))
      .limit(limit + 1);
    return pageOf(
      artifactsInOrder,
      limit,
      rows,
      ({ row }) => artifactOf(row),
      ({ row }) => row.id,
    );
  });
}

/** One file, with its place in the store: for the route that serves it, never for an answer. */
export async function getArtifact(ctx: Ctx, artifactId: string): Promise<Artifact & { storageKey: string }> {
  return transaction(ctx, async (ctx) => {
    const [row] = await ctx.tx
      .select({ artifact: artifacts, projectId: executions.projectId })
      .from(artifacts)
      .innerJoin(executions, eq(executions.id, artifacts.executionId))
      .where(eq(artifacts.id, knownId(artifactId, "artifact")));
    const { artifact, projectId } = found(row, "artifact");
    const { organizationId } = artifact;
    authorize(ctx, { organizationId, projectId }, "run.read", "artifact");
    return { ...artifactOf(artifact), storageKey: artifact.storageKey };
  });
}

function logItemOf({ body, seq, at, attempt }: typeof events.$inferSelect): LogItem {
  return { ...body, seq, at: iso(at), attempt };
}

function artifactOf(row: typeof artifacts.$inferSelect): Artifact {
  const { id, executionId, attempt, kind, name, step, contentType, sizeBytes, sha256, width, height } = row;
  return {
    id,
    executionId,
    attempt,
    kind,
    name,
    step,
    contentType,
    sizeBytes,
    sha256,
    width,
    height,
    url: `/api/v1/artifacts/${id}/content`,
    lostReason: row.lostReason,
    createdAt: iso(row.createdAt),
  };
}
