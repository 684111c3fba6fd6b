import { and, eq } from "drizzle-orm";
import type { Sql } from "postgres";
import { limits } from "../domain/limits.ts";
import { runs } from "../schema/runs.ts";
import { schedules, ticks } from "../schema/schedules.ts";
import { recordAudit, type TxCtx } from "./context.ts";
import type { ScheduleRow } from "./schedule-rows.ts";
import { stopExecutions } from "./stop-executions.ts";

/** What a tick finds when the run of the one before it may still go on. */

export type WaitingSchedule = { id: string; organizationId: string; isOverdue: boolean };

/**
 * Schedules of which a tick waits and need wait no longer, of the next `count` that have one waiting behind `after`; of all
 * tenants, without anything but their ids.
 * @returns also where to go on; null when those were the last.
 */
export async function releasedSchedules(
  db: Sql,
  after: string | null,
  count: number,
): Promise<{ released: WaitingSchedule[]; next: string | null }> {
  return db.begin(async (tx) => {
    await tx`select set_config('app.scheduler', 'on', true)`;
    const waiting = await tx<{ id: string; organization: string }[]>`
      select id, organization_id as organization from schedule
      where waiting_at is not null and (${after}::uuid is null or id > ${after}::uuid) order by id limit ${count}`;
    if (waiting.length === 0) return { released: [], next: null };
    // How the runs stand is their organizations' business: it is read in the name of those, and of no others.
    const organizations = [...new Set(waiting.map(({ organization }) => organization))];
    await tx`select set_config('app.organizations', ${`{${organizations.join(",")}}`}, true)`;
    const released = await tx<WaitingSchedule[]>`
      select s.id, s.organization_id as "organizationId",
        coalesce(r.finished_at, s.waiting_at) < now() - ${limits.tickRetryMs} * interval '1 millisecond' as "isOverdue"
      from schedule s left join run r on r.id = s.last_run_id
      where s.id = any (${waiting.map(({ id }) => id)}::uuid[]) and s.waiting_at is not null
        and (s.overlap = 'start' or r.id is null or r.finished_at is not null)`;
    return { released, next: waiting.length < count ? null : (waiting.at(-1)?.id ?? null) };
  });
}

/** The run of the last tick that started one: whether it goes on, and when it ended. */
export async function earlierRun(
  ctx: TxCtx,
  { lastRunId }: ScheduleRow,
): Promise<{ isGoingOn: boolean; endedAt: Date | null }> {
  if (lastRunId === null) return { isGoingOn: false, endedAt: null };
  const [run] = await ctx.tx.select({ finishedAt: runs.finishedAt }).from(runs).where(eq(runs.id, lastRunId));
  return { isGoingOn: run?.finishedAt === null, endedAt: run?.finishedAt ?? null };
}

/** What waits of it ends at once, what runs within seconds. @returns whether there was something to stop. */
export async function stopEarlier(ctx: TxCtx, { lastRunId, organizationId }: ScheduleRow): Promise<boolean> {
  if (lastRunId === null) return false;
  const stopped = await stopExecutions(ctx, lastRunId);
  if (stopped.length === 0) return false;
  await recordAudit(ctx, {
    action: "run.stop",
    entity: "run",
    entityId: lastRunId,
    organizationId,
    after: { executions: stopped.length },
  });
  return true;
}

/** Records a tick that waits as missed. The caller saves the row, in which nothing waits any more. */
export async function dropWaiting(ctx: TxCtx, row: ScheduleRow, reason: string): Promise<void> {
  if (!row.waitingAt) return;
  await ctx.tx
    .update(ticks)
    .set({ outcome: "missed", reason })
    .where(and(eq(ticks.scheduleId, row.id), eq(ticks.dueAt, row.waitingAt)));
}

/** Keeps with the schedule which tick waits, and which run was the last. */
export async function saveProgress(
  ctx: TxCtx,
  { id }: ScheduleRow,
  progress: Partial<Pick<ScheduleRow, "nextAt" | "waitingAt" | "lastRunId">>,
): Promise<void> {
  await ctx.tx.update(schedules).set(progress).where(eq(schedules.id, id));
}
