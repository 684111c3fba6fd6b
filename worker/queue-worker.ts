import type { Sql } from "postgres";
import type { Db } from "../db/client.ts";
import { type JobKind, type QueueName, queueNames, queues } from "../db/domain/jobs.ts";
import { limits } from "../db/domain/limits.ts";
import type { WorkerMode } from "../db/domain/workers.ts";
import type { ClaimedJob } from "../db/outbox/claim.ts";
import { unclaim } from "../db/outbox/finish.ts";
import { exchangeOn, openPumpConnection } from "../db/outbox/pump-connection.ts";
import { MODE_CHANGED, markBusy, markIdle, WORKER_CHANNEL, wakeIdle } from "../db/outbox/wake.ts";
import {
  loseDeadWorkers,
  markDraining,
  registerWorker,
  removeWorker,
  type WorkerRow,
} from "../db/outbox/workers.ts";
import { monotonicMs } from "./clock.ts";
import { HeldJob } from "./held-job.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import type { WorkerLog, WorkerMetrics } from "./metrics.ts";
import { Pump, type RunResult } from "./pump.ts";
import { type Repeating, repeat } from "./repeat.ts";
import { within } from "./within.ts";

export type QueueWorkerOptions = {
  db: Db;
  worker: WorkerRow;
  /** Jobs at once, by queue. */
  slots: Record<QueueName, number>;
  timings: { leaseMs: number; heartbeatMs: number; sweepMs: number; pollMs: number };
  /** Does a job, until its signal asks it to stop. Never rejects. */
  run: (held: HeldJob) => Promise<RunResult>;
  /** How many more jobs of a queue may be claimed now, whatever slots are free; default: as many as there are slots. */
  admits?: (queue: QueueName) => number;
  /** It has been told to drain and has nothing left. May be called again. */
  onDrained?: () => void;
  /** Takes jobs from workers whose lease has ended. @returns how many. */
  rescue: () => Promise<number>;
  /** Any other hint that is sent to this worker. */
  onHint?: (payload: string) => void;
  metrics: WorkerMetrics;
  log: WorkerLog;
};

const farewellMs = 2_000;

/**
 * A worker as the outbox sees it: registered, alive, claiming from every queue, completing what is done, taking over from
 * who died. What its jobs are is nothing to it.
 */
export class QueueWorker {
  readonly #options: QueueWorkerOptions;
  readonly #keeper: LeaseKeeper;
  /** The pumps' own connection. */
  readonly #sql: Sql;
  readonly #pumps: ReadonlyMap<QueueName, Pump>;
  readonly #heldByKind = new Map<JobKind, number>();
  #sweeping: Repeating | null = null;
  #unlisten: (() => Promise<unknown>) | null = null;
  #isStopping = false;
  /** What this worker has been told to do. */
  #mode: WorkerMode = "active";

  constructor(options: QueueWorkerOptions) {
    const { db, worker, timings, log } = options;
    this.#options = options;
    this.#sql = openPumpConnection(db.address);
    this.#pumps = new Map(queueNames.map((queue) => [queue, this.#pump(queue)]));
    this.#keeper = new LeaseKeeper({
      address: db.address,
      workerId: worker.id,
      leaseMs: timings.leaseMs,
      heartbeatMs: timings.heartbeatMs,
      knows: (jobId) => [...this.#pumps.values()].some((pump) => pump.knows(jobId)),
      giveBack: (leases) => unclaim(db.sql, leases),
      onMode: (mode) => this.#obey(mode),
      onUnknown: () => registerWorker(db.sql, worker, this.#mode),
      log,
    });
  }

