import { limits } from "../db/domain/limits.ts";
import { enqueueHousekeeping } from "../db/outbox/housekeeping.ts";
import { type LiveHint, notifyLive } from "../db/services/live.ts";
import { releasedSchedules, type WaitingSchedule } from "../db/services/overlap.ts";
import {
  type DueSchedule,
  dueSchedules,
  type FiredTick,
  fireDue,
  giveUpDue,
} from "../db/services/schedule-ticks.ts";
import { isTransient } from "./database-retry.ts";
import type { JobServices } from "./job-handler.ts";

/** Enqueues what is due by the clock. Every worker asks; the database decides who was first. */
export async function enqueueDue({ db, log }: Pick<JobServices, "db" | "log">): Promise<void> {
  if (!(await enqueueHousekeeping(db))) return;
  log.info({ event: "housekeeping-enqueued" });
}

const batchRows = 100;
const batchesMax = 100;
/** Schedules that a worker acts on at once. */
const atOnce = 4;

type Services = Pick<JobServices, "db" | "ctx" | "metrics" | "log">;

/**
 * Fires the ticks of schedules that are due. One that can't be fired is logged and comes up again the next time; it holds up no
 * other.
 * @returns how many schedules were acted on.
 */
export async function fireSchedules(services: Services): Promise<number> {
  let count = await fireReleased(services);
  let last: DueSchedule | null = null;
  for (let batch = 0; batch < batchesMax; batch++) {
    const due: DueSchedule[] = await dueSchedules(services.db.sql, last, batchRows);
    count += await fireBatch(services, due);
    last = due.at(-1) ?? null;
    if (due.length < batchRows) break;
  }
  return count;
}

/** Starts ticks that have waited for an earlier run which has ended. */
async function fireReleased(services: Services): Promise<number> {
  let count = 0;
  let after: string | null = null;
  for (let batch = 0; batch < batchesMax; batch++) {
    const { released, next } = await releasedSchedules(services.db.sql, after, batchRows);
    count += await fireBatch(services, released);
    after = next;
    if (after === null) break;
  }
  return count;
}

async function fireBatch(services: Services, due: readonly WaitingSchedule[]): Promise<number> {
  const waiting = due.values();
  const hints: LiveHint[] = [];
  let count = 0;
  const lane = async () => {
    for (const schedule of waiting) {
      const runs = await fireOne(services, schedule);
      if (runs === null) continue;
      count++;
      hints.push(...runs);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  // Workers heard of the jobs with each commit; this is for pages.
  await notifyLive(services.db, hints);
  return count;
}

/** @returns the runs that it started; null when there was nothing to be done any more. */
async function fireOne(services: Services, due: WaitingSchedule): Promise<LiveHint[] | null> {
  const runs: LiveHint[] = [];
  // Those that make up for each missed tick have several to fire.
  for (let turn = 0; turn <= limits.catchUpTicksMax; turn++) {
    const fired = await fire(services, due);
    if (fired === null) return turn === 0 ? null : runs;
    record(services, due, fired);
    if (fired.run) runs.push({ executionId: null, runId: fired.run.id, projectId: fired.run.projectId });
    if (fired.stoppedRunId)
      runs.push({ executionId: null, runId: fired.stoppedRunId, projectId: fired.projectId });
    if (!fired.isStillDue) break;
  }
  return runs;
}

async function fire(
  { ctx, log }: Services,
  { id, organizationId, isOverdue }: WaitingSchedule,
): Promise<FiredTick | null> {
  try {
    return await fireDue(ctx(organizationId), id);
  } catch (error) {
    log.error({ event: "schedule-failed", scheduleId: id, error });
    if (isTransient(error) || !isOverdue) return null;
  }
  return giveUpDue(ctx(organizationId), id).catch((error: unknown) => {
    log.error({ event: "schedule-failed", scheduleId: id, error });
    return null;
  });
}

function record({ metrics, log }: Services, { id }: WaitingSchedule, fired: FiredTick): void {
  const { outcome, dueAt, lateMs, missed, reason, run } = fired;
  if (missed > 0) metrics.ticked("missed", missed, lateMs);
  // What waits is counted when it has started; what was missed, above.
  if (outcome === "started" || outcome === "failed" || outcome === "skipped")
    metrics.ticked(outcome, 1, lateMs);
  const level = outcome === "failed" || outcome === "missed" || outcome === null ? "warn" : "info";
  log[level]({
    event: "schedule-tick",
    scheduleId: id,
    outcome,
    dueAt,
    lateMs,
    missed,
    reason,
    runId: run?.id,
    stoppedRunId: fired.stoppedRunId ?? undefined,
  });
}
