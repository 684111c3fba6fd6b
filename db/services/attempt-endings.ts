import { and, asc, eq } from "drizzle-orm";
import type { EventBody, Failure, RunnerEvent } from "../domain/events.ts";
import { policyOf } from "../domain/jobs.ts";
import { type ExecutionStatus, isFinal, type Verdict, verdictOf } from "../domain/states.ts";
import { complete, fail, type Lease, release } from "../outbox/finish.ts";
import { type ExpiredLease, rescue } from "../outbox/rescue.ts";
import { wakeIdle } from "../outbox/wake.ts";
import { enqueue } from "../outbox.ts";
import { attempts } from "../schema/runs.ts";
import { storable } from "../storable.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import {
  type AttemptRef,
  type Held,
  hint,
  hold,
  insertEvents,
  lastSeq,
  lockExecution,
} from "./held-execution.ts";
import { moveExecution } from "./run-state.ts";
import { shareWeightOf } from "./share-weight.ts";

/**
 * How attempts end. Attempt, events, execution, run and job change in one transaction, behind the lease: whatever is killed
 * whenever, there is one terminal event, and a job that is done has its verdict.
 */

/** How the thread says that an attempt ended. */
export type Outcome = {
  status: "passed" | "failed" | "error" | "cancelled";
  failure: Failure | null;
  durationMs: number;
};

export type Ending =
  | { state: "finished"; verdict: Verdict }
  | { state: "requeued"; reason: string }
  /** The lease is lost, nothing was written. */
  | { state: "lost" };

type AttemptEnd = { status: Outcome["status"] | "lost"; failure: Failure | null; durationMs: number };

/**
 * Ends a running attempt: with the execution's verdict, or with another attempt to come. A failed attempt is followed by a
 * new job while there are attempts left; an `error` by another try of the same job, by the policy of its kind.
 */
export async function finishAttempt(
  ctx: Ctx,
  lease: Lease,
  ref: AttemptRef,
  reported: Outcome,
): Promise<Ending> {
  const outcome = storable(reported);
  return ending(ctx, ref, async (ctx) => {
    const held = await hold(ctx, lease, ref.executionId);
    if (!held || isFinal(held.status)) return { state: "lost" };
    if (!(await endAttempt(ctx, lease, ref, outcome))) return { state: "lost" };
    const said = attemptFinished(outcome);
    // The next try would be refused as well.
    if (outcome.status === "error" && outcome.failure?.code === "egress-refused") {
      return conclude(ctx, lease, held, "error", outcome.failure, [said]);
    }
    if (outcome.status === "error") return retryError(ctx, lease, held, outcome.failure, [said]);
    const statuses = await attemptStatusesOf(ctx, ref.executionId);
    const failed = statuses.filter((status) => status === "failed").length;
    const hasMore = outcome.status === "failed" && failed < held.attemptsMax;
    if (hasMore && held.cancelReason !== null) {
      return conclude(ctx, lease, held, "cancelled", stopped(held.cancelReason), [said]);
    }
    if (hasMore) return retryFailed(ctx, lease, held, failed, said);
    const verdict = verdictOf(statuses);
    const failure = verdict === "passed" || verdict === "flaky" ? null : outcome.failure;
    return conclude(ctx, lease, held, verdict, failure, [said]);
  });
}

/**
 * Ends an attempt, or one that could not even begin, by an error of ours that the thread did not report: a version that
 * can't be read, a secret that can't be opened.
 */
export async function abandonExecution(
  ctx: Ctx,
  lease: Lease,
  executionId: string,
  reported: Failure,
): Promise<Ending> {
  const failure = storable(reported);
  return endingOf(ctx, async (ctx) => {
    const held = await hold(ctx, lease, executionId);
    if (!held || isFinal(held.status)) return [{ state: "lost" }, null];
    const said = held.status === "running" ? await endOpenAttempt(ctx, held, "error", failure) : [];
    return [await retryError(ctx, lease, held, failure, said), held];
  });
}

