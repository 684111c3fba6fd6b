import type { Sql } from "postgres";
import { type JobKind, policyOf, type QueueName } from "../domain/jobs.ts";

/**
 * Followed by a worker's id: its own channel. The name of a queue says that there may be something to claim in it, a job's id
 * that this job was cancelled, and `MODE_CHANGED` what it is. Only ever a hint: behind it are the poll and the heartbeat.
 */
export const WORKER_CHANNEL = "verdict_worker_";
export const MODE_CHANGED = "mode";

/** What a process is telling idle workers: now, and after that, for those who came too late for now. */
type Telling = { now: Promise<void>; next: Promise<void> | null };
const underway = new WeakMap<Sql, Map<QueueName, Telling>>();

/**
 * Tells an idle worker that there is something to claim in the queue of this kind; while all are busy nobody is told, and
 * nothing is written. To be called after the commit: a NOTIFY inside the transaction takes a lock that serialises all
 * producers. However many call it at once, they share one statement. Never throws: without it the workers' poll finds the
 * job.
 */
export function wakeWorkers({ sql }: { sql: Sql }, kind: JobKind): Promise<void> {
  const { queue } = policyOf(kind);
  const queues = underway.get(sql) ?? new Map<QueueName, Telling>();
  underway.set(sql, queues);
  const telling = queues.get(queue);
  if (!telling) return tell(sql, queue, queues);
  // What is underway may have looked before our commit.
  telling.next ??= telling.now.then(() => tell(sql, queue, queues));
  return telling.next;
}

function tell(sql: Sql, queue: QueueName, queues: Map<QueueName, Telling>): Promise<void> {
  const now = wakeIdle(sql, queue)
    .catch(() => undefined)
    .then(() => {
      if (queues.get(queue)?.next === null) queues.delete(queue);
    });
  queues.set(queue, { now, next: null });
  return now;
}

/** Wakes an idle worker, if any: the one that was heard of last. One that gets all it can take wakes the next. */
export async function wakeIdle(sql: Sql, queue: QueueName): Promise<void> {
  await sql`
    with quick as materialized (select set_config('synchronous_commit', 'off', true)),
    found as materialized (select worker.id from worker, quick where idle @> array[${queue}] and lost_at is null and not draining
      and mode = 'active' order by seen_at desc limit 1 for no key update of worker skip locked),
    woken as (update worker w set idle = array_remove(w.idle, ${queue}) from found where w.id = found.id returning w.id)
    select pg_notify(${WORKER_CHANNEL} || id, ${queue}) from woken`;
}

/**
 * Says that a worker found nothing in a queue and is to be woken.
 * @returns whether that was news; then one more look is due, for what came before it was said.
 */
export async function markIdle(sql: Sql, workerId: string, queue: QueueName): Promise<boolean> {
  const { count } = await sql`
    with quick as materialized (select set_config('synchronous_commit', 'off', true))
    update worker set idle = array_append(idle, ${queue}) from quick where id = ${workerId} and not idle @> array[${queue}]`;
  return count > 0;
}
