import { eq, sql } from "drizzle-orm";
import type { EventBody, RunnerEvent } from "../domain/events.ts";
import type { ExecutionStatus } from "../domain/states.ts";
import type { Lease } from "../outbox/finish.ts";
import { events, executions } from "../schema/runs.ts";
import { storable } from "../storable.ts";
import type { Ctx, TxCtx } from "./context.ts";
import { notifyExecution } from "./live.ts";

/** What `attempts.ts` and `attempt-endings.ts` stand on: the locks, the fence and the numbering. */

/** Of which execution and attempt a write is, and where its hint goes. */
export type AttemptRef = {
  executionId: string;
  runId: string;
  projectId: string;
  organizationId: string;
  attempt: number;
};

/** An execution whose job is held, under the locks of both rows. */
export type Held = {
  executionId: string;
  runId: string;
  projectId: string;
  organizationId: string;
  browser: string;
  status: ExecutionStatus;
  attempt: number;
  attemptsMax: number;
  cancelReason: string | null;
  failures: number;
};

/** The number of the last event; right only under the lock of the execution, in a statement after the one that took it. */
export async function lastSeq(ctx: TxCtx, executionId: string): Promise<number> {
  const [row] = await ctx.tx.execute<{ seq: number }>(
    sql`select coalesce(max(seq), 0)::int as seq from event where execution_id = ${executionId}`,
  );
  return row?.seq ?? 0;
}

/** Locks execution and job, in this order; null when the lease is lost (or the job is about something else). */
export async function hold(ctx: TxCtx, lease: Lease, executionId: string): Promise<Held | null> {
  const [row] = await ctx.tx.execute<{
    run_id: string;
    project_id: string;
    organization_id: string;
    browser: string;
    status: ExecutionStatus;
    attempt: number;
    attempts_max: number;
    cancel_reason: string | null;
    failures: number;
  }>(sql`
    with e as materialized (select * from execution where id = ${executionId} for no key update),
    job as materialized (select o.cancel_reason, o.failures from outbox o join e on true
      where o.id = ${lease.jobId} and o.lease_token = ${lease.leaseToken} and o.state = 'running'
        and o.kind = 'execution' and o.unique_key = ${executionId} for update of o)
    select e.run_id, e.project_id, e.organization_id, e.browser, e.status, e.attempt, e.attempts_max, job.cancel_reason, job.failures
    from e join job on true`);
  if (!row) return null;
  return {
    executionId,
    runId: row.run_id,
    projectId: row.project_id,
    organizationId: row.organization_id,
    browser: row.browser,
    status: row.status,
    attempt: row.attempt,
    attemptsMax: row.attempts_max,
    cancelReason: row.cancel_reason,
    failures: row.failures,
  };
}

/** As `hold`, without a lease: for the sweep, which takes the job's row next. */
export async function lockExecution(ctx: TxCtx, executionId: string): Promise<Held | null> {
  const [row] = await ctx.tx
    .select({
      runId: executions.runId,
      projectId: executions.projectId,
      organizationId: executions.organizationId,
      browser: executions.browser,
      status: executions.status,
      attempt: executions.attempt,
      attemptsMax: executions.attemptsMax,
      cancelReason: sql<string | null>`null`,
      failures: sql<number>`0`,
    })
    .from(executions)
    .where(eq(executions.id, executionId))
    .for("no key update");
  return row ? { executionId, ...row } : null;
}

/** Writes events in the transaction that holds the execution's lock. */
export async function insertEvents(
  ctx: TxCtx,
  ref: { executionId: string; organizationId: string; attempt: number },
  fromSeq: number,
  batch: readonly RunnerEvent[],
): Promise<void> {
  const { executionId, organizationId, attempt } = ref;
  const rows = batch.map(({ at, ...body }, index) => ({
    executionId,
    seq: fromSeq + index,
    organizationId,
    attempt,
    at: new Date(at),
    type: body.type,
    body: storable(body as EventBody),
  }));
  await ctx.tx.insert(events).values(rows);
}

/** A hint to whoever watches; what it hints at is committed, so its loss loses nothing. */
export async function hint(
  ctx: Ctx,
  { executionId, runId, projectId }: { executionId: string; runId: string; projectId: string },
): Promise<void> {
  await notifyExecution(ctx.db, executionId, runId, projectId).catch(() => undefined);
}
