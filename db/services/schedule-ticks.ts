import { and, eq, lt, ne, sql } from "drizzle-orm";
import type { Sql } from "postgres";
import { AppError } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import type { Run } from "../domain/resources.ts";
import type { TickOutcome } from "../domain/schedule-resources.ts";
import { type MissedTicks, missedTicks, planDue } from "../domain/schedules.ts";
import { schedules, ticks } from "../schema/schedules.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { earlierRun, saveProgress, stopEarlier } from "./overlap.ts";
import { executeSuite, type Trigger } from "./runs.ts";
import { databaseNow, type ScheduleRow } from "./schedule-rows.ts";

/**
 * Ticks. Any number of workers look for what is due; the row of a schedule is locked by the one that acts on it, and of all who
 * ever try to fire one tick, one inserts it: in the transaction that starts its run and moves the schedule on.
 */

const KEPT_DAYS = 90;
const REASON_CHARS = 1_000;

export type DueSchedule = {
  id: string;
  organizationId: string;
  nextAt: string;
  /** Has been tried for so long that trouble of ours counts as its failure. */
  isOverdue: boolean;
};

/** What is due, the longest due first, behind `after`; of all tenants, without anything but their ids. */
export async function dueSchedules(
  db: Sql,
  after: DueSchedule | null,
  count: number,
): Promise<DueSchedule[]> {
  const { id, nextAt } = after ?? { id: null, nextAt: null };
  return db.begin(async (tx) => {
    await tx`select set_config('app.scheduler', 'on', true)`;
    return tx<DueSchedule[]>`
      select id, organization_id as "organizationId", next_at::text as "nextAt",
        next_at < now() - ${limits.tickRetryMs} * interval '1 millisecond' as "isOverdue"
      from schedule
      where next_at <= now() and (${id}::uuid is null or (next_at, id) > (${nextAt}::text::timestamptz, ${id}::uuid))
      order by next_at, id limit ${count}`;
  });
}

export type FiredTick = {
  /** Null when this very tick had been fired before, by an earlier timing of the schedule. */
  outcome: TickOutcome | null;
  dueAt: Date;
  /** How long after its time, or the end of the run that it waited for, it was decided on, by the database's clock. */
  lateMs: number;
  /** Missed ticks that were recorded beside it, or that it is itself. */
  missed: number;
  reason: string | null;
  run: Run | null;
  /** The earlier run that was stopped for this tick. */
  stoppedRunId: string | null;
  projectId: string;
  /** The next one has come as well. */
  isStillDue: boolean;
};

type Start = (ctx: TxCtx, schedule: ScheduleRow) => Promise<Run>;

/**
 * Does what is to be done about a schedule that is due, or of which a tick waits that need wait no longer: starts a run,
 * records why none was started, records what was missed. The caller announces the run when this has returned.
 * @param ctx of the schedule's organization.
 * @returns null when it is not due any more or somebody else is at it.
 * @throws what is no refusal but trouble of ours; then nothing is changed and the tick is still due.
 */
export async function fireDue(
  ctx: Ctx,
  id: string,
  start: Start = startScheduled,
): Promise<FiredTick | null> {
  return transaction(ctx, async (ctx) => {
    const [row] = await ctx.tx
      .select()
      .from(schedules)
      .where(and(eq(schedules.id, id), sql`(next_at <= now() or waiting_at is not null)`))
      .for("update", { skipLocked: true });
    if (!row) return null;
    const now = await databaseNow(ctx);
    return (await fireWaiting(ctx, row, now, start)) ?? (await fireNext(ctx, row, now, start));
  });
}

