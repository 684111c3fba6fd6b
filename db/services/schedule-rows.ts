import { and, eq, sql } from "drizzle-orm";
import { cronText } from "../domain/cron-text.ts";
import type { ProjectPermission } from "../domain/permissions.ts";
import type { Schedule, Tick } from "../domain/schedule-resources.ts";
import { nextTicks } from "../domain/schedules.ts";
import { schedules } from "../schema/schedules.ts";
import { authorize, type TxCtx } from "./context.ts";
import { found, knownId } from "./refusals.ts";
import { iso, isoText } from "./times.ts";

/** Schedules as they are loaded, through the actor, and shown. */

const TICKS_AHEAD = 5;
const TICKS_BEHIND = 20;

export type ScheduleRow = typeof schedules.$inferSelect;
export type LoadedSchedule = { row: ScheduleRow; suiteName: string | null; lastTicks: Tick[] };

/** A tick as JSON, for a select from `tick k` joined with its run `r`. */
const tickJson = sql<Tick>`jsonb_build_object('dueAt', ${isoText(sql`k.due_at`)}, 'outcome', k.outcome,
  'run', case when r.id is null then null else jsonb_build_object('id', r.id, 'status', r.status) end,
  'reason', k.reason, 'firstDueAt', ${isoText(sql`k.first_due_at`)}, 'count', k.count,
  'decidedAt', ${isoText(sql`k.decided_at`)})`;

/** Only for a select from `schedule` by that name. */
export const scheduleColumns = {
  row: schedules,
  suiteName: sql<string | null>`(select s.name from suite s where s.id = schedule.suite_id)`,
  lastTicks: sql<Tick[]>`coalesce((select jsonb_agg(${tickJson} order by k.due_at desc)
    from (select * from tick where schedule_id = schedule.id order by due_at desc limit ${sql.raw(String(TICKS_BEHIND))}) k
      left join run r on r.id = k.run_id), '[]')`,
};

/** With `update` nobody fires it until the transaction has ended. */
export async function loadSchedule(
  ctx: TxCtx,
  projectId: string,
  id: string,
  permission: ProjectPermission,
  lock?: "update",
): Promise<LoadedSchedule> {
  const scheduleId = knownId(id, "schedule");
  if (lock) await ctx.tx.execute(sql`select 1 from schedule where id = ${scheduleId} for update`);
  const [loaded] = await ctx.tx
    .select(scheduleColumns)
    .from(schedules)
    .where(and(eq(schedules.id, scheduleId), eq(schedules.projectId, knownId(projectId, "project"))));
  const schedule = found(loaded, "schedule");
  authorize(ctx, schedule.row, permission, "schedule");
  return schedule;
}

/** What time it is by the database, the only clock that ticks are judged by. */
export async function databaseNow(ctx: TxCtx): Promise<Date> {
  const [row] = await ctx.tx.execute<{ ms: number }>(
    sql`select (extract(epoch from now()) * 1000)::float8 as ms`,
  );
  return new Date(row?.ms ?? Number.NaN);
}

export function scheduleOf({ row, suiteName, lastTicks }: LoadedSchedule): Schedule {
  const { suiteId, nextAt, cron, timeZone } = row;
  const following = nextAt ? [nextAt, ...nextTicks({ cron, timeZone }, nextAt, TICKS_AHEAD - 1)] : [];
  return {
    id: row.id,
    projectId: row.projectId,
    organizationId: row.organizationId,
    name: row.name,
    suite: suiteId === null ? null : { id: suiteId, name: suiteName ?? "" },
    environmentId: row.environmentId,
    cron,
    timeZone,
    text: cronText(cron),
    missed: row.missed,
    overlap: row.overlap,
    isPaused: row.pausedAt !== null,
    nextTicks: following.map(iso),
    lastTicks,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
