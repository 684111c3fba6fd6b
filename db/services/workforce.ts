import { sql } from "drizzle-orm";
import { type QueueName, queueNames } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { TxCtx } from "./context.ts";
import type { Workforce } from "./job-rows.ts";
import { abilities } from "./workers.ts";

/** Who is there to do jobs, how many of each queue run, and what people have said about the queues. */
export async function workforceOf(ctx: TxCtx): Promise<Workforce> {
  const rows = await ctx.tx.execute<{
    name: QueueName;
    running: number;
    suspects: number;
    paused: boolean;
    changedBy: string | null;
    reason: string | null;
    slotsMax: number | null;
  }>(sql`
    select name, held.running, held.suspects,
      coalesce(s.paused, false) as paused, s.changed_by as "changedBy", s.reason, s.slots as "slotsMax"
    from unnest(${`{${queueNames.join(",")}}`}::text[]) as name left join queue_setting s on s.queue = name
      cross join lateral (select count(*)::int as running, count(*) filter (where crashes >= ${limits.crashesMax - 1}::int)::int as suspects
        from outbox o where o.queue = name and o.state = 'running') as held`);
  const queues = Object.fromEntries(rows.map((row) => [row.name, row]));
  return { workers: await abilities(ctx), queues: queues as Workforce["queues"] };
}
