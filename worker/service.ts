import { availableParallelism, hostname } from "node:os";
import type { BlobStore } from "../db/blobs.ts";
import type { Db } from "../db/client.ts";
import { newId } from "../db/domain/ids.ts";
import { jobKinds } from "../db/domain/jobs.ts";
import { limits } from "../db/domain/limits.ts";
import { type ClaimedJob, claim, waitingJobs } from "../db/outbox/claim.ts";
import { release } from "../db/outbox/finish.ts";
import { markDraining, registerWorker, removeWorker } from "../db/outbox/workers.ts";
import { JOBS_CHANNEL } from "../db/outbox.ts";
import type { Ctx } from "../db/services/context.ts";
import type { SecretKeys } from "../db/services/secrets.ts";
import { ClaimLoop } from "./claim.ts";
import { withDatabase } from "./database-retry.ts";
import { runJob } from "./dispatch.ts";
import { HeldJob } from "./held-job.ts";
import type { JobServices } from "./job-handler.ts";
import { LeaseKeeper, within } from "./lease-keeper.ts";
import { noLog, noMetrics, type WorkerLog, type WorkerMetrics } from "./metrics.ts";
import { BrowserPool } from "./pool.ts";
import { type Repeating, repeat } from "./repeat.ts";
import { sweepLeases } from "./rescue.ts";
import { openRunFolder, type RunFolder, sweepRunFolders } from "./run-folder.ts";
import { enqueueDue } from "./scheduler.ts";

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
  readonly #loop: ClaimLoop;
  #repeating: Repeating[] = [];
  #unlisten: (() => Promise<unknown>) | null = null;
  #isStopping = false;

  constructor(id: string, options: WorkerOptions, folder: RunFolder, pool: BrowserPool) {
    const { db, keys, log = noLog, metrics = noMetrics, slots } = options;
    this.#id = id;
    this.#options = options;
    this.#timings = { ...defaultTimings, ...options.timings };
    this.#folder = folder;
    const { leaseMs, heartbeatMs, pollMs } = this.#timings;
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
    this.#keeper = new LeaseKeeper({
      sql: db.sql,
      workerId: id,
      leaseMs,
      heartbeatMs,
      onUnknown: () => registerWorker(db.sql, rowOf(options, id)),
      log,
    });
    this.#loop = new ClaimLoop({
      slots,
      pollMs,
      claim: (free) => claim(db.sql, { workerId: id, slots: free, kinds: jobKinds, leaseMs }),
      run: (job, claimedAt) => this.#run(job, claimedAt),
      giveBack: async (job) => {
        await release(db.orm, job);
      },
      log,
    });
  }

  start(): void {
    const { db } = this.#options;
    const { log } = this.#services;
    this.#keeper.start();
    this.#listen(db).catch((error: unknown) => log.warn({ event: "listen-failed", error }));
    this.#repeating = [
      repeat("sweep", this.#timings.sweepMs, log, () => this.#sweep()),
      repeat("schedule", scheduleMs, log, () => enqueueDue(this.#services)),
    ];
    this.#loop.start();
    log.info({ event: "worker-started", workerId: this.#id, slots: this.#options.slots });
  }

  async stop(): Promise<void> {
    const { db } = this.#options;
    const { log, pool } = this.#services;
    this.#isStopping = true;
    const draining = this.#say(() => markDraining(db.sql, this.#id));
    await this.#say(() => Promise.all([this.#loop, ...this.#repeating].map((part) => part.stop())));
    await draining;
    const hasEnded = await this.#endsWithin(this.#timings.graceMs);
    if (!hasEnded) {
      for (const held of this.#keeper.jobs) held.stop({ kind: "interrupted", message: "the worker stops" });
      if (!(await this.#endsWithin(interruptMsMax))) log.error({ event: "stopped-with-jobs" });
    }
    await pool.close();
    await this.#keeper.stop();
    await this.#say(async () => this.#unlisten?.());
    await this.#say(() => removeWorker(db.sql, this.#id));
    await this.#folder.remove();
    log.info({ event: "worker-stopped", workerId: this.#id });
  }

  async #run(job: ClaimedJob, claimedAt: number): Promise<void> {
    const { metrics } = this.#services;
    const held = new HeldJob(job, claimedAt);
    this.#keeper.add(held);
    metrics.claimed(job.kind, job.waitedMs);
    this.#countHeld(job);
    try {
      await runJob(this.#services, held);
    } finally {
      this.#keeper.delete(held);
      this.#countHeld(job);
    }
  }

  #countHeld({ kind }: ClaimedJob): void {
    const count = this.#keeper.jobs.filter(({ job }) => job.kind === kind).length;
    this.#services.metrics.holding(kind, count);
  }

  async #sweep(): Promise<void> {
    const { db, metrics, pool } = this.#services;
    if ((await sweepLeases(this.#services)) > 0) this.#loop.wake();
    for (const [kind, jobs] of await waitingJobs(db.sql)) metrics.waiting(kind, jobs);
    metrics.browsers(pool.browsers);
  }

  /** On a connection of its own, which opens again by itself; hints that were missed meanwhile are made up by asking. */
  async #listen(db: Db): Promise<void> {
    const { unlisten } = await db.sql.listen(
      JOBS_CHANNEL,
      (payload) => (payload === "" ? this.#loop.wake() : this.#keeper.checkSoon(payload)),
      () => this.#loop.wake(),
    );
    if (this.#isStopping) await unlisten();
    else this.#unlisten = unlisten;
  }

  async #endsWithin(ms: number): Promise<boolean> {
    return within(ms, this.#loop.idle()).then(
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