  /** To be called when the worker is registered. */
  start(): void {
    const { db, timings, log } = this.#options;
    this.#keeper.start().then(() => {
      if (!this.#isStopping) for (const pump of this.#pumps.values()) pump.start();
    });
    if (db.address.isPooled)
      log.info({ event: "polling-only", reason: "the database is behind a pooler", ms: timings.pollMs });
    else this.#listen(db).catch((error: unknown) => log.warn({ event: "listen-failed", error }));
    this.#sweeping = repeat("sweep", timings.sweepMs, log, () => this.#sweep());
  }

  get mode(): WorkerMode {
    return this.#mode;
  }

  /** Hears at once what it has been told, where somebody knows that this is news. */
  askMode(): void {
    this.#keeper.beatSoon();
  }

  /** Jobs that run now. */
  get held(): HeldJob[] {
    return this.#keeper.jobs;
  }

  /** Claims and begins nothing more, and says so; what runs goes on. Bounded. */
  async quiet(): Promise<void> {
    const { db, worker } = this.#options;
    this.#isStopping = true;
    const draining = this.#say(() => markDraining(db.sql, worker.id));
    await this.#say(() => Promise.all([...this.#pumps.values(), this.#sweeping].map((part) => part?.stop())));
    await draining;
  }

  /** Whether all that ran has ended, and its completion was taken, within so long. To be asked after `quiet`. */
  async endsWithin(ms: number): Promise<boolean> {
    return within(ms, Promise.all([...this.#pumps.values()].map((pump) => pump.idle()))).then(
      () => true,
      () => false,
    );
  }

  /** Leaves. What it still holds is left to whoever finds it gone. Bounded. */
  async stop(): Promise<void> {
    const { db, worker } = this.#options;
    await this.#say(() => Promise.all([...this.#pumps.values()].map((pump) => pump.close())));
    await this.#say(async () => this.#unlisten?.());
    await this.#say(() => removeWorker(db.sql, worker.id));
    await this.#keeper.stop();
    await this.#sql.end({ timeout: 1 });
  }

  #pump(queue: QueueName): Pump {
    const { db, slots, timings, worker, metrics, log, admits } = this.#options;
    const sql = this.#sql;
    const { browsers } = worker;
    const shared = { workerId: worker.id, queue, leaseMs: timings.leaseMs, browsers };
    return new Pump({
      slots: queues[queue].needsBrowser && browsers.length === 0 ? 0 : slots[queue],
      ...(admits ? { admits: () => admits(queue) } : {}),
      pollMs: timings.pollMs,
      prefetchMs: queues[queue].mayPrefetch ? limits.prefetchMs : 0,
      exchange: (ended, ask) => exchangeOn(sql, { ...shared, ended, ...ask }),
      run: (job, claimedAt) => this.#run(job, claimedAt),
      onCompleted: ({ jobId, kind }, isAccepted) => {
        metrics.ended(kind, isAccepted ? "done" : "lost");
        log.info({ event: "job", jobId, kind, how: isAccepted ? "done" : "lost" });
      },
      giveBack: (jobs) => unclaim(sql, jobs),
      // Behind a pooler it can't be woken, and nobody need try.
      sayIdle: async () => !db.address.isPooled && markIdle(sql, worker.id, queue),
      sayBusy: () => markBusy(sql, worker.id, queue),
      wakeNext: () => wakeIdle(sql, queue),
      log,
    });
  }

  async #run(job: ClaimedJob, claimedAt: number): Promise<RunResult> {
    const { metrics, run, timings } = this.#options;
    const held = new HeldJob(job, claimedAt, timings.leaseMs);
    this.#keeper.add(held);
    metrics.claimed(job.kind, job.waitedMs);
    this.#countHeld(job.kind, 1);
    const begunAt = monotonicMs();
    try {
      return await run(held);
    } finally {
      this.#keeper.delete(held);
      this.#countHeld(job.kind, -1);
      metrics.ran(job.kind, monotonicMs() - begunAt);
    }
  }

  #countHeld(kind: JobKind, more: number): void {
    const count = (this.#heldByKind.get(kind) ?? 0) + more;
    this.#heldByKind.set(kind, count);
    this.#options.metrics.holding(kind, count);
  }

  async #sweep(): Promise<void> {
    const { db, rescue } = this.#options;
    if (!db.address.isPooled) await loseDeadWorkers(db.sql);
    // In which queue they were does not matter: to look costs little.
    if ((await rescue()) > 0) this.#wake();
  }

  #wake(): void {
    for (const pump of this.#pumps.values()) pump.wake();
  }

  /** On a connection of its own, which opens again by itself; hints that were missed meanwhile are made up by asking. */
  async #listen(db: Db): Promise<void> {
    const { unlisten } = await db.sql.listen(
      `${WORKER_CHANNEL}${this.#options.worker.id}`,
      (payload) => this.#heard(payload),
      () => this.#wake(),
    );
    if (this.#isStopping) await unlisten();
    else this.#unlisten = unlisten;
  }

  /** Does what this worker has been told, which it hears with each heartbeat. */
  #obey(mode: WorkerMode): void {
    const { log, onDrained } = this.#options;
    const pumps = [...this.#pumps.values()];
    if (mode !== this.#mode) {
      log.info({ event: "mode-changed", from: this.#mode, to: mode });
      this.#mode = mode;
      for (const pump of pumps) {
        if (mode === "active") pump.resume();
        else void pump.quiet();
      }
    }
    if (mode === "draining" && !this.#isStopping && pumps.every((pump) => pump.isEmpty)) onDrained?.();
  }

  /** A queue that has something to claim, that this worker's mode was changed, or a job that was cancelled. */
  #heard(payload: string): void {
    const pump = this.#pumps.get(payload as QueueName);
    if (pump) pump.wake();
    else if (payload === MODE_CHANGED) this.#keeper.beatSoon();
    else {
      this.#keeper.checkSoon(payload);
      this.#options.onHint?.(payload);
    }
  }

  /** What is good to say on leaving but must not hold us up: a database that is away forgets us by the clock. */
  async #say(work: () => Promise<unknown>): Promise<void> {
    await within(farewellMs, work()).catch((error: unknown) => {
      this.#options.log.warn({ event: "farewell-failed", error });
    });
  }
}
