import { and, eq, inArray, sql } from "drizzle-orm";
import { type TickHour, type TickResult, tickResults } from "../domain/schedule-resources.ts";
import { schedules } from "../schema/schedules.ts";
import { type Ctx, transaction } from "./context.ts";
import { loadProject } from "./projects.ts";
import { loadSchedule } from "./schedule-rows.ts";
import { iso } from "./times.ts";

const HOURS = 24;
const HOUR_MS = 3_600_000;

/** What became of the ticks of a schedule in each of the last 24 hours, the one that goes on included; the oldest first. */
export async function listTickHours(ctx: Ctx, projectId: string, id: string): Promise<TickHour[]> {
  return transaction(ctx, async (ctx) => {
    const { row } = await loadSchedule(ctx, projectId, id, "schedule.read");
    return (await tickHoursOf(ctx, projectId, [row.id])).get(row.id) ?? [];
  });
}

type Row = {
  schedule: string;
  /** The first of the hours. */
  from_ms: number;
  /** Null: it had no tick. */
  result: TickResult | null;
  first_ms: number;
  last_ms: number;
  count: number;
};

/** The same for the schedules of a project that are on one page, with one look into the ticks of that time. */
export async function tickHoursOf(
  ctx: Ctx,
  projectId: string,
  ids: readonly string[],
): Promise<Map<string, TickHour[]>> {
  if (ids.length === 0) return new Map();
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "schedule.read");
    const ms = (time: string) => sql.raw(`(extract(epoch from ${time}) * 1000)::float8`);
    const rows = await ctx.tx.execute<Row>(sql`
      select schedule.id as schedule, ${ms("day.begin")} as from_ms, done.result, ${ms("done.first")} as first_ms,
        ${ms("done.last")} as last_ms, done.count
      from ${schedules}
        cross join lateral (select date_trunc('hour', now(), schedule.time_zone) - ${HOURS - 1} * interval '1 hour' as begin) day
        left join lateral (
          -- Single ticks hour by hour; those that were missed in a row are a row each.
          select result, min(first_due_at) as first, max(due_at) as last, sum(count)::int as count from (
            select k.*, case when k.outcome = 'missed' then 'missed' when k.outcome = 'failed' then 'error'
                when k.outcome = 'waiting' or r.status in ('queued', 'running') then 'open'
                when r.status in ('passed', 'flaky', 'failed', 'error') then r.status else 'none' end as result
            from tick k left join run r on r.id = k.run_id
            where k.schedule_id = schedule.id and k.due_at >= day.begin) told
          group by result, date_trunc('hour', due_at, schedule.time_zone), case when count > 1 then due_at end) done on true
      where ${and(eq(schedules.projectId, project.id), inArray(schedules.id, [...ids]))}`);
    const found = new Map<string, TickHour[]>();
    for (const row of rows) {
      const hours = found.get(row.schedule) ?? emptyDay(row.from_ms);
      found.set(row.schedule, hours);
      if (row.result !== null) add(hours, row, row.result);
    }
    return found;
  });
}

function emptyDay(fromMs: number): TickHour[] {
  const none = Object.fromEntries(tickResults.map((result) => [result, 0])) as Record<TickResult, number>;
  return Array.from({ length: HOURS }, (_, hour) => ({
    from: iso(new Date(fromMs + hour * HOUR_MS)),
    ...none,
  }));
}

/** Ticks that are one row are spread evenly from the first to the last; what was before the first hour is left out. */
function add(
  hours: readonly TickHour[],
  { from_ms, first_ms, last_ms, count }: Row,
  result: TickResult,
): void {
  const until = (ms: number): number => {
    if (ms <= first_ms) return 0;
    if (ms > last_ms) return count;
    return Math.floor(((ms - 1 - first_ms) / (last_ms - first_ms)) * (count - 1)) + 1;
  };
  for (const [index, hour] of hours.entries()) {
    const beginMs = from_ms + index * HOUR_MS;
    hour[result] += until(beginMs + HOUR_MS) - until(beginMs);
  }
}
