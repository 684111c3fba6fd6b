import { sql } from "drizzle-orm";
import type { Sql } from "postgres";
import type { Db } from "../client.ts";
import { limits } from "../domain/limits.ts";
import { enqueue } from "../outbox.ts";

const batchRows = 1_000;
const batchesMax = 10_000;
const doneDays = 14;
const workerDays = 1;

/** What is of no use any more, by table: which rows go. Written here and nowhere taken from outside. */
const expired: Record<string, string> = {
  session: "expires_at < now()",
  refresh_token: "expires_at < now()",
  socket_ticket: "expires_at < now()",
  idempotency_key: `created_at < now() - ${limits.idempotencyMs} * interval '1 millisecond'`,
  outbox_done: `finished_at < now() - ${doneDays} * interval '1 day'`,
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
 * Enqueues the housekeeping of this hour, unless there was one. Any number of instances may ask: the unique key lets one of
 * those who ask at the same time in, and a second one in an hour, should it happen, finds nothing to do.
 * @returns whether a job was added.
 */
export async function enqueueHousekeeping(db: Db): Promise<boolean> {
  return db.orm.transaction(async (tx) => {
    const known = await tx.execute(sql`
      select 1 from outbox where kind = 'housekeeping' and unique_key = 'hourly'
      union all (select 1 from outbox_done where finished_at >= date_trunc('hour', now()) and kind = 'housekeeping' limit 1)`);
    if (known.length > 0) return false;
    await enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null, uniqueKey: "hourly" });
    return true;
  });
}
