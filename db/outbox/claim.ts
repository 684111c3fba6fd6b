import type { Sql } from "postgres";
import { type JobKind, jobKinds } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { Lease } from "./finish.ts";

/** A job that this worker holds until its lease ends. */
export type ClaimedJob = Lease & {
  kind: JobKind;
  payload: unknown;
  organizationId: string | null;
  /** How often it was claimed, this one included; how often it failed by an error of ours; was lost with its worker. */
  attempt: number;
  failures: number;
  crashes: number;
  /** Between being due and being claimed. */
  waitedMs: number;
};

export type ClaimRequest = {
  workerId: string;
  /** How many at most. */
  slots: number;
  kinds: readonly JobKind[];
  leaseMs?: number;
};

type Row = Omit<ClaimedJob, "jobId" | "leaseToken" | "organizationId" | "waitedMs"> & {
  id: string;
  lease_token: string;
  organization_id: string | null;
  waited_ms: number;
  priority: number;
};

/**
 * Takes the next jobs for a worker, in one statement. Claimers never wait for each other and never get the same job. Those
 * that have become due go first, so that a retry is not starved by what keeps coming.
 */
export async function claim(sql: Sql, request: ClaimRequest): Promise<ClaimedJob[]> {
  const { workerId, slots, kinds, leaseMs = limits.leaseMs } = request;
  const rows = await sql<Row[]>`
    with due as materialized (
      select id from outbox where state = 'scheduled' and run_at <= now() and kind = any(${[...kinds]}::text[])
      order by run_at for update skip locked limit ${slots}),
    waiting as materialized (
      select id from outbox where state = 'ready' and kind = any(${[...kinds]}::text[])
      order by priority, id for update skip locked limit greatest(0, ${slots} - (select count(*) from due))),
    chosen as (select id from due union all select id from waiting)
    update outbox o set state = 'running', attempt = o.attempt + 1, worker_id = ${workerId},
      lease_token = gen_random_uuid(), lease_until = now() + ${leaseMs} * interval '1 millisecond', claimed_at = now()
    from chosen where o.id = chosen.id
    returning o.id, o.kind, o.payload, o.organization_id, o.lease_token, o.attempt, o.failures, o.crashes, o.priority,
      (extract(epoch from now() - o.run_at) * 1000)::float8 as waited_ms`;
  return rows
    .sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
    .map((row) => ({
      jobId: row.id,
      leaseToken: row.lease_token,
      kind: row.kind,
      payload: row.payload,
      organizationId: row.organization_id,
      attempt: row.attempt,
      failures: row.failures,
      crashes: row.crashes,
      waitedMs: row.waited_ms,
    }));
}

export type Heartbeat = {
  /** Jobs that are no longer ours. */
  lost: string[];
  cancelled: { jobId: string; reason: string }[];
  /** False when our row is gone: somebody took us for dead. */
  isKnown: boolean;
};

export type HeartbeatRequest = { workerId: string; leases: readonly Lease[]; leaseMs?: number };

/** Renews every lease of a worker and its own sign of life, in one statement. */
export async function heartbeat(sql: Sql, request: HeartbeatRequest): Promise<Heartbeat> {
  const { workerId, leases, leaseMs = limits.leaseMs } = request;
  const ids = leases.map(({ jobId }) => jobId);
  const tokens = leases.map(({ leaseToken }) => leaseToken);
  // Locked in the order of ids, as whoever cancels several does it: no deadlock.
  const [row] = await sql<{ known: boolean; held: { id: string; reason: string | null }[] }[]>`
    with mine as materialized (
      select o.id from outbox o join unnest(${ids}::uuid[], ${tokens}::uuid[]) as l (id, token)
        on o.id = l.id and o.lease_token = l.token
      where o.state = 'running' order by o.id for no key update of o),
    renewed as (update outbox o set lease_until = now() + ${leaseMs} * interval '1 millisecond'
      from mine where o.id = mine.id returning o.id, o.cancel_reason),
    seen as (update worker set seen_at = now() where id = ${workerId} returning id)
    select exists (select 1 from seen) as known,
      coalesce((select jsonb_agg(jsonb_build_object('id', id, 'reason', cancel_reason)) from renewed), '[]') as held`;
  if (!row) throw new Error("the heartbeat answered no row");
  const held = new Set(row.held.map(({ id }) => id));
  return {
    lost: ids.filter((id) => !held.has(id)),
    cancelled: row.held.flatMap(({ id, reason }) => (reason === null ? [] : [{ jobId: id, reason }])),
    isKnown: row.known,
  };
}

/** How many jobs of each kind could be claimed now. Counts no further than 10 000, so that a long queue costs no more. */
export async function waitingJobs(sql: Sql): Promise<Map<JobKind, number>> {
  const rows = await sql<{ kind: JobKind; jobs: number }[]>`
    select kind, count(*)::int as jobs from (select kind from outbox where state = 'ready' limit 10000) as ready group by kind`;
  const counts = new Map(jobKinds.map((kind) => [kind, 0]));
  for (const { kind, jobs } of rows) counts.set(kind, jobs);
  return counts;
}
