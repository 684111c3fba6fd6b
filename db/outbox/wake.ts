import type { ISql, PendingQuery, Row, Sql } from "postgres";
import type { QueueName } from "../domain/jobs.ts";

/**
 * Followed by a worker's id: its own channel. The name of a queue says that there may be something to claim in it, a job's id
 * that this job was cancelled, and `MODE_CHANGED` what it is. Only ever a hint: behind it are the poll and the heartbeat.
 */
export const WORKER_CHANNEL = "verdict_worker_";
export const MODE_CHANGED = "mode";

/**
 * A query that tells one idle worker that there is something to claim in a queue; with its transaction's commit, if that comes.
 * While all are busy it tells nobody, and that is why it may stand in a producer's transaction: a NOTIFY takes a lock that
 * serialises all that commit, and is heard once per transaction however often it was said.
 */
export function tellIdle(sql: ISql, queue: QueueName): PendingQuery<Row[]> {
  return sql`
    select pg_notify(${WORKER_CHANNEL}::text || id, ${queue}::text) from (
      select id from worker where idle @> array[${queue}::text] and lost_at is null and not draining and mode = 'active'
      order by random() limit 1) as idle`;
}

/** Wakes an idle worker, if any; one that gets all it can take wakes the next. Never throws: without it a poll finds the job. */
export async function wakeIdle(sql: Sql, queue: QueueName): Promise<void> {
  await tellIdle(sql, queue).catch(() => undefined);
}

/**
 * Says that a worker has found nothing in a queue and is to be woken, until it says that it is busy.
 * @returns whether that was news; then another look is due, for what came before it was said.
 */
export async function markIdle(sql: Sql, workerId: string, queue: QueueName): Promise<boolean> {
  const { count } = await sql`
    with quick as materialized (select set_config('synchronous_commit', 'off', true))
    update worker set idle = array_append(idle, ${queue}) from quick where id = ${workerId} and not idle @> array[${queue}]`;
  return count > 0;
}

/** Says that a worker has all it can take of a queue, or looks for more by itself: to wake it would be for nothing. */
export async function markBusy(sql: Sql, workerId: string, queue: QueueName): Promise<void> {
  await sql`
    with quick as materialized (select set_config('synchronous_commit', 'off', true))
    update worker set idle = array_remove(idle, ${queue}) from quick where id = ${workerId} and idle @> array[${queue}]`;
}
