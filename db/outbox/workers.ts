import type { Sql } from "postgres";
import { limits } from "../domain/limits.ts";

export type WorkerRow = {
  id: string;
  name: string;
  host: string;
  pid: number;
  version: string;
  browsers: readonly string[];
  slots: number;
};

/** Makes a worker known, again after somebody took it for dead. Until `holdLock` only its lease tells of its death. */
export async function registerWorker(sql: Sql, worker: WorkerRow): Promise<void> {
  const { id, name, host, pid, version, browsers, slots } = worker;
  await sql`insert into worker (id, name, host, pid, version, browsers, slots)
    values (${id}, ${name}, ${host}, ${pid}, ${version}, ${[...browsers]}::text[], ${slots})
    on conflict (id) do update set seen_at = now(), lost_at = null, lock_key = null, unlocked_at = null, idle = '{}'`;
}

/** Says that a worker takes no new jobs. */
export async function markDraining(sql: Sql, workerId: string): Promise<void> {
  await sql`update worker set draining = true, seen_at = now() where id = ${workerId}`;
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
