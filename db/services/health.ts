import type { Db } from "../client.ts";
import { messageOf } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";

export type DatabaseHealth = { status: "up" | "down"; ms: number; error: string | null };

export type QueueHealth = {
  status: "up" | "down";
  ready: number;
  scheduled: number;
  running: number;
  /** For how long the oldest ready job has been waiting; null when none is. */
  oldestReadyMs: number | null;
  /** Workers that have given a sign of life within a lease. */
  workers: number;
};

const CHECK_MS = 2_000;

/** Answers within two seconds, whatever the database does. `error` is for administrators only. */
export async function checkDatabase(db: Pick<Db, "sql">): Promise<DatabaseHealth> {
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  try {
    await within(CHECK_MS, db.sql`select 1`);
    return { status: "up", ms: ms(), error: null };
  } catch (error) {
    return { status: "down", ms: ms(), error: messageOf(error) };
  }
}

/** What waits and who works. `down` when jobs wait and nobody is there to take them. */
export async function queueHealth(db: Pick<Db, "sql">): Promise<QueueHealth> {
  const query = db.sql<
    { ready: number; scheduled: number; running: number; oldest: number | null; workers: number }[]
  >`
    select count(*) filter (where state = 'ready')::int as ready,
      count(*) filter (where state = 'scheduled')::int as scheduled,
      count(*) filter (where state = 'running')::int as running,
      (extract(epoch from now() - min(run_at) filter (where state = 'ready')) * 1000)::float8 as oldest,
      (select count(*)::int from worker
        where lost_at is null and seen_at > now() - ${limits.leaseMs} * interval '1 millisecond') as workers
    from outbox`;
  const [row] = await within(CHECK_MS, query);
  if (!row) throw new Error("the count of jobs answered no row");
  const { ready, scheduled, running, oldest, workers } = row;
  const status = ready > 0 && workers === 0 ? "down" : "up";
  return {
    status,
    ready,
    scheduled,
    running,
    oldestReadyMs: oldest === null ? null : Math.max(0, Math.round(oldest)),
    workers,
  };
}

async function within<T>(ms: number, query: PromiseLike<T> & { cancel(): void }): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      query.cancel();
      reject(new Error(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([query, late]);
  } finally {
    clearTimeout(timer);
  }
}
