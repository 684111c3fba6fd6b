import type { Sql } from "postgres";
import { limits } from "../domain/limits.ts";
import { CLAIM_LOCK } from "./claim-shared.ts";
import {
  type ClaimedJob,
  type ClaimedRow,
  type ClaimRequest,
  claimedJob,
  newLeaseToken,
} from "./claimed-job.ts";
import type { Lease } from "./finish.ts";

export type ExchangeRequest = ClaimRequest & {
  /** Jobs that are done. */
  ended: readonly Done[];
};

/** A job that is done, with what came of it as JSON, if anything; see `resultText`. */
export type Done = Lease & { result?: string };

export type Exchange = {
  claimed: ClaimedJob[];
  /** Of those that ended: whose lease was lost. Somebody else decides about them. */
  refused: Lease[];
};

/**
 * Completes jobs and claims the next ones in one statement: one round trip and one commit for both. Claimers never wait for
 * each other. Jobs that have become due go first, so that a retry is not starved by what keeps coming.
 *
 * Without completions the commit is not waited for on disk: a claim that a crash of the server forgets leaves the job ready.
 */
export async function exchange(sql: Sql, request: ExchangeRequest): Promise<Exchange> {
  const { ended, slots } = request;
  const token = newLeaseToken();
  const [row] = await statement(sql, request, token, false);
  if (!row) throw new Error("the exchange answered no row");
  const refused = new Set(row.refused);
  return {
    claimed: row.limited && slots > 0 ? await claimAlone(sql, request) : claimedOf(row, token),
    refused: refused.size === 0 ? [] : ended.filter(({ jobId }) => refused.has(jobId)),
  };
}

/**
 * The claim from a queue that has a limit over all workers: one claimer at a time, in a snapshot from after it got its turn,
 * so that what runs is counted exactly. Queues without a limit never come here.
 */
async function claimAlone(sql: Sql, request: ExchangeRequest): Promise<ClaimedJob[]> {
  const token = newLeaseToken();
  try {
    const [, [row]] = await sql.begin((tx) => [
      tx`select pg_advisory_xact_lock(${CLAIM_LOCK}::int, hashtext(${request.queue}))`,
      statement(tx as unknown as Sql, { ...request, ended: [] }, token, true),
    ]);
    return row ? claimedOf(row as ExchangeRow, token) : [];
  } catch (error) {
    // The completions that went before have been taken: they must not be said again because the claim failed.
    if (request.ended.length > 0) return [];
    throw error;
  }
}

type ExchangeRow = {
  /** The queue has a limit and nothing was claimed: that is to be done alone. */
  limited: boolean;
  refused: string[] | null;
  claimed: ClaimedRow[] | null;
};

function claimedOf({ claimed }: ExchangeRow, token: string): ClaimedJob[] {
  return (claimed ?? []).map((row) => claimedJob(row, token));
}

function statement(sql: Sql, request: ExchangeRequest, token: string, isAlone: boolean) {
  const { workerId, queue, slots, suspects = 1, leaseMs = limits.leaseMs, ended } = request;
  // As one text each: an array would be escaped value by value.
  const ids = ended.map(({ jobId }) => jobId).join();
  const tokens = ended.map(({ leaseToken }) => leaseToken).join();
  const hasResults = ended.some(({ result }) => result !== undefined);
  const results = hasResults ? ended.map(({ result = null }) => result) : null;
  return sql<ExchangeRow[]>`
    with quick as materialized (
      select set_config('synchronous_commit', 'off', true) where ${ended.length} = 0),
    ended as (
      delete from outbox o
      using unnest(string_to_array(${ids}, ',')::uuid[], string_to_array(${tokens}, ',')::uuid[], ${results}::text[])
        as l (id, token, result)
      -- Not "and running", which the token says: an index on what runs would be searched for each, as if that were nothing.
      where o.id = l.id and o.lease_token = l.token
      returning o.id, o.kind, o.priority, o.organization_id, o.payload, o.unique_key, o.attempt, o.failures, o.crashes,
        o.interruptions, o.worker_id, o.run_at, o.created_at, o.claimed_at, o.history, o.key, l.result),
    kept as (
      insert into outbox_done (id, kind, outcome, priority, organization_id, payload, unique_key, attempt, failures,
        crashes, interruptions, worker_id, run_at, created_at, claimed_at, history, key, result)
      select id, kind, 'done', priority, organization_id, payload, unique_key, attempt, failures,
        crashes, interruptions, worker_id, run_at, created_at, claimed_at, history, key, result::jsonb from ended),
    -- What people have said about the queue: nothing is begun while it is paused; where it has a limit, only who is alone.
    gate as materialized (
      select not s.paused and s.slots is not null and not ${isAlone}::boolean as limited,
        case when s.paused then 0 when s.slots is null then ${slots}::int when not ${isAlone}::boolean then 0
          else greatest(0, least(${slots}::int, s.slots -
            (select count(*)::int from outbox r where r.queue = ${queue} and r.state = 'running'))) end as slots
      from (values (1)) as one (n) left join queue_setting s on s.queue = ${queue}),
    suspect as materialized (
      select ctid from outbox where queue = ${queue} and state = 'ready' and key is null and crashes >= 2
      order by priority, id for update skip locked limit least(${suspects}::int, (select slots from gate))),
    due as materialized (
      select ctid from outbox where queue = ${queue} and state = 'scheduled' and run_at <= now()
      order by run_at for update skip locked limit (select slots from gate) - (select count(*) from suspect)),
    waiting as materialized (
      select ctid from outbox where queue = ${queue} and state = 'ready' and key is null and crashes < 2
      order by priority, id for update skip locked
      limit (select slots from gate) - (select count(*) from suspect) - (select count(*) from due)),
    chosen as (select ctid from suspect union all select ctid from due union all select ctid from waiting),
    claimed as (
      update outbox o set state = 'running', attempt = o.attempt + 1, worker_id = ${workerId}::uuid,
        lease_token = ${token}::uuid, lease_until = now() + ${leaseMs}::int * interval '1 millisecond', claimed_at = now()
      where o.ctid = any (array(select ctid from chosen))
      returning o.id, o.kind, o.payload, o.organization_id, o.key, o.attempt, o.failures, o.crashes, o.priority,
        date_part('epoch', now() - o.run_at) * 1000 as waited_ms)
    select coalesce((select limited from gate), false) as limited,
      case when (select count(*) from ended) < ${ended.length}::int
        then (select array_agg(id) from unnest(string_to_array(${ids}, ',')::uuid[]) as id
          where id not in (select id from ended)) end as refused,
      (select json_agg(claimed order by priority, id) from claimed) as claimed,
      (select count(*) from quick) as quick`;
}
