import type { Sql } from "postgres";
import { type QueueName, queueNames } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";

/** How deep a queue is, and what people have said about it. */
export type QueueDepth = {
  /** No further than `limits.depthMax` each. */
  ready: number;
  scheduled: number;
  running: number;
  /** Of those ready jobs that were counted; 0 when there is none. */
  oldestReadyMs: number;
  paused: boolean;
  slotsMax: number | null;
  reason: string | null;
  changedBy: string | null;
  changedAt: string | null;
};

/**
 * Every queue as it is now, and how many dead letters nobody has dealt with. Looks at no more than so many jobs of each
 * state, by index, so that neither a backlog nor the history makes it slow.
 */
export async function queueDepths(
  sql: Sql,
): Promise<{ queues: Map<QueueName, QueueDepth>; deadLetters: number }> {
  const rows = await sql<(QueueDepth & { queue: QueueName; dead: number })[]>`
    select name as queue, coalesce(s.paused, false) as paused, s.slots as "slotsMax", s.reason, s.changed_by as "changedBy",
      to_char(s.changed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "changedAt",
      waiting.jobs as ready, coalesce(greatest(0, waiting.oldest_ms), 0)::float8 as "oldestReadyMs",
      (select count(*)::int from (select from outbox o where o.queue = name and o.state = 'scheduled'
        limit ${limits.depthMax}) as j) as scheduled,
      (select count(*)::int from (select from outbox o where o.queue = name and o.state = 'running'
        limit ${limits.depthMax}) as j) as running,
      (select count(*)::int from (select from outbox_done where outcome = 'dead' and handled_at is null
        limit ${limits.depthMax}) as d) as dead
    from unnest(${queueNames}::text[]) as name left join queue_setting s on s.queue = name
      cross join lateral (select count(*)::int as jobs, extract(epoch from now() - min(run_at)) * 1000 as oldest_ms
        from (select o.run_at from outbox o where o.queue = name and o.state = 'ready' limit ${limits.depthMax}) as j) as waiting`;
  const queues = new Map(rows.map(({ queue, dead: _, ...depth }) => [queue, depth]));
  return { queues, deadLetters: rows[0]?.dead ?? 0 };
}
