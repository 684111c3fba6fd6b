import type { PendingQuery, Row, Sql } from "postgres";
import { jobKinds, policyOf, type QueueName, type Share } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import { browserNames } from "../domain/steps/definition.ts";
import {
  type ClaimedJob,
  type ClaimedRow,
  type ClaimRequest,
  claimedJob,
  newLeaseToken,
} from "./claimed-job.ts";

/** Any number: all who claim one at a time agree on it, with the queue's name. */
export const CLAIM_LOCK = 0x74757273;
const promotedMax = 1_000;

export type SharedClaimRequest = ClaimRequest & {
  /** By kind; default: those of the kinds' policies. */
  shares?: ReadonlyMap<string, Share>;
};

/**
 * Claims from a queue in which keys take turns: one job (or as many as its weight says) for each key that has some waiting
 * and has not its share yet, then the next round, beginning where the last claim ended. So a project that has enqueued thousands is no further ahead of
 * another's single job than by what runs. Jobs for browsers that the worker does not have are never looked at: however many
 * wait, the claim costs the same.
 *
 * One claimer at a time, and in a snapshot from after it got its turn: what runs of a key is counted, not kept as a figure
 * that could go wrong. The lock is held for a statement and a commit that does not wait for the disk.
 */
export async function claimShared(sql: Sql, request: SharedClaimRequest): Promise<ClaimedJob[]> {
  const { queue } = request;
  const token = newLeaseToken();
  const [, , rows] = await sql.begin((tx) => [
    tx`select set_config('synchronous_commit', 'off', true), set_config('app.claimer', 'on', true),
      pg_advisory_xact_lock(${CLAIM_LOCK}::int, hashtext(${queue}))`,
    tx`update outbox set state = 'ready' where ctid = any (array(
        select ctid from outbox where queue = ${queue} and state = 'scheduled' and run_at <= now()
        order by run_at for update skip locked limit ${promotedMax}))`,
    takeTurns(tx as unknown as Sql, token, request),
  ]);
  const claimed = rows as unknown as (ClaimedRow & { place: number })[];
  return claimed.sort((a, b) => a.place - b.place).map((row) => claimedJob(row, token));
}

