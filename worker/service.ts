import { availableParallelism, hostname } from "node:os";
import type { BlobStore } from "../db/blobs.ts";
import type { Db } from "../db/client.ts";
import { newId } from "../db/domain/ids.ts";
import { limits } from "../db/domain/limits.ts";
import { waitingJobs } from "../db/outbox/claim.ts";
import { registerWorker } from "../db/outbox/workers.ts";
import type { Ctx } from "../db/services/context.ts";
import { executionOfHint } from "../db/services/live-view.ts";
import type { SecretKeys } from "../db/services/secrets.ts";
import { withDatabase } from "./database-retry.ts";
import { runJob } from "./dispatch.ts";
import type { JobServices } from "./job-handler.ts";
import { LiveSessions, type LiveTimings } from "./live-session.ts";
import { noLog, noMetrics, type WorkerLog, type WorkerMetrics } from "./metrics.ts";
import { BrowserPool } from "./pool.ts";
import { QueueWorker } from "./queue-worker.ts";
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
  /** Of watching and holding; for tests. */
  liveTimings?: Partial<LiveTimings>;
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
  readonly #options: WorkerOptions;
  readonly #graceMs: number;
  readonly #folder: RunFolder;
  readonly #services: JobServices;
  readonly #queue: QueueWorker;
  #repeating: Repeating[] = [];

  constructor(id: string, options: WorkerOptions, folder: RunFolder, pool: BrowserPool) {
    const { db, keys, slots, log = noLog, metrics = noMetrics } = options;
    const timings = { ...defaultTimings, ...options.timings };
    this.#options = options;
    this.#graceMs = timings.graceMs;
    this.#folder = folder;
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
    const live = new LiveSessions(options.liveTimings);
    this.#services = { db, blobs: options.blobs, pool, live, worker, browser, ctx, metrics, log };
    this.#queue = new QueueWorker({
      db,
      worker: rowOf(options, id),
      slots: { browser: slots, light: limits.lightJobsMax },
      timings,
      run: (held) => runJob(this.#services, held),
      rescue: () => sweepLeases(this.#services),
      onHint: (payload) => live.hint(executionOfHint(payload) ?? ""),
      metrics,
      log,
    });
  }

  start(): void {
    const { log } = this.#services;
    this.#queue.start();
    this.#repeating = [
      repeat("figures", figuresMs, log, () => this.#count()),
      repeat("schedule", scheduleMs, log, () => enqueueDue(this.#services)),
    ];
    log.info({ event: "worker-started", workerId: this.#services.worker.id, slots: this.#options.slots });
  }

  async stop(): Promise<void> {
    const { log, pool, worker } = this.#services;
    await this.#queue.quiet();
    const hasEnded = await this.#queue.endsWithin(this.#graceMs);
    if (!hasEnded) {
      for (const held of this.#queue.held) held.stop({ kind: "interrupted", message: "the worker stops" });
      if (!(await this.#queue.endsWithin(interruptMsMax))) log.error({ event: "stopped-with-jobs" });
    }
    const repeating = Promise.all(this.#repeating.map((part) => part.stop()));
    await within(farewellMs, repeating).catch((error: unknown) =>
      log.warn({ event: "farewell-failed", error }),
    );
    await pool.close();
    await this.#queue.stop();
    await this.#folder.remove();
    log.info({ event: "worker-stopped", workerId: worker.id });
  }

  async #count(): Promise<void> {
    const { db, metrics, pool } = this.#services;
    for (const [kind, jobs] of await waitingJobs(db.sql)) metrics.waiting(kind, jobs);
    metrics.browsers(pool.browsers);
  }
}

function rowOf({ name, version, browser, slots }: WorkerOptions, id: string) {
  const browsers = browser ? ["chromium"] : [];
  return { id, name, host: hostname(), pid: process.pid, version, browsers, slots };
}
