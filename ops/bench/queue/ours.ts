import { sql } from "drizzle-orm";
import { type Db, openDb } from "../../../db/client.ts";
import { newId } from "../../../db/domain/ids.ts";
import { migrate } from "../../../db/migrate.ts";
import { registerWorker } from "../../../db/outbox/workers.ts";
import { enqueue, enqueueMany, type NewJob } from "../../../db/outbox.ts";
import { noLog, noMetrics } from "../../../worker/metrics.ts";
import { QueueWorker } from "../../../worker/queue-worker.ts";
import { sweepLeases } from "../../../worker/rescue.ts";
import type { Contender, Place } from "./contender.ts";
import { producers } from "./contender.ts";

const job: NewJob = { kind: "housekeeping", payload: {}, organizationId: null };
const timings = { leaseMs: 15_000, heartbeatMs: 5_000, sweepMs: 500, pollMs: 1_000 };

export type Ours = Contender & {
  /** The same transaction as `rowAndJob` without the job. */
  rowOnly(): Promise<void>;
};

/** What there is besides the jobs that are measured. */
export type Load = { history: number; waiting: number };

const nothing: Load = { history: 0, waiting: 0 };

/** The product's own outbox and its queue worker, with all that they do in production. */
export function ours({ url }: Place, load: Load = nothing): Ours {
  let db: Db;
  const row = (n: number) => sql`insert into bench_row (n) values (${n})`;
  return {
    name: nameOf(load),
    configuration: "as the product runs it: one worker, adaptive prefetch, heartbeats, lock and sweeps on",
    async open() {
      await migrate(url, null);
      db = openDb({ url, connectionsMax: producers, name: "bench-ours" });
      await db.sql`create table if not exists bench_row (id bigint generated always as identity primary key, n int)`;
    },
    async enqueueBulk(jobs) {
      await db.orm.transaction((tx) =>
        enqueueMany(
          tx,
          Array.from({ length: jobs }, () => job),
        ),
      );
    },
    async enqueueOne() {
      await db.orm.transaction((tx) => enqueue(tx, job));
    },
    async rowAndJob() {
      await db.orm.transaction((tx) => Promise.all([tx.execute(row(1)), enqueue(tx, job)]));
    },
    async rowOnly() {
      await db.orm.transaction(async (tx) => {
        await tx.execute(row(1));
      });
    },
    work: (concurrency, onJob) => workOn(db, concurrency, async () => onJob()),
    async empty() {
      await db.sql`truncate outbox`;
      if (load.history === 0) await db.sql`truncate outbox_done`;
      await fill(db, load);
      await db.sql`vacuum analyze outbox`;
    },
    close: () => db.close(),
  };
}

function nameOf({ history, waiting }: Load): string {
  if (history > 0) return `ours with ${history.toLocaleString("en")} finished`;
  return waiting > 0 ? `ours with ${waiting.toLocaleString("en")} waiting` : "ours";
}

async function fill(db: Db, { history, waiting }: Load): Promise<void> {
  await db.sql`insert into outbox_done (id, kind, outcome, priority, payload, attempt, failures, crashes, interruptions,
      run_at, created_at, finished_at)
    select gen_random_uuid(), 'housekeeping', 'done', 100, '{}', 1, 0, 0, 0, now(), now(), now()
    from generate_series(1, ${history} - (select count(*) from outbox_done)::int)`;
  // Behind those that are measured.
  await db.sql`insert into outbox (id, kind, queue, state, priority, payload)
    select gen_random_uuid(), 'housekeeping', 'light', 'ready', 250, '{}' from generate_series(1, ${waiting}::int)`;
}

/** A worker in this process; `run` is what its jobs do. */
export async function workOn(
  db: Db,
  concurrency: number,
  run: () => Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  const row = { name: "bench", host: "here", pid: process.pid, version: "0", browsers: [], slots: 1 };
  const worker = { id: newId(), ...row };
  await registerWorker(db.sql, worker);
  const ctx = () => {
    throw new Error("these jobs are nobody's");
  };
  const queueWorker = new QueueWorker({
    db,
    worker,
    slots: { browser: 1, light: concurrency, media: 0 },
    timings,
    run: async () => {
      await run();
      return "done";
    },
    rescue: () => sweepLeases({ db, ctx, metrics: noMetrics, log: noLog }),
    metrics: noMetrics,
    log: noLog,
  });
  queueWorker.start();
  return {
    async stop() {
      await queueWorker.quiet();
      await queueWorker.endsWithin(10_000);
      await queueWorker.stop();
    },
  };
}
