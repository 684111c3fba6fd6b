import { availableParallelism, loadavg } from "node:os";
import type { BlobStore } from "../db/blobs.ts";
import type { Db } from "../db/client.ts";
import { newId } from "../db/domain/ids.ts";
import { policyOf, type QueueName, queues } from "../db/domain/jobs.ts";
import { limits } from "../db/domain/limits.ts";
import type { WorkerMode } from "../db/domain/workers.ts";
import { newestMigration } from "../db/migrate.ts";
import { findSkew, PROTOCOL, type Terms } from "../db/outbox/terms.ts";
import { type Refusal, reportFigures } from "../db/outbox/workers.ts";
import { OutsideCalls } from "../db/outside-calls.ts";
import type { Ctx } from "../db/services/context.ts";
import type { SecretKeys } from "../db/services/envelope.ts";
import { executionOfHint } from "../db/services/live-view.ts";
import { endOwnQuarantine, quarantineItself } from "../db/services/workers.ts";
import { withDatabase } from "./database-retry.ts";
import { runJob } from "./dispatch.ts";
import { EgressGateway, type GatewayOptions } from "./egress/gateway.ts";
import type { HeldJob } from "./held-job.ts";
import { type BrowserOffer, offersOf } from "./installed-browser.ts";
import { JobCounts } from "./job-counts.ts";
import type { JobServices } from "./job-handler.ts";
import { LiveSessions, type LiveTimings } from "./live-session.ts";
import { MemoryGate, readMemory } from "./memory.ts";
import { noLog, noMetrics, type WorkerLog, type WorkerMetrics } from "./metrics.ts";
import type { MailWay } from "./notify/mail-transport.ts";
import { BrowserPool } from "./pool.ts";
import { probeBrowser } from "./probe.ts";
import type { RunResult } from "./pump.ts";
import { reportQueues } from "./queue-figures.ts";
import { QueueWorker } from "./queue-worker.ts";
import { register, rowOf } from "./registration.ts";
import { type Repeating, repeat } from "./repeat.ts";
import { sweepLeases } from "./rescue.ts";
import { openRunFolder, type RunFolder, sweepRunFolders } from "./run-folder.ts";
import { enqueueDue, fireSchedules } from "./scheduler.ts";
import { Sickness } from "./sickness.ts";
import { VideoEncoder } from "./video-encoder.ts";
import { within } from "./within.ts";

export type WorkerTimings = {
  leaseMs: number;
  heartbeatMs: number;
  sweepMs: number;
  pollMs: number;
  /** After a worker took itself for sick, until it tries whether its browser starts again. */
  probeMs: number;
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
  /** Null: this worker takes no executions. */
  browser: BrowserOffer | null;
  /** Firefox, besides or instead. */
  firefox?: BrowserOffer | null;
  /** Where attempts may go; default: everywhere. */
  egress?: GatewayOptions;
  /** The way to browsers that run elsewhere; a new one when left out. */
  outside?: OutsideCalls;
  /** How mail leaves; default: it does not. */
  mail?: MailWay;
  /** Folders in which programs are looked for that make films; default: those of the environment. */
  programs?: string;
  /** How long the logs of executions are kept. */
  logDays?: number;
  /** No execution is claimed while less memory than this is free for its browser; default 0: memory is not looked at. */
  browserMemoryBytes?: number;
  timings?: Partial<WorkerTimings>;
  /** It was told to drain and has nothing left; default: it stops. May be called again. */
  onDrained?: () => void;
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
  probeMs: 60_000,
  graceMs: 6_000,
};
const scheduleMs = 60_000;
/** How late a tick of a schedule may be for want of looking. */
const ticksMs = 2_000;
const figuresMs = 5_000;
const countsMs = 2_000;
/** After the grace: what interrupting, handing back and closing may take. */
const interruptMsMax = 12_000;
const farewellMs = 2_000;

export type WorkerService = {
  id: string;
  /** Browsers that run now. */
  browsers(): number;
  /** What it has been told to do, and what it does not claim for a reason of its own. */
  state(): { mode: WorkerMode; refusal: Refusal };
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
  const { home, slots, log = noLog, metrics = noMetrics, threadFile } = options;
  const id = newId();
  const swept = await sweepRunFolders(home);
  if (swept.folders > 0) log.warn({ event: "leftovers-swept", ...swept });
  const folder = await openRunFolder(home, id);
  const terms = { schema: await newestMigration(), protocol: PROTOCOL };
  let skew: string | null = null;
  try {
    skew = await withDatabase(new AbortController().signal, () => register(options, id, terms));
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
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= worker.stop();
    return stopped;
  };
  const onDrained = options.onDrained ?? (() => void stop());
  const worker = new Worker(id, { ...options, onDrained }, { ...terms, skew }, folder, pool);
  worker.start();
  return { id, browsers: () => pool.browsers, state: () => worker.state, stop };
}

class Worker {
  readonly #options: WorkerOptions;
  readonly #graceMs: number;
  readonly #folder: RunFolder;
  readonly #services: JobServices;
  readonly #queue: QueueWorker;
  readonly #counts: JobCounts;
  readonly #terms: Terms;
  readonly #memory: MemoryGate;
  readonly #probeMs: number;
  #skew: string | null;
  /** It has quarantined itself and tries whether its browser starts again. */
  #isProbing = false;
  /** It is about to quarantine itself. */
  #isAsking = false;
  #repeating: Repeating[] = [];

