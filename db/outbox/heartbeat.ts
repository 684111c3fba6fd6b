import type { Sql } from "postgres";
import { limits } from "../domain/limits.ts";
import type { WorkerMode } from "../domain/workers.ts";
import type { Lease } from "./finish.ts";

export type HeldLease = Lease & {
  cancelReason: string | null;
  /** Until the lease ends, from when the heartbeat was carried out. */
  leftMs: number;
};

export type Heartbeat = {
  /** Every job that the database says this worker holds, with its lease renewed. */
  held: HeldLease[];
  /** What this worker is to do; null when it is not known. */
  mode: WorkerMode | null;
  /** False when our row is gone or marked as lost: somebody took us for dead, and no lease was renewed. */
  isKnown: boolean;
};

/**
 * Renews the leases of all that a worker holds and its own sign of life, in one statement. Leases that are young are left
 * as they are: short jobs come and go without being written to. Waits for no lock: a row that is being written to is renewed
 * the next time, which comes twice more before its lease ends.
 */
export async function heartbeat(
  sql: Sql,
  { workerId, leaseMs = limits.leaseMs }: { workerId: string; leaseMs?: number },
): Promise<Heartbeat> {
  const [row] = await sql<
    {
      known: boolean;
      mode: WorkerMode | null;
      held: { id: string; token: string; reason: string | null; left: number }[] | null;
    }[]
  >`
    with seen as (update worker set seen_at = now() where id = ${workerId} and lost_at is null returning mode),
    old as materialized (
      select o.id from outbox o where o.worker_id = ${workerId} and o.state = 'running' and exists (select from seen)
        and o.lease_until < now() + ${leaseMs} * 0.8 * interval '1 millisecond' for no key update of o skip locked),
    renewed as (update outbox o set lease_until = now() + ${leaseMs} * interval '1 millisecond'
      from old where o.id = old.id)
    select exists (select from seen) as known, (select mode from seen) as mode, (select json_agg(json_build_object(
        'id', id, 'token', lease_token, 'reason', cancel_reason, 'left', case when id in (select id from old)
          then ${leaseMs}::float8 else extract(epoch from lease_until - now()) * 1000 end))
      from outbox where worker_id = ${workerId} and state = 'running') as held`;
  if (!row) throw new Error("the heartbeat answered no row");
  const held = (row.held ?? []).map(({ id, token, reason, left }) => ({
    jobId: id,
    leaseToken: token,
    cancelReason: reason,
    leftMs: left,
  }));
  return { held, mode: row.mode, isKnown: row.known };
}
