import { sql } from "drizzle-orm";
import { type QueueName, queueNames } from "../domain/jobs.ts";
import type { TxCtx } from "./context.ts";
import type { Workforce } from "./job-rows.ts";
import { abilities } from "./workers.ts";

/** Who is there to do jobs, how many of each queue run, and what people have said about the queues. */
export async function workforceOf(ctx: TxCtx): Promise<Workforce> {
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
  const queues = Object.fromEntries(rows.map((row) => [row.name, row]));
  return { workers: await abilities(ctx), queues: queues as Workforce["queues"] };
}
