import type { Sql } from "postgres";
import type { QueueName } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { WorkerMode, WorkerRefusal } from "../domain/workers.ts";

export type WorkerRow = {
  id: string;
  name: string;
  host: string;
  pid: number;
  version: string;
  browsers: readonly string[];
  slots: number;
};

/**
 * Makes a worker known, again after somebody took it for dead. Until `holdLock` only its lease tells of its death. What it
 * has been told to do stays; where its row is gone it says itself what that was.
 */
export async function registerWorker(
  sql: Sql,
  worker: WorkerRow,
  mode: WorkerMode = "active",
): Promise<void> {
  const { id, name, host, pid, version, browsers, slots } = worker;
  await sql`insert into worker (id, name, host, pid, version, browsers, slots, mode)
    values (${id}, ${name}, ${host}, ${pid}, ${version}, ${[...browsers]}::text[], ${slots}, ${mode})
    on conflict (id) do update set seen_at = now(), lost_at = null, lock_key = null, unlocked_at = null, idle = '{}'`;
}

/** Says that a worker takes no new jobs. */
export async function markDraining(sql: Sql, workerId: string): Promise<void> {
  await sql`update worker set draining = true, seen_at = now() where id = ${workerId}`;
}

/** How a worker is: of its machine, or what it may use of that, and what it has done since it started. */
export type WorkerFigures = {
  memoryBytes: number;
  memoryFreeBytes: number;
  /** Processes that want to run, for each core; 1: all cores are busy. */
  load: number;
  /** Jobs that it ended; of executions: tries in which the test failed, in which something of ours did. */
  processed: number;
  failed: number;
  faults: number;
};

/** What a worker does not claim by its own finding, and why. */
export type Refusal = { of: WorkerRefusal; why: string | null };

/** Writes down how a worker is, and what it refuses: for that nobody needs to wake it. */
export async function reportFigures(
  sql: Sql,
  workerId: string,
  figures: WorkerFigures,
  refusal: Refusal,
): Promise<void> {
  const { memoryBytes, memoryFreeBytes, load, processed, failed, faults } = figures;
  await sql`update worker set memory_bytes = ${memoryBytes}, memory_free_bytes = ${memoryFreeBytes}, load = ${load},
    processed = ${processed}, failed = ${failed}, faults = ${faults}, refuses = ${refusal.of},
    refusal = ${refusal.why}, idle = case ${refusal.of} when 'everything' then '{}'
      when 'executions' then array_remove(idle, ${"browser" satisfies QueueName}) else idle end
    where id = ${workerId}`;
}

export async function removeWorker(sql: Sql, workerId: string): Promise<void> {
  await sql`delete from worker where id = ${workerId}`;
}

/**
 * Takes the worker's lock for as long as this session lasts. When its process dies, the kernel closes the socket and the lock
 * is free, which others see. To be called anew after every connect and every registration, on a connection of its own.
 */
export async function holdLock(session: Sql, workerId: string): Promise<void> {
  // Others who look whether it is free have it for a moment.
  await session`select pg_advisory_lock(${lockKeyOf(workerId)}::bigint)`;
  await session`update worker set lock_key = ${lockKeyOf(workerId)}, unlocked_at = null where id = ${workerId}`;
}

/** The last 64 bits of its id, which are chance but for two. */
function lockKeyOf(workerId: string): string {
  return BigInt.asIntN(64, BigInt(`0x${workerId.replaceAll("-", "").slice(16)}`)).toString();
}

/**
 * Finds workers whose lock has been free for a moment, ends the leases of all they held, and marks them as lost. A worker
 * that only lost its connection has its lock back by then; after a start of the server all get more time.
 * @returns how many were found.
 */
export async function loseDeadWorkers(sql: Sql): Promise<number> {
  const [row] = await sql<{ workers: number }[]>`
    with seen as materialized (
      -- Shared, so that several who look at once do not see each other; given back with the end of the statement.
      select id, unlocked_at, pg_try_advisory_xact_lock_shared(lock_key) as is_free
      from worker where lock_key is not null and lost_at is null),
    judged as materialized (
      select id, is_free, unlocked_at, is_free and unlocked_at < now() - ${limits.unlockedMs} * interval '1 millisecond'
        and pg_postmaster_start_time() < now() - ${limits.reconnectMs} * interval '1 millisecond' as is_dead from seen),
    noted as (
      update worker w set unlocked_at = case when j.is_free then coalesce(j.unlocked_at, now()) end,
        lost_at = case when j.is_dead then now() end
      from judged j where w.id = j.id and (j.is_dead or j.is_free <> (j.unlocked_at is not null))
      returning w.id, j.is_dead),
    ended as (
      update outbox o set lease_until = now() - interval '1 millisecond' from noted
      where noted.is_dead and o.worker_id = noted.id and o.state = 'running')
    select count(*) filter (where is_dead)::int as workers from noted`;
  return row?.workers ?? 0;
}