function takeTurns(sql: Sql, token: string, request: SharedClaimRequest) {
  const { workerId, queue, slots, suspects = 1, leaseMs = limits.leaseMs } = request;
  const { key: afterKey, served } = request.after ?? { key: "", served: 0 };
  const { browsers = browserNames } = request;
  const shares = [...(request.shares ?? sharesOf(queue))];
  const column = (of: (share: Share) => number | null) => shares.map(([, share]) => of(share));
  // One index probe for each browser, however many jobs the key has.
  const keyAfter = (key: PendingQuery<Row[]> | string) => sql`
    (select min(next.key) from unnest(${[...browsers]}::text[]) as b (browser) cross join lateral (
      select o.key from outbox o where o.queue = ${queue} and o.browser = b.browser and o.state = 'ready' and o.key > ${key}
      order by o.key limit 1) as next)`;
  return sql<(ClaimedRow & { place: number })[]>`
    with recursive share as (
      select * from unnest(${shares.map(([kind]) => kind)}::text[], ${column(({ atOnce }) => atOnce)}::int[],
        ${column(({ rate }) => rate?.jobs ?? null)}::int[], ${column(({ rate }) => rate?.perMs ?? null)}::int[])
        as share (kind, at_once, rate_jobs, rate_ms)),
    -- What the queue itself may still begin: nothing while it is paused, up to its limit over all workers where it has one.
    gate as materialized (
      select case when s.paused then 0 when s.slots is null then ${slots}::int
        else greatest(0, least(${slots}::int, s.slots -
          (select count(*)::int from outbox r where r.queue = ${queue} and r.state = 'running'))) end as slots
      from (values (1)) as one (n) left join queue_setting s on s.queue = ${queue}),
    -- The keys that have such jobs waiting, once around.
    ahead (key, turn) as (
      select ${keyAfter(afterKey)}, 1
      union all
      select ${keyAfter(sql`ahead.key`)}, turn + 1 from ahead where key is not null and turn < ${limits.turnsMax}),
    behind (key, turn) as (
      select ${keyAfter("")}, ${limits.turnsMax}::int + 1
      union all
      select ${keyAfter(sql`behind.key`)}, turn + 1 from behind
      where key < ${afterKey} and turn < 2 * ${limits.turnsMax}::int),
    turns as (
      select key, turn from ahead where key is not null
      union all
      select key, case when key = ${afterKey} then 0 else turn end from behind where key <= ${afterKey}),
    -- What somebody has said about the share of a project goes before what its kind says.
    told as materialized (
      select turns.key, turn, own.weight, coalesce(own.at_once, share.at_once) as at_once,
        coalesce(own.rate_jobs, share.rate_jobs) as rate_jobs, coalesce(own.rate_ms, share.rate_ms) as rate_ms
      from turns join share on share.kind = split_part(turns.key, ':', 1) left join share_setting own on own.key = turns.key
      where (select slots from gate) > 0),
    open as materialized (
      select key, turn, weight, rate_ms,
        least(at_once - (select count(*) from outbox r where r.key = told.key and r.state = 'running'),
          rate_jobs - (select count(*) from outbox_rate r cross join unnest(r.starts) as start
            where r.key = told.key and start > now() - rate_ms * interval '1 millisecond')) as jobs
      from told),
    -- Of each key as many as it may have, by age. Its weight is what was said, or that of the first.
    aged as (
      select open.key, open.turn, job.* from open cross join lateral (
        select one.id, one.organization_id, one.crashes >= 2 as is_suspect, row_number() over by_age as nth,
          coalesce(open.weight, greatest(1, first_value(one.weight) over by_age)) as weight
        from unnest(${[...browsers]}::text[]) as b (browser) cross join lateral (
          select o.id, o.organization_id, o.priority, o.weight, o.crashes from outbox o
          where o.queue = ${queue} and o.browser = b.browser and o.state = 'ready' and o.key = open.key
            and (o.crashes < 2 or ${suspects}::int > 0)
          order by o.priority, o.id limit greatest(0, least(open.jobs, ${slots}::int))) as one
        window by_age as (order by one.priority, one.id)
        order by one.priority, one.id limit greatest(0, least(open.jobs, ${slots}::int))) as job),
    -- In each round a key has as many as its weight; of the one that was served last some of this round are gone.
    rounds as (
      select id, organization_id, turn, nth, is_suspect,
        (nth - 1 + case when key = ${afterKey} then least(${served}::int, weight) else 0 end) / weight as round from aged),
    -- What an organization may still begin, where its plan says how many of its jobs run at once.
    plan as materialized (
      select p.organization_id, p.parallel_max - (select count(*) from outbox r
        where r.queue = ${queue} and r.state = 'running' and r.organization_id = p.organization_id) as jobs
      from organization_plan p
      where p.parallel_max is not null and p.organization_id in (select organization_id from rounds)),
    within as (
      select rounds.*, row_number() over (partition by organization_id order by round, turn, nth) as of_organization from rounds),
    candidates as (
      select id, turn, nth, round, case when is_suspect then
        row_number() over (partition by is_suspect order by round, turn, nth) end as suspect
      from within left join plan using (organization_id)
      where plan.jobs is null or of_organization <= plan.jobs),
    chosen as (
      select id, row_number() over (order by round, turn, nth)::int as place from candidates
      where suspect is null or suspect <= ${suspects}::int order by round, turn, nth limit (select slots from gate)),
    locked as materialized (
      select o.id, place from chosen join outbox o using (id) where o.state = 'ready' for update of o skip locked),
    claimed as (
      update outbox o set state = 'running', attempt = o.attempt + 1, worker_id = ${workerId}::uuid,
        lease_token = ${token}::uuid, lease_until = now() + ${leaseMs}::int * interval '1 millisecond', claimed_at = now()
      from locked where o.id = locked.id
      returning o.id, o.kind, o.payload, o.organization_id, o.key, o.attempt, o.failures, o.crashes, place,
        (extract(epoch from now() - o.run_at) * 1000)::float8 as waited_ms),
    rated as (
      insert into outbox_rate as r (key, per_ms, starts)
      select claimed.key, open.rate_ms, array_agg(now()) from claimed join open using (key)
      where open.rate_ms is not null group by claimed.key, open.rate_ms
      on conflict (key) do update set per_ms = excluded.per_ms, starts = excluded.starts || array(
        select start from unnest(r.starts) as start where start > now() - excluded.per_ms * interval '1 millisecond'))
    select * from claimed`;
}

function sharesOf(queue: QueueName): Map<string, Share> {
  const shares = jobKinds.flatMap((kind): [string, Share][] => {
    const policy = policyOf(kind);
    return policy.queue === queue && policy.share ? [[kind, policy.share]] : [];
  });
  return new Map(shares);
}
