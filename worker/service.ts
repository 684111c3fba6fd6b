import { availableParallelism, hostname } from "node:os";
import type { Sql } from "postgres";
import type { BlobStore } from "../db/blobs.ts";
import type { Db } from "../db/client.ts";
import { newId } from "../db/domain/ids.ts";
import { type JobKind, type QueueName, queueNames, queues } from "../db/domain/jobs.ts";
import { limits } from "../db/domain/limits.ts";
import { type ClaimedJob, waitingJobs } from "../db/outbox/claim.ts";
import { unclaim } from "../db/outbox/finish.ts";
import { exchangeOn, openPumpConnection } from "../db/outbox/pump-connection.ts";
import { markIdle, WORKER_CHANNEL, wakeIdle } from "../db/outbox/wake.ts";
import { loseDeadWorkers, markDraining, registerWorker, removeWorker } from "../db/outbox/workers.ts";
import type { Ctx } from "../db/services/context.ts";
import type { SecretKeys } from "../db/services/secrets.ts";
import { Pump, type RunResult } from "./claim.ts";
import { withDatabase } from "./database-retry.ts";
import { runJob } from "./dispatch.ts";
import { HeldJob } from "./held-job.ts";
import type { JobServices } from "./job-handler.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { noLog, noMetrics, type WorkerLog, type WorkerMetrics } from "./metrics.ts";
import { BrowserPool } from "./pool.ts";
import { type Repeating, repeat } from "./repeat.ts";
import { sweepLeases } from "./rescue.ts";
import { openRunFolder, type RunFolder, sweepRunFolders } from "./run-folder.ts";
import { enqueueDue } from "./scheduler.ts";
import { within } from "./within.ts";

export type WorkerTimings = {
  leaseMs: number;
  heartbeatMs: number;
  sweepMs: number;
  pollMs: number;
  /** What attempts have to end by themselves when the worker is asked to stop. */
  graceMs: number;
};

export type WorkerOptions = {
  db: Db;
  blobs: BlobStore;
  keys: SecretKeys | null;
  /** Shown in lists and events. */
  name: string;
  version: string;
  /** Jobs at once. */
  slots: number;
  /** The data folder: profiles of browsers and the names of their processes are below it. */
  home: string;
  /** Null: executions that this worker gets end with an error that says what is missing. */
  browser: { executablePath: string; sandbox: boolean } | null;
  timings?: Partial<WorkerTimings>;
  log?: WorkerLog;
  metrics?: WorkerMetrics;
  /** The file that a test puts in the place of the thread that drives browsers. */
  threadFile?: string;
};

const defaultTimings: WorkerTimings = {
  leaseMs: limits.leaseMs,
  heartbeatMs: limits.heartbeatMs,
  sweepMs: limits.sweepMs,
  pollMs: limits.pollMs,
  graceMs: 6_000,
};
const scheduleMs = 60_000;
const figuresMs = 5_000;
/** After the grace: what interrupting, handing back and closing may take. */
const interruptMsMax = 12_000;
const farewellMs = 2_000;

export type WorkerService = {
  id: string;
  /** Browsers that run now. */
  browsers(): number;
  /**
   * Claims nothing more, lets attempts end within the grace, hands the others back uncounted, closes browsers. May be called
   * again.
   */
  stop(): Promise<void>;
};

/**
 * A worker: claims jobs and does them until it is stopped. Several may run in one process.
 * @throws when the data folder can't be written or the database does not answer for a minute.
 */
export async function startWorker(options: WorkerOptions): Promise<WorkerService> {
  const { db, home, slots, log = noLog, metrics = noMetrics, threadFile } = options;
  const id = newId();
  const swept = await sweepRunFolders(home);
  if (swept.folders > 0) log.warn({ event: "leftovers-swept", ...swept });
  const folder = await openRunFolder(home, id);
  try {
    await withDatabase(new AbortController().signal, () => registerWorker(db.sql, rowOf(options, id)));
  } catch (error) {
    await folder.remove();
    throw error;
  }
  const pool = new BrowserPool({
    threads: availableParallelism(),
    attemptsMax: slots,
    folder,
    metrics,
    log,
    threadFile,
  });
  const worker = new Worker(id, options, folder, pool);
  worker.start();
  let stopped: Promise<void> | null = null;
  return {
    id,
    browsers: () => pool.browsers,
    stop() {
      stopped ??= worker.stop();
      return stopped;
    },
  };
}

