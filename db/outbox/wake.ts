import { setTimeout as delay } from "node:timers/promises";
import type { ISql, PendingQuery, Row, Sql, TransactionSql } from "postgres";
import { onCommit } from "../commit-hints.ts";
import { type QueueName, queues } from "../domain/jobs.ts";

/**
 * Followed by a worker's id: its own channel. The name of a queue says that there may be something to claim in it, a job's id
 * that this job was cancelled, and `MODE_CHANGED` what it is. Only ever a hint: behind it are the poll and the heartbeat.
 */
export const WORKER_CHANNEL = "verdict_worker_";
export const MODE_CHANGED = "mode";

/** Tells one idle worker, of those that have the browser where one is needed, that there is something to claim in a queue. */
export function tellIdle(sql: ISql, queue: QueueName, browser: string | null): PendingQuery<Row[]> {
  return sql`
    select pg_notify(${WORKER_CHANNEL}::text || id, ${queue}::text) from (
      select id from worker where idle @> array[${queue}::text] and lost_at is null and not draining and mode = 'active'
        and (${browser}::text is null or browsers @> array[${browser}::text])
      order by random() limit 1) as idle`;
}

/**
 * Has one idle worker told that there is something to claim, once `tx` is committed. Not in the transaction itself: looking for
 * an idle worker took a tenth of what adding a job takes; a NOTIFY takes a lock that serialises all that commit; and who
 * becomes idle between that look and the commit would have been missed.
 */
export function wakeOnCommit(tx: TransactionSql, queue: QueueName, browser: string | null): void {
  onCommit(tx, `wake ${queue} ${browser}`, (sql) => wakeSoon(sql, queue, browser));
}

/** At once, and then not before this: of many jobs that are added one by one, few are worth a word. */
const betweenWakesMs = 2;

type Need = { isDue: boolean; told: Promise<void> };

/** By connections and by need: what somebody is being told of. */
const telling = new WeakMap<Sql, Map<string, Need>>();

function wakeSoon(sql: Sql, queue: QueueName, browser: string | null): Promise<void> {
  const needs = telling.get(sql) ?? new Map<string, Need>();
  telling.set(sql, needs);
  const name = `${queue} ${browser}`;
  const need = needs.get(name) ?? { isDue: false, told: Promise.resolve() };
  need.isDue = true;
  if (!needs.has(name)) {
    needs.set(name, need);
    need.told = tellWhileDue(sql, queue, browser, need).finally(() => needs.delete(name));
  }
  return need.told;
}

async function tellWhileDue(sql: Sql, queue: QueueName, browser: string | null, need: Need): Promise<void> {
  while (need.isDue) {
    need.isDue = false;
    // Without it a poll finds the job.
    await tellIdle(sql, queue, browser).catch(() => undefined);
    await delay(betweenWakesMs);
  }
}

/**
 * Wakes one idle worker for each browser that a waiting job needs; where none is needed, one. Who gets all it can take wakes
 * the next. Never throws: without it a poll finds the job.
 */
export async function wakeIdle(sql: Sql, queue: QueueName): Promise<void> {
  const told = queues[queue].needsBrowser ? tellIdleByBrowser(sql, queue) : tellIdle(sql, queue, null);
  await told.catch(() => undefined);
}

function tellIdleByBrowser(sql: ISql, queue: QueueName): PendingQuery<Row[]> {
  return sql`
    select pg_notify(${WORKER_CHANNEL}::text || id, ${queue}::text) from (
      select distinct on (has.browser) id from worker cross join unnest(browsers) as has (browser)
      where idle @> array[${queue}::text] and lost_at is null and not draining
        and mode = 'active' and exists (select from outbox o
          where o.queue = ${queue} and o.browser = has.browser and o.state = 'ready' and o.key is not null)
      order by has.browser, random()) as idle`;
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
