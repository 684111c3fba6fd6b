import { and, eq, type SQL, sql } from "drizzle-orm";
import type { Failure } from "../domain/events.ts";
import { type ExecutionStatus, executionStatuses, isFinal, verdicts } from "../domain/states.ts";
import { executions, runs } from "../schema/runs.ts";
import type { TxCtx } from "./context.ts";

/**
 * The one place where an execution changes its status, and its run with it. Locks are taken in one order, execution → job →
 * run, and the run is changed by relative increments: executions of one run that end at the same time wait for each other
 * for the length of one update and never for ever.
 */

export type ExecutionMove = {
  executionId: string;
  from: ExecutionStatus;
  to: ExecutionStatus;
  /** Set on the execution together with the status, when given. */
  attempt?: number;
  failure?: Failure | null;
  /** Default `ctx.now()`. */
  at?: Date;
};

/**
 * Moves an execution and counts it in its run: counters, status, times, revision.
 * @returns null when the execution is not in `from` (any more): nothing was changed.
 */
export async function moveExecution(
  ctx: TxCtx,
  { executionId, from, to, attempt, failure, at = ctx.now() }: ExecutionMove,
): Promise<{ runId: string; projectId: string } | null> {
  const [moved] = await ctx.tx
    .update(executions)
    .set({
      status: to,
      ...(to === "running" ? { startedAt: firstOf(executions.startedAt, at) } : {}),
      finishedAt: isFinal(to) ? at : null,
      ...(attempt === undefined ? {} : { attempt }),
      ...(failure === undefined ? {} : { failure }),
    })
    .where(and(eq(executions.id, executionId), eq(executions.status, from)))
    .returning({ runId: executions.runId, projectId: executions.projectId });
  if (!moved) return null;
  await countInRun(ctx, moved.runId, { from, to, count: 1, at });
  return moved;
}

/** Takes `count` executions of a run from one counter to another, after their rows were changed in this transaction. */
export async function countInRun(
  ctx: TxCtx,
  runId: string,
  { from, to, count, at }: { from: ExecutionStatus; to: ExecutionStatus; count: number; at: Date },
): Promise<void> {
  const next = (status: ExecutionStatus): SQL<number> => {
    const delta = (status === to ? count : 0) - (status === from ? count : 0);
    return delta === 0 ? sql<number>`${runs[status]}` : sql<number>`${runs[status]} + ${delta}::int`;
  };
  const isOpen = sql`(${next("queued")} + ${next("running")}) > 0`;
  await ctx.tx
    .update(runs)
    .set({
      [from]: next(from),
      [to]: next(to),
      status: sql`${runStatusSql(next)}`,
      revision: sql`${runs.revision} + 1`,
      ...(to === "running" ? { startedAt: firstOf(runs.startedAt, at) } : {}),
      finishedAt: sql`case when ${isOpen} then null else ${at.toISOString()}::timestamptz end`,
    })
    .where(eq(runs.id, runId));
}

/** `runStatusOf` as the database computes it from counters that no other transaction can change meanwhile. */
export function runStatusSql(count: (status: ExecutionStatus) => SQL<number>): SQL<string> {
  const finished = sql.join(
    verdicts.map((verdict) => count(verdict)),
    sql` + `,
  );
  return sql<string>`case
    when ${count("running")} > 0 then 'running'
    when ${count("queued")} > 0 then case when ${finished} > 0 then 'running' else 'queued' end
    when ${count("failed")} > 0 then 'failed'
    when ${count("error")} > 0 then 'error'
    when ${count("cancelled")} > 0 then 'cancelled'
    when ${count("flaky")} > 0 then 'flaky'
    when ${count("passed")} > 0 then 'passed'
    else 'skipped' end`;
}

function firstOf(column: typeof executions.startedAt | typeof runs.startedAt, at: Date): SQL<Date> {
  return sql`coalesce(${column}, ${at.toISOString()}::timestamptz)`;
}

export type RunRow = typeof runs.$inferSelect;

/** The counters of a run by status. */
export function countsOf(row: RunRow): Record<ExecutionStatus, number> {
  return Object.fromEntries(executionStatuses.map((status) => [status, row[status]])) as Record<
    ExecutionStatus,
    number
  >;
}
