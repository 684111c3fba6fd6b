import { sql } from "drizzle-orm";
import type { Sql } from "postgres";
import type { Tx } from "../client.ts";
import type { JobKind } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import { historyWith, type Lease, moveToDone } from "./finish.ts";

/** A job whose worker has not renewed its lease in time. */
export type ExpiredLease = Lease & { kind: JobKind; organizationId: string | null; payload: unknown };

/** Those that ended longest ago first. They are only listed: `rescue` decides, again, under the row's lock. */
export async function expiredLeases(db: Sql, max = 100): Promise<ExpiredLease[]> {
  const rows = await db<
    { id: string; kind: JobKind; lease_token: string; organization_id: string | null; payload: unknown }[]
  >`select id, kind, lease_token, organization_id, payload from outbox
    where state = 'running' and lease_until < now() order by lease_until limit ${max}`;
  return rows.map((row) => ({
    jobId: row.id,
    leaseToken: row.lease_token,
    kind: row.kind,
    organizationId: row.organization_id,
    payload: row.payload,
  }));
}

/**
 * `ready`: it is free again. `dead`: it has taken a worker with it too often; `evidence` says which and when. `cancelled`:
 * that had been asked for. `gone`: the lease was renewed, or somebody else was quicker.
 */
export type Rescued =
  | { state: "ready"; crashes: number; evidence: string }
  | { state: "dead"; crashes: number; evidence: string }
  | { state: "cancelled"; reason: string }
  | { state: "gone" };

const timeFormat = 'YYYY-MM-DD"T"HH24:MI:SS"Z"';

/** Takes one expired lease away from its worker, in a transaction. Of several who try at once, one does it. */
export async function rescue(tx: Tx, lease: Lease): Promise<Rescued> {
  const [row] = await tx.execute<{ crashes: number; cancel_reason: string | null; evidence: string }>(sql`
    update outbox o set crashes = o.crashes + 1, state = 'ready', worker_id = null, lease_token = null, lease_until = null,
      progress = null, progress_text = null, last_error = e.evidence, history = ${historyWith("o", "lost", sql`e.evidence`)}
    from (select o.id, format('lost with worker %s on %s (process %s), last seen %s, %s',
            coalesce(w.name, o.worker_id::text), coalesce(w.host, 'an unknown host'), coalesce(w.pid::text, 'unknown'),
            coalesce(to_char(w.seen_at at time zone 'utc', ${timeFormat}), 'never'),
            case when w.lost_at is not null then 'its connection ended ' || to_char(w.unlocked_at at time zone 'utc', ${timeFormat})
              else 'lease ended ' || to_char(o.lease_until at time zone 'utc', ${timeFormat}) end) as evidence
          from outbox o left join worker w on w.id = o.worker_id
          where o.id = ${lease.jobId} and o.lease_token = ${lease.leaseToken} and o.state = 'running'
            and o.lease_until < now() for update of o skip locked) e
    where o.id = e.id returning o.crashes, o.cancel_reason, e.evidence`);
  if (!row) return { state: "gone" };
  if (row.cancel_reason !== null) {
    await bury(tx, lease.jobId, "cancelled", row.cancel_reason);
    return { state: "cancelled", reason: row.cancel_reason };
  }
  if (row.crashes < limits.crashesMax) {
    return { state: "ready", crashes: row.crashes, evidence: row.evidence };
  }
  const evidence = `${row.crashes} workers were lost while they had this job; the last: ${row.evidence}`;
  await bury(tx, lease.jobId, "dead", evidence);
  return { state: "dead", crashes: row.crashes, evidence };
}

/** In the transaction, and so under the lock, of the update before it. */
async function bury(tx: Tx, jobId: string, outcome: "dead" | "cancelled", error: string): Promise<void> {
  await tx.execute(sql`
    with gone as (delete from outbox where id = ${jobId} returning *)
    ${moveToDone("gone", outcome, sql`${error}::text`)}`);
}
