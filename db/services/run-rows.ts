import { eq, getTableColumns } from "drizzle-orm";
import type { ProjectPermission } from "../domain/permissions.ts";
import type { Attempt, Execution, Run } from "../domain/resources.ts";
import { users } from "../schema/identity.ts";
import { type attempts, executions, runs } from "../schema/runs.ts";
import { authorize, type TxCtx } from "./context.ts";
import { found, knownId } from "./refusals.ts";
import { countsOf, type RunRow } from "./run-state.ts";
import { durationMs, iso, isoOrNull } from "./times.ts";

/** Runs and executions as they are loaded, through the actor, and shown. */

export type LoadedRun = { row: RunRow; createdBy: string | null };
export type ExecutionRow = typeof executions.$inferSelect;

export const runColumns = { row: getTableColumns(runs), createdBy: users.name };

export async function loadRun(ctx: TxCtx, id: string, permission: ProjectPermission): Promise<LoadedRun> {
  const [loaded] = await ctx.tx
    .select(runColumns)
    .from(runs)
    .leftJoin(users, eq(users.id, runs.createdBy))
    .where(eq(runs.id, knownId(id, "run")));
  const run = found(loaded, "run");
  authorize(ctx, run.row, permission, "run");
  return run;
}

export async function loadExecution(
  ctx: TxCtx,
  id: string,
  permission: ProjectPermission,
): Promise<ExecutionRow> {
  const [row] = await ctx.tx
    .select()
    .from(executions)
    .where(eq(executions.id, knownId(id, "execution")));
  const execution = found(row, "execution");
  authorize(ctx, execution, permission, "execution");
  return execution;
}

export function runOf({ row, createdBy }: LoadedRun): Run {
  return {
    id: row.id,
    projectId: row.projectId,
    organizationId: row.organizationId,
    suiteId: row.suiteId,
    name: row.name,
    branch: row.branch,
    status: row.status,
    counts: countsOf(row),
    trigger: row.trigger,
    createdBy,
    revision: row.revision,
    createdAt: iso(row.createdAt),
    startedAt: isoOrNull(row.startedAt),
    finishedAt: isoOrNull(row.finishedAt),
    durationMs: durationMs(row.startedAt, row.finishedAt),
  };
}

export function executionOf(row: ExecutionRow): Execution {
  return {
    id: row.id,
    runId: row.runId,
    projectId: row.projectId,
    organizationId: row.organizationId,
    testCaseId: row.testCaseId,
    testCaseName: row.testCaseName,
    group: row.groupName,
    version: row.version,
    groupVersions: row.groupVersions ?? {},
    browser: row.browser,
    viewport: row.viewport,
    environmentId: row.environmentId,
    status: row.status,
    attempt: row.attempt,
    error: row.failure,
    createdAt: iso(row.createdAt),
    startedAt: isoOrNull(row.startedAt),
    finishedAt: isoOrNull(row.finishedAt),
    durationMs: durationMs(row.startedAt, row.finishedAt),
  };
}

export function attemptOf(row: typeof attempts.$inferSelect): Attempt {
  return {
    number: row.number,
    status: row.status,
    workerId: row.workerId,
    error: row.failure,
    startedAt: iso(row.startedAt),
    finishedAt: isoOrNull(row.finishedAt),
    durationMs: durationMs(row.startedAt, row.finishedAt),
  };
}