  constructor(
    id: string,
    options: WorkerOptions,
    { skew, ...terms }: Terms & { skew: string | null },
    folder: RunFolder,
    pool: BrowserPool,
  ) {
    const { db, keys, slots, logDays = limits.logDays, log = noLog } = options;
    this.#counts = new JobCounts(db.sql);
    const metrics = this.#counts.beside(options.metrics ?? noMetrics);
    const timings = { ...defaultTimings, ...options.timings };
    this.#options = options;
    this.#graceMs = timings.graceMs;
    this.#probeMs = timings.probeMs;
    this.#folder = folder;
    this.#terms = terms;
    this.#skew = skew;
    this.#memory = new MemoryGate(
      offersOf(options).every(([, offer]) => offer.endpoint !== undefined)
        ? 0
        : (options.browserMemoryBytes ?? 0),
    );
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
    const { profilesDirectory } = folder;
    const isHeld = options.egress?.mode === "deny-private";
    const browsers = Object.fromEntries(
      offersOf(options).map(([name, offer]) => [name, { name, ...offer, isHeld, profilesDirectory }]),
    );
    const sickness = new Sickness();
    const live = new LiveSessions(options.liveTimings);
    this.#services = {
      db,
      blobs: options.blobs,
      pool,
      live,
      worker,
      browsers,
      outside: options.outside ?? new OutsideCalls(),
      mail: options.mail ?? { transport: null, publicUrl: "http://localhost:3000" },
      egress: new EgressGateway(options.egress ?? { mode: "open" }),
      encoder: new VideoEncoder(folder, options.programs ?? process.env.PATH ?? ""),
      ctx,
      logDays,
      metrics,
      sickness,
      log,
    };
    this.#queue = new QueueWorker({
      db,
      worker: rowOf(options, id),
      slots: { browser: slots, light: limits.lightJobsMax, media: limits.mediaJobsMax },
      timings,
      run: (held) => this.#run(held),
      admits: (queue) => this.#admits(queue),
      ...(options.onDrained ? { onDrained: options.onDrained } : {}),
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
      repeat("figures", figuresMs, log, () => this.#report()),
      repeat("counts", countsMs, log, () => this.#counts.flush()),
      repeat("probe", this.#probeMs, log, () => this.#probe()),
      repeat("schedule", scheduleMs, log, () => enqueueDue(this.#services)),
      repeat("ticks", ticksMs, log, () => fireSchedules(this.#services)),
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
    await within(
      farewellMs,
      repeating.then(() => this.#counts.flush()),
    ).catch((error: unknown) => log.warn({ event: "farewell-failed", error }));
    await pool.close();
    this.#services.egress.close();
    await this.#queue.stop();
    await this.#folder.remove();
    log.info({ event: "worker-stopped", workerId: worker.id });
  }

  get state(): { mode: WorkerMode; refusal: Refusal } {
    return { mode: this.#queue.mode, refusal: this.#refusal };
  }

  get #refusal(): Refusal {
    if (this.#skew !== null) return { of: "everything", why: this.#skew };
    const why = this.#memory.refusal;
    return { of: why === null ? "nothing" : "executions", why };
  }

  #admits(queue: QueueName): number {
    if (this.#skew !== null || this.#isAsking) return 0;
    return queues[queue].needsBrowser ? this.#memory.room : Number.POSITIVE_INFINITY;
  }

  async #run(held: HeldJob): Promise<RunResult> {
    if (queues[policyOf(held.job.kind).queue].needsBrowser) this.#memory.begun();
    const result = await runJob(this.#services, held);
    void this.#quarantineIfSick();
    return result;
  }

  /** Others take its executions; from now on it tries now and then whether its browser starts again. Never throws. */
  async #quarantineIfSick(): Promise<void> {
    const { ctx, log, sickness, worker } = this.#services;
    const { evidence } = sickness;
    if (evidence === null || this.#isAsking) return;
    this.#isAsking = true;
    try {
      // Also when it was quarantined before: somebody may have activated it although it is sick.
      if (await quarantineItself(ctx(null), worker.id, evidence)) {
        this.#isProbing = true;
        sickness.forget();
        this.#queue.askMode();
        log.error({ event: "quarantined", evidence });
      }
    } catch (error) {
      log.warn({ event: "quarantine-failed", error });
    } finally {
      this.#isAsking = false;
    }
  }

  async #probe(): Promise<void> {
    const { browsers, ctx, log, pool, sickness, worker } = this.#services;
    const browser = browsers.chromium ?? browsers.firefox;
    if (!this.#isProbing || !browser) return;
    const failure = await probeBrowser(pool, worker.name, browser);
    if (failure !== null) return log.warn({ event: "probe-failed", failure });
    // What ended while it was quarantined says nothing about how it is now.
    sickness.forget();
    if (await endOwnQuarantine(ctx(null), worker.id)) log.info({ event: "quarantine-ended" });
    this.#isProbing = false;
  }

  async #report(): Promise<void> {
    const { db, log, metrics, pool, worker } = this.#services;
    const before = this.#refusal.why;
    this.#skew = await findSkew(db.sql, this.#terms);
    const refusal = this.#refusal;
    if (refusal.why !== null && refusal.why !== before) log.warn({ event: "claims-refused", ...refusal });
    if (refusal.why === null && before !== null) log.info({ event: "claims-again" });
    const { bytes, freeBytes } = readMemory();
    const load = (loadavg()[0] ?? 0) / availableParallelism();
    const figures = { memoryBytes: bytes, memoryFreeBytes: freeBytes, load, ...this.#counts.totals };
    await reportFigures(db.sql, worker.id, figures, refusal);
    await reportQueues(db.sql, metrics);
    metrics.browsers(pool.browsers);
  }
}