/** Starts the tick that waits for an earlier run, when that has ended. */
async function fireWaiting(ctx: TxCtx, row: ScheduleRow, now: Date, start: Start): Promise<FiredTick | null> {
  const { waitingAt, nextAt } = row;
  if (!waitingAt) return null;
  const { isGoingOn, endedAt } = await earlierRun(ctx, row);
  if (isGoingOn && row.overlap !== "start") return null;
  const fired = await attempt(ctx, row, now, start);
  await saveTick(ctx, row, waitingAt, { ...fired, decidedAt: now });
  await saveProgress(ctx, row, { waitingAt: null, lastRunId: fired.run?.id ?? row.lastRunId });
  const freeMs = Math.max(waitingAt.getTime(), endedAt?.getTime() ?? 0);
  return {
    ...fired,
    dueAt: waitingAt,
    lateMs: Math.max(0, now.getTime() - freeMs),
    missed: 0,
    projectId: row.projectId,
    isStillDue: nextAt !== null && nextAt <= now,
  };
}

async function fireNext(ctx: TxCtx, row: ScheduleRow, now: Date, start: Start): Promise<FiredTick | null> {
  if (!row.nextAt || row.nextAt > now) return null;
  const plan = planDue(row, row.missed, row.nextAt, now);
  if (plan.missed) await recordMissed(ctx, row, plan.missed, missedReason[row.missed]);
  const fired = plan.fire ? await fire(ctx, row, plan.fire, now, start) : null;
  await saveProgress(ctx, row, {
    nextAt: plan.nextAt,
    lastRunId: fired?.run?.id ?? row.lastRunId,
    waitingAt: fired?.outcome === "waiting" ? plan.fire : row.waitingAt,
  });
  await forgetOld(ctx, row.id);
  const dueAt = plan.fire ?? plan.missed?.to ?? row.nextAt;
  return {
    outcome: plan.fire === null ? "missed" : (fired?.outcome ?? null),
    dueAt,
    lateMs: Math.max(0, now.getTime() - dueAt.getTime()),
    missed: plan.missed?.count ?? 0,
    reason: fired?.reason ?? null,
    run: fired?.run ?? null,
    stoppedRunId: fired?.stoppedRunId ?? null,
    projectId: row.projectId,
    isStillDue: plan.nextAt <= now,
  };
}

/** Ends a tick that can't be started for trouble of ours, so that it is not tried for ever. */
export async function giveUpDue(ctx: Ctx, id: string): Promise<FiredTick | null> {
  const message = "an error inside Verdict kept the run from starting; the log of the worker has it";
  return fireDue(ctx, id, async () => {
    throw new AppError("internal", message);
  });
}

const missedReason = {
  skip: "no worker could fire it in time",
  once: "no worker could fire it in time; one run makes up for all of them",
  all: "no worker could fire it in time, and later ones were more than can be made up for",
} as const;

type Fired = { outcome: TickOutcome; reason: string | null; run: Run | null; stoppedRunId: string | null };

async function fire(
  ctx: TxCtx,
  row: ScheduleRow,
  dueAt: Date,
  now: Date,
  start: Start,
): Promise<Fired | null> {
  const own = { scheduleId: row.id, dueAt };
  const inserted = await ctx.tx
    .insert(ticks)
    .values({ ...own, organizationId: row.organizationId, outcome: "started", firstDueAt: dueAt })
    .onConflictDoNothing()
    .returning({ dueAt: ticks.dueAt });
  if (inserted.length === 0) return null;
  const fired = await decide(ctx, row, now, start);
  await saveTick(ctx, row, dueAt, fired);
  return fired;
}

async function saveTick(
  ctx: TxCtx,
  { id }: ScheduleRow,
  dueAt: Date,
  { outcome, reason, run, ...decided }: Fired & { decidedAt?: Date },
): Promise<void> {
  await ctx.tx
    .update(ticks)
    .set({
      outcome,
      reason,
      runId: run?.id ?? null,
      ...("decidedAt" in decided ? { decidedAt: decided.decidedAt } : {}),
    })
    .where(and(eq(ticks.scheduleId, id), eq(ticks.dueAt, dueAt)));
}

const skipped = (reason: string): Fired => ({ outcome: "skipped", reason, run: null, stoppedRunId: null });