/** Hands an execution back because this worker stops. Its attempt is `lost` and counts for nothing. */
export async function interruptAttempt(
  ctx: Ctx,
  lease: Lease,
  ref: AttemptRef,
  reason: string,
): Promise<Ending> {
  return ending(ctx, ref, async (ctx) => {
    const held = await hold(ctx, lease, ref.executionId);
    if (held?.status !== "running") return { state: "lost" };
    const failure = { code: "interrupted", message: reason, detail: null, step: null };
    const said = await endOpenAttempt(ctx, held, "lost", failure);
    if (held.cancelReason !== null) {
      return conclude(ctx, lease, held, "cancelled", stopped(held.cancelReason), said);
    }
    const released = await release(ctx.tx, lease);
    if (released === "lost") return { state: "lost" };
    if (released === "dead") return settle(ctx, held, "error", failure, said);
    return requeue(ctx, held, reason, said);
  });
}

/** Takes an execution away from a worker whose lease has ended. Called by any worker's sweep; one of them does it. */
export async function loseAttempt(ctx: Ctx, expired: ExpiredLease, executionId: string): Promise<Ending> {
  return endingOf(ctx, async (ctx): Promise<[Ending, Held | null]> => {
    const held = await lockExecution(ctx, executionId);
    const rescued = await rescue(ctx.tx, expired);
    if (rescued.state === "gone" || !held || isFinal(held.status)) return [{ state: "lost" }, null];
    const reason = rescued.state === "cancelled" ? rescued.reason : rescued.evidence;
    const failure = { code: "worker-lost", message: reason, detail: null, step: null };
    const said = held.status === "running" ? await endOpenAttempt(ctx, held, "lost", failure) : [];
    if (rescued.state === "dead") return [await settle(ctx, held, "error", failure, said), held];
    if (rescued.state === "cancelled")
      return [await settle(ctx, held, "cancelled", stopped(reason), said), held];
    return [await requeue(ctx, held, reason, said), held];
  });
}

/** Ends an execution that was cancelled before its attempt began. */
export async function concludeCancelled(ctx: TxCtx, lease: Lease, held: Held, reason: string): Promise<void> {
  await conclude(ctx, lease, held, "cancelled", stopped(reason), []);
}

/** An attempt that nobody runs any more, found by the holder of the lease: it is `lost`, and its execution queued again. */
export async function loseOpenAttempt(ctx: TxCtx, held: Held, reason: string): Promise<void> {
  const failure = { code: "worker-lost", message: reason, detail: null, step: null };
  await requeue(ctx, held, reason, await endOpenAttempt(ctx, held, "lost", failure));
  held.status = "queued";
}

async function ending(ctx: Ctx, ref: AttemptRef, work: (ctx: TxCtx) => Promise<Ending>): Promise<Ending> {
  return endingOf(ctx, async (ctx) => [await work(ctx), ref]);
}

/** Runs the transaction; then tells those who watch, and workers when there is something to claim. */
async function endingOf(
  ctx: Ctx,
  work: (ctx: TxCtx) => Promise<[Ending, { executionId: string; runId: string; projectId: string } | null]>,
): Promise<Ending> {
  const [result, ref] = await transaction(ctx, work);
  if (result.state !== "lost" && ref) await hint(ctx, ref);
  if (result.state === "requeued") await wakeIdle(ctx.db.sql, policyOf("execution").queue);
  return result;
}

async function retryFailed(
  ctx: TxCtx,
  lease: Lease,
  held: Held,
  failed: number,
  said: EventBody,
): Promise<Ending> {
  const { executionId, organizationId, projectId, browser } = held;
  if (!(await complete(ctx.tx, lease))) return { state: "lost" };
  await enqueue(ctx.tx, {
    kind: "execution",
    payload: { executionId },
    organizationId,
    uniqueKey: executionId,
    shareKey: projectId,
    browser,
    weight: await shareWeightOf(ctx, organizationId),
  });
  return requeue(ctx, held, `attempt ${failed} of ${held.attemptsMax} failed`, [said]);
}

async function retryError(
  ctx: TxCtx,
  lease: Lease,
  held: Held,
  failure: Failure | null,
  said: EventBody[],
): Promise<Ending> {
  if (held.cancelReason !== null)
    return conclude(ctx, lease, held, "cancelled", stopped(held.cancelReason), said);
  const message = failure ? `${failure.code}: ${failure.message}` : "an error without a message";
  const result = await fail(ctx.tx, { ...lease, kind: "execution", failures: held.failures }, message);
  if (result === "lost") return { state: "lost" };
  if (result === "dead") return settle(ctx, held, "error", failure, said);
  return requeue(ctx, held, `an error that is not the page's: ${message}`, said);
}

