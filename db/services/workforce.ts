import { sql } from "drizzle-orm";
import { type QueueName, queueNames } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { TxCtx } from "./context.ts";
import type { Workforce } from "./job-rows.ts";

/** A worker that has given a sign of life within a lease, in a statement over `worker`. */
export const isHere = sql`(lost_at is null and seen_at > now() - ${limits.leaseMs} * interval '1 millisecond')`;

/** Who is there to do jobs, how many of each queue run, and what people have said about the queues. */
export async function workforceOf(ctx: TxCtx): Promise<Workforce> {
  const [here] = await ctx.tx.execute<{ workers: number; slots: number }>(sql`
    select count(*)::int as workers, coalesce(sum(slots), 0)::int as slots from worker where ${isHere} and not draining`);
  const rows = await ctx.tx.execute<{
    name: QueueName;
    running: number;
    paused: boolean;
    changedBy: string | null;
    reason: string | null;
    slotsMax: number | null;
  }>(sql`
    select name, (select count(*)::int from outbox o where o.queue = name and o.state = 'running') as running,
      coalesce(s.paused, false) as paused, s.changed_by as "changedBy", s.reason, s.slots as "slotsMax"
    from unnest(${`{${queueNames.join(",")}}`}::text[]) as name left join queue_setting s on s.queue = name`);
  const { workers, slots } = here ?? { workers: 0, slots: 0 };
  const slotsOf: Record<QueueName, number> = { browser: slots, light: workers * limits.lightJobsMax };
  const queues = Object.fromEntries(rows.map((row) => [row.name, { ...row, slots: slotsOf[row.name] }]));
  return { workers, queues: queues as Workforce["queues"] };
}
