import type { Sql } from "postgres";

export type WorkerRow = {
  id: string;
  name: string;
  host: string;
  pid: number;
  version: string;
  browsers: readonly string[];
  slots: number;
};

/** Makes a worker known, again after somebody took it for dead. */
export async function registerWorker(sql: Sql, worker: WorkerRow): Promise<void> {
  const { id, name, host, pid, version, browsers, slots } = worker;
  await sql`insert into worker (id, name, host, pid, version, browsers, slots)
    values (${id}, ${name}, ${host}, ${pid}, ${version}, ${[...browsers]}::text[], ${slots})
    on conflict (id) do update set seen_at = now()`;
}

/** Says that a worker takes no new jobs. */
export async function markDraining(sql: Sql, workerId: string): Promise<void> {
  await sql`update worker set draining = true, seen_at = now() where id = ${workerId}`;
}

export async function removeWorker(sql: Sql, workerId: string): Promise<void> {
  await sql`delete from worker where id = ${workerId}`;
}