/** The verdict together with the end of the job. */
async function conclude(
  ctx: TxCtx,
  lease: Lease,
  held: Held,
  verdict: Verdict,
  failure: Failure | null,
  said: EventBody[],
): Promise<Ending> {
  const isCancelled = verdict === "cancelled";
  const reason = isCancelled ? (failure?.message ?? null) : null;
  const outcome = isCancelled ? "cancelled" : "done";
  if (!(await complete(ctx.tx, lease, outcome, reason, { verdict }))) return { state: "lost" };
  return settle(ctx, held, verdict, failure, said);
}

/** The verdict, after the job has been dealt with. */
async function settle(
  ctx: TxCtx,
  held: Held,
  verdict: Verdict,
  failure: Failure | null,
  said: EventBody[],
): Promise<Ending> {
  await say(ctx, held, [...said, { type: "execution-finished", status: verdict, failure }]);
  await move(ctx, held, verdict, failure);
  return { state: "finished", verdict };
}

async function requeue(ctx: TxCtx, held: Held, reason: string, said: EventBody[]): Promise<Ending> {
  // Claimed and given back before an attempt began: nothing has happened that its log could tell.
  if (held.status === "running") {
    await say(ctx, held, [...said, { type: "requeued", reason }]);
    await move(ctx, held, "queued", null);
  }
  return { state: "requeued", reason };
}

async function move(ctx: TxCtx, held: Held, to: ExecutionStatus, failure: Failure | null): Promise<void> {
  const { executionId, status: from } = held;
  const moved = await moveExecution(ctx, { executionId, from, to, failure });
  if (!moved) throw new Error(`execution ${executionId} is not ${from} although it is locked`);
}

async function say(ctx: TxCtx, held: Held, bodies: readonly EventBody[]): Promise<void> {
  const at = ctx.now().toISOString();
  const batch = bodies.map((body): RunnerEvent => ({ at, ...body }));
  await insertEvents(ctx, held, (await lastSeq(ctx, held.executionId)) + 1, batch);
}

async function endAttempt(ctx: TxCtx, lease: Lease, ref: AttemptRef, end: AttemptEnd): Promise<boolean> {
  const rows = await ctx.tx
    .update(attempts)
    .set({ status: end.status, failure: end.failure, finishedAt: ctx.now() })
    .where(
      and(
        eq(attempts.executionId, ref.executionId),
        eq(attempts.number, ref.attempt),
        eq(attempts.leaseToken, lease.leaseToken),
        eq(attempts.status, "running"),
      ),
    )
    .returning({ number: attempts.number });
  return rows.length > 0;
}

/** Ends whichever attempt is still running, for those who may: the holder of the lease, or the sweep that took it. */
async function endOpenAttempt(
  ctx: TxCtx,
  held: Held,
  status: "lost" | "error",
  failure: Failure,
): Promise<EventBody[]> {
  const finishedAt = ctx.now();
  const rows = await ctx.tx
    .update(attempts)
    .set({ status, failure, finishedAt })
    .where(and(eq(attempts.executionId, held.executionId), eq(attempts.status, "running")))
    .returning({ startedAt: attempts.startedAt });
  return rows.map(({ startedAt }) => {
    const durationMs = Math.max(0, finishedAt.getTime() - startedAt.getTime());
    return { type: "attempt-finished" as const, status, failure, durationMs };
  });
}

async function attemptStatusesOf(ctx: TxCtx, executionId: string) {
  const rows = await ctx.tx
    .select({ status: attempts.status })
    .from(attempts)
    .where(eq(attempts.executionId, executionId))
    .orderBy(asc(attempts.number));
  return rows.map(({ status }) => status);
}

function attemptFinished({ status, failure, durationMs }: AttemptEnd): EventBody {
  return { type: "attempt-finished", status, failure, durationMs };
}

function stopped(reason: string): Failure {
  return { code: "cancelled", message: reason, detail: null, step: null };
}
