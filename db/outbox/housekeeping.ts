import { sql } from "drizzle-orm";
import type { Sql } from "postgres";
import type { Db } from "../client.ts";
import { jobKinds, policyOf } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import { enqueue } from "../outbox.ts";

const batchRows = 1_000;
const batchesMax = 10_000;
const keepDaysDefault = 14;
/** Of a table of history, in one statement; its blocks have 8 kB. */
const forgottenBlocks = 64;
const forgettingsMax = 100_000;
const daysAhead = 7;
const tickDays = 90;
/** Spans of each length that are kept: a little more than what is looked at. */
const spansKept = 120;
const workerDays = 1;

/** What is of no use any more, by table: which rows go. Written here and nowhere taken from outside. */
const expired: Record<string, string> = {
  session: "expires_at < now()",
  refresh_token: "expires_at < now()",
  socket_ticket: "expires_at < now()",
  token_family: "expires_at < now()",
  // For a while they are shown as expired, so that their person knows why something stopped.
  api_token: "expires_at < now() - interval '30 days'",
  mail: `created_at < now() - ${limits.mailDays} * interval '1 day'`,
  account_link: "expires_at < now()",
  idempotency_key: `created_at < now() - ${limits.idempotencyMs} * interval '1 millisecond'`,
  rate_limit: "expire < extract(epoch from now()) * 1000",
  outbox_rate: "starts[cardinality(starts)] < now() - per_ms * interval '1 millisecond'",
  schedule_tick: `due_at < now() - ${tickDays} * interval '1 day'`,
  queue_tally: `at < now() - span_s * ${spansKept} * interval '1 second'`,
  live_watch: "expires_at < now() - interval '1 minute'",
  worker: `seen_at < now() - ${workerDays} * interval '1 day'`,
};

/**
 * Deletes what has expired, in batches of 1000 rows so that no lock is held for long. Stops between batches when `signal`
 * aborts; the next time goes on where this one ended.
 * @returns how many rows of which table.
 */
export async function deleteExpired(db: Sql, signal: AbortSignal): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {};
  for (const [table, condition] of Object.entries(expired)) {
    deleted[table] = 0;
    for (let batch = 0; batch < batchesMax; batch++) {
      signal.throwIfAborted();
      const { count } = await db.unsafe(
        `delete from ${table} where ctid = any(array(select ctid from ${table} where ${condition} limit ${batchRows}))`,
      );
      deleted[table] += count;
      if (count < batchRows) break;
    }
  }
  return deleted;
}

/**
 * Deletes the finished jobs of kinds that are kept for a shorter time than others from the tables of their days, once each
 * day's time is over, in small batches. Stops between batches when `signal` aborts; the next time goes on where this one ended.
 * @param keepDays default: of the kinds' policies.
 * @returns how many jobs.
 */
export async function forgetFinished(
  db: Sql,
  signal: AbortSignal,
  keepDays: ReadonlyMap<string, number> = daysOfKinds(),
): Promise<number> {
  const longest = Math.max(...keepDays.values());
  let forgotten = 0;
  for (const [kind, days] of keepDays) {
    for (let batch = 0; days < longest && batch < forgettingsMax; batch++) {
      signal.throwIfAborted();
      const [row] = await db<{ deleted: number; is_over: boolean }[]>`
        select deleted, is_over from outbox_done_forget(${kind}, ${days}, ${forgottenBlocks})`;
      forgotten += row?.deleted ?? 0;
      if (row?.is_over !== false) break;
    }
  }
  return forgotten;
}

function daysOfKinds(): Map<string, number> {
  return new Map(jobKinds.map((kind) => [kind, policyOf(kind).keepDays ?? keepDaysDefault]));
}

/**
 * Keeps the history of finished jobs in tables of a day each: makes those of the next days and drops those of which no kind is
 * kept any longer.
 * @throws when somebody reads in them for long; the next hour tries again, and what has no table goes into the default one.
 */
export async function turnOverHistory(db: Sql): Promise<{ made: number; dropped: number }> {
  const longest = Math.max(...daysOfKinds().values());
  const [row] = await db<{ made: number; dropped: number }[]>`
    select made, dropped from outbox_done_turn_over(${daysAhead}, ${longest})`;
  if (!row) throw new Error("turning over the history answered no row");
  return { made: row.made, dropped: row.dropped };
}

/**
 * Keeps the logs of executions in tables of a day each: makes those of the next days and drops those of executions made more
 * than `daysKept` days ago (1 to 400). An execution that has not ended keeps its table, and those after it.
 * @throws as `turnOverHistory`.
 */
export async function turnOverEvents(
  db: Sql,
  daysKept: number = limits.logDays,
): Promise<{ made: number; dropped: number }> {
  const [row] = await db<{ made: number; dropped: number }[]>`
    select made, dropped from event_turn_over(${daysAhead}, ${daysKept})`;
  if (!row) throw new Error("turning over the logs answered no row");
  return { made: row.made, dropped: row.dropped };
}

/**
 * Enqueues the housekeeping of this hour, unless somebody has. Any number of instances may ask: of those who write the tick
 * one does, in the transaction of its job.
 * @returns whether a job was added.
 */
export async function enqueueHousekeeping(db: Db): Promise<boolean> {
  return db.orm.transaction(async (tx) => {
    const ticked = await tx.execute(sql`
      insert into schedule_tick (schedule, due_at) values ('housekeeping', date_trunc('hour', now()))
      on conflict do nothing returning due_at`);
    if (ticked.length === 0) return false;
    await enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null, uniqueKey: "hourly" });
    return true;
  });
}

/**
 * Deletes audit entries that are older than the plan of their organization says, or than a year where it says nothing, in
 * batches. Stops between batches when `signal` aborts; the next time goes on where this one ended.
 * @returns how many.
 */
export async function forgetAudit(db: Sql, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  for (let batch = 0; batch < batchesMax; batch++) {
    signal.throwIfAborted();
    const [row] = await db<{ gone: number }[]>`
      select audit_forget(${limits.auditDays}::int, ${limits.auditForgottenAtOnce}::int) as gone`;
    forgotten += row?.gone ?? 0;
    if ((row?.gone ?? 0) < limits.auditForgottenAtOnce) break;
  }
  return forgotten;
}