class Worker {
  readonly #id: string;
  readonly #options: WorkerOptions;
  readonly #timings: WorkerTimings;
  readonly #folder: RunFolder;
  readonly #services: JobServices;
  readonly #keeper: LeaseKeeper;
  /** The pumps' own connection. */
  readonly #sql: Sql;
  readonly #pumps: ReadonlyMap<QueueName, Pump>;
  #repeating: Repeating[] = [];
  #unlisten: (() => Promise<unknown>) | null = null;
  readonly #heldByKind = new Map<JobKind, number>();
  #isStopping = false;

  constructor(id: string, options: WorkerOptions, folder: RunFolder, pool: BrowserPool) {
    const { db, keys, log = noLog, metrics = noMetrics } = options;
    this.#id = id;
    this.#options = options;
    this.#timings = { ...defaultTimings, ...options.timings };
    this.#folder = folder;
    const { leaseMs, heartbeatMs } = this.#timings;
    const ctx = (organizationId: string | null): Ctx => ({
      db,
      keys,
      actor: { kind: "system", name: `worker ${options.name}`, organizationId },
      now: () => new Date(),
      requestId: null,
      address: null,
      userAgent: null,
    });
    const worker = { id, name: options.name };
    const browser = options.browser && { ...options.browser, profilesDirectory: folder.profilesDirectory };
    this.#services = { db, blobs: options.blobs, pool, worker, browser, ctx, metrics, log };
    this.#sql = openPumpConnection(db.address);
    this.#pumps = new Map(queueNames.map((queue) => [queue, this.#pump(queue)]));
    this.#keeper = new LeaseKeeper({
      address: db.address,
      workerId: id,
      leaseMs,
      heartbeatMs,
      knows: (jobId) => [...this.#pumps.values()].some((pump) => pump.knows(jobId)),
      giveBack: (leases) => unclaim(db.sql, leases),
      onUnknown: () => registerWorker(db.sql, rowOf(options, id)),
      log,
    });
  }

  start(): void {
    const { db } = this.#options;
    const { log, metrics } = this.#services;
    this.#keeper.start().then(() => {
      if (!this.#isStopping) for (const pump of this.#pumps.values()) pump.start();
    });
    if (db.address.isPooled) log.info({ event: "polling-only", reason: "the database is behind a pooler" });
    else this.#listen(db).catch((error: unknown) => log.warn({ event: "listen-failed", error }));
    this.#repeating = [
      repeat("sweep", this.#timings.sweepMs, log, () => this.#sweep()),
      repeat("figures", figuresMs, log, async () => {
        for (const [kind, jobs] of await waitingJobs(db.sql)) metrics.waiting(kind, jobs);
        metrics.browsers(this.#services.pool.browsers);
      }),
      repeat("schedule", scheduleMs, log, () => enqueueDue(this.#services)),
    ];
    log.info({ event: "worker-started", workerId: this.#id, slots: this.#options.slots });
  }

  async stop(): Promise<void> {
    const { db } = this.#options;
    const { log, pool } = this.#services;
    const pumps = [...this.#pumps.values()];
    this.#isStopping = true;
    const draining = this.#say(() => markDraining(db.sql, this.#id));
    await this.#say(() => Promise.all([...pumps, ...this.#repeating].map((part) => part.stop())));
    await draining;
    const hasEnded = await this.#endsWithin(this.#timings.graceMs);
    if (!hasEnded) {
      for (const held of this.#keeper.jobs) held.stop({ kind: "interrupted", message: "the worker stops" });
      if (!(await this.#endsWithin(interruptMsMax))) log.error({ event: "stopped-with-jobs" });
    }
    await pool.close();
    await this.#say(() => Promise.all(pumps.map((pump) => pump.close())));
    await this.#say(async () => this.#unlisten?.());
    await this.#say(() => removeWorker(db.sql, this.#id));
    await this.#keeper.stop();
    await this.#sql.end({ timeout: 1 });
    await this.#folder.remove();
    log.info({ event: "worker-stopped", workerId: this.#id });
  }

  #pump(queue: QueueName): Pump {
    const { slots } = this.#options;
    const { pollMs, leaseMs } = this.#timings;
    const { log, metrics } = this.#services;
    const sql = this.#sql;
    const workerId = this.#id;
    return new Pump({
      slots: queue === "browser" ? slots : limits.lightJobsMax,
      pollMs,
      prefetchMs: queues[queue].mayPrefetch ? limits.prefetchMs : 0,
      exchange: (ended, ask) => exchangeOn(sql, { workerId, queue, leaseMs, ended, ...ask }),
      run: (job, claimedAt) => this.#run(job, claimedAt),
      onCompleted: ({ jobId, kind }, isAccepted) => {
        metrics.ended(kind, isAccepted ? "done" : "lost");
        log.info({ event: "job", jobId, kind, how: isAccepted ? "done" : "lost" });
      },
      giveBack: (jobs) => unclaim(sql, jobs),
      sayIdle: () => markIdle(sql, workerId, queue),
      wakeNext: () => wakeIdle(sql, queue),
      log,
    });
  }

  async #run(job: ClaimedJob, claimedAt: number): Promise<RunResult> {
    const { metrics } = this.#services;
    const held = new HeldJob(job, claimedAt, this.#timings.leaseMs);
    this.#keeper.add(held);
    metrics.claimed(job.kind, job.waitedMs);
    this.#countHeld(job.kind, 1);
    try {
      return await runJob(this.#services, held);
    } finally {
      this.#keeper.delete(held);
      this.#countHeld(job.kind, -1);
    }
  }

  #countHeld(kind: JobKind, more: number): void {
    const count = (this.#heldByKind.get(kind) ?? 0) + more;
    this.#heldByKind.set(kind, count);
    this.#services.metrics.holding(kind, count);
  }

  async #sweep(): Promise<void> {
    const { db } = this.#options;
    if (!db.address.isPooled) await loseDeadWorkers(db.sql);
    // What was freed is claimed by whoever is idle; we do not know in which queue it was.
    if ((await sweepLeases(this.#services)) > 0) this.#wake();
  }

  #wake(): void {
    for (const pump of this.#pumps.values()) pump.wake();
  }

  /** On a connection of its own, which opens again by itself; hints that were missed meanwhile are made up by asking. */
  async #listen(db: Db): Promise<void> {
    const { unlisten } = await db.sql.listen(
      `${WORKER_CHANNEL}${this.#id}`,
      (payload) => (payload === "" ? this.#wake() : this.#keeper.checkSoon(payload)),
      () => this.#wake(),
    );
    if (this.#isStopping) await unlisten();
    else this.#unlisten = unlisten;
  }

  async #endsWithin(ms: number): Promise<boolean> {
    return within(ms, Promise.all([...this.#pumps.values()].map((pump) => pump.idle()))).then(
      () => true,
      () => false,
    );
  }

  /** What is good to say on leaving but must not hold us up: a database that is away forgets us by the clock. */
  async #say(work: () => Promise<unknown>): Promise<void> {
    await within(farewellMs, work()).catch((error: unknown) => {
      this.#services.log.warn({ event: "farewell-failed", error });
    });
  }
}

function rowOf({ name, version, browser, slots }: WorkerOptions, id: string) {
  const browsers = browser ? ["chromium"] : [];
  return { id, name, host: hostname(), pid: process.pid, version, browsers, slots };
}