/** By the schedule's policy for overlaps, where the run of the last tick goes on. */
async function decide(ctx: TxCtx, row: ScheduleRow, now: Date, start: Start): Promise<Fired> {
  if (row.overlap === "start" || !(await earlierRun(ctx, row)).isGoingOn)
    return attempt(ctx, row, now, start);
  if (row.overlap === "skip") return skipped("the run of an earlier tick was still going on");
  const isStopped = row.overlap === "stop" && (await stopEarlier(asSchedule(ctx, row, now), row));
  const stoppedRunId = isStopped ? row.lastRunId : null;
  if (row.waitingAt) {
    return {
      ...skipped("the run of an earlier tick was still going on, and another tick waits for its end"),
      stoppedRunId,
    };
  }
  // What was only queued has ended with that.
  if (isStopped && !(await earlierRun(ctx, row)).isGoingOn) {
    return { ...(await attempt(ctx, row, now, start)), stoppedRunId };
  }
  const reason = isStopped
    ? "waits until the run of an earlier tick has stopped"
    : "waits until the run of an earlier tick has ended";
  return { outcome: "waiting", reason, run: null, stoppedRunId };
}

/** The run, or why there is none. A refusal undoes what it had begun and nothing else. */
async function attempt(ctx: TxCtx, row: ScheduleRow, now: Date, start: Start): Promise<Fired> {
  try {
    const run = await ctx.tx.transaction((tx) => start({ ...asSchedule(ctx, row, now), tx }, row));
    return { outcome: "started", reason: null, run, stoppedRunId: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { outcome: "failed", reason: reasonOf(error), run: null, stoppedRunId: null };
  }
}

/** Its hints are dropped: pages are told by the caller, of all that it started and stopped at once. */
function asSchedule(ctx: TxCtx, { name, organizationId }: ScheduleRow, now: Date): TxCtx {
  const actor = { kind: "system", name: `schedule "${name}"`, organizationId } as const;
  return { ...ctx, hints: [], actor, now: () => now };
}

/** Without the names of fields: nobody has filled in a form. */
function reasonOf({ message, errors }: AppError): string {
  const text = errors.length > 0 ? errors.map((error) => error.message).join("; ") : message;
  return text.slice(0, REASON_CHARS);
}

const startScheduled: Start = (ctx, row) => executeScheduled(ctx, row, "schedule");

/**
 * Runs the suite of a schedule, in the schedule's environment or else in the suite's.
 * @throws AppError `conflict` when the suite was deleted, and as `executeSuite`.
 */
export async function executeScheduled(ctx: Ctx, row: ScheduleRow, trigger: Trigger): Promise<Run> {
  const { suiteId, environmentId } = row;
  if (suiteId === null) throw new AppError("conflict", "the suite was deleted; choose another one");
  return executeSuite(ctx, suiteId, environmentId === null ? {} : { environmentId }, trigger);
}

/** Records a tick that has come and is not going to be fired, because its schedule is changed first. */
export async function passOver(ctx: TxCtx, row: ScheduleRow, now: Date, reason: string): Promise<void> {
  if (!row.nextAt || row.nextAt > now) return;
  await recordMissed(ctx, row, missedTicks(row, row.nextAt, now), reason);
}

async function recordMissed(
  ctx: TxCtx,
  row: ScheduleRow,
  missed: MissedTicks,
  reason: string,
): Promise<void> {
  await ctx.tx
    .insert(ticks)
    .values({
      scheduleId: row.id,
      dueAt: missed.to,
      organizationId: row.organizationId,
      outcome: "missed",
      reason,
      firstDueAt: missed.from,
      count: missed.count,
    })
    .onConflictDoNothing();
}

async function forgetOld(ctx: TxCtx, scheduleId: string): Promise<void> {
  const old = lt(ticks.dueAt, sql`now() - ${KEPT_DAYS} * interval '1 day'`);
  await ctx.tx.delete(ticks).where(and(eq(ticks.scheduleId, scheduleId), old, ne(ticks.outcome, "waiting")));
}
