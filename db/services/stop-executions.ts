import { and, asc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Failure } from "../domain/events.ts";
import { cancel } from "../outbox.ts";
import { outbox } from "../schema/jobs.ts";
import { executions } from "../schema/runs.ts";
import type { TxCtx } from "./context.ts";
import { countInRun } from "./run-state.ts";

/**
 * Stops those executions of a run that have not ended. A queued one is `cancelled` at once, with its job and its last event.
 * The job of a running one is told to stop: its worker ends it with its next heartbeat or earlier.
 * @returns the executions concerned.
 */
export async function stopExecutions(ctx: TxCtx, runId: string, which?: SQL): Promise<string[]> {
  // Locks in the order execution → job → run, and each kind in the order of its ids.
  const open = await ctx.tx
    .select({ id: executions.id, status: executions.status })
    .from(executions)
    .where(and(eq(executions.runId, runId), inArray(executions.status, ["queued", "running"]), which))
    .orderBy(asc(executions.id))
    .for("no key update");
  if (open.length === 0) return [];
  const reason = `stopped by ${ctx.actor.kind === "user" ? ctx.actor.email : ctx.actor.name}`;
  const ids = open.map(({ id }) => id);
  await cancelJobs(ctx, ids, reason);
  const queued = open.filter(({ status }) => status === "queued").map(({ id }) => id);
  if (queued.length > 0) await endQueued(ctx, runId, queued, reason);
  return ids;
}

async function cancelJobs(ctx: TxCtx, executionIds: readonly string[], reason: string): Promise<void> {
  const jobs = await ctx.tx
    .select({ id: outbox.id })
    .from(outbox)
    .where(and(eq(outbox.kind, "execution"), inArray(outbox.uniqueKey, [...executionIds])))
    .orderBy(asc(outbox.id));
  // Sent one behind the other on one connection: carried out in this order, without a round trip for each.
  await Promise.all(jobs.map((job) => cancel(ctx.tx, job, reason)));
}

async function endQueued(ctx: TxCtx, runId: string, ids: readonly string[], reason: string): Promise<void> {
  const at = ctx.now();
  const failure: Failure = { code: "cancelled", message: reason, detail: null, step: null };
  await ctx.tx
    .update(executions)
    .set({ status: "cancelled", finishedAt: at, failure })
    .where(inArray(executions.id, [...ids]));
  const body = JSON.stringify({ type: "execution-finished", status: "cancelled", failure });
  await ctx.tx.execute(sql`
    insert into event (execution_id, seq, organization_id, attempt, at, type, body)
    select e.id, coalesce((select max(seq) from event where execution_id = e.id), 0) + 1, e.organization_id, e.attempt,
      ${at.toISOString()}::timestamptz, 'execution-finished', ${body}::text::jsonb
    from execution e where ${inArray(sql`e.id`, [...ids])}`);
  await countInRun(ctx, runId, { from: "queued", to: "cancelled", count: ids.length, at });
}
