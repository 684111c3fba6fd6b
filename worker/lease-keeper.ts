import type { Sql } from "postgres";
import { heartbeat } from "../db/outbox/claim.ts";
import type { HeldJob } from "./held-job.ts";
import type { WorkerLog } from "./metrics.ts";

export type LeaseKeeperOptions = {
  sql: Sql;
  workerId: string;
  leaseMs: number;
  heartbeatMs: number;
  /** Called when our row is gone: somebody took us for dead. */
  onUnknown: () => Promise<void>;
  log: WorkerLog;
};

/**
 * Renews the leases of all held jobs, and fences this worker off by itself: a job whose lease could not be renewed is
 * stopped a sixth of the lease before it ends, by our monotonic clock, so that no browser of ours still acts when
 * another worker begins.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<string, HeldJob>();
  #beatTimer: NodeJS.Timeout | null = null;
  #fenceTimer: NodeJS.Timeout | null = null;
  #beating: Promise<void> | null = null;
  #isAskedAgain = false;
  #failures = 0;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    const { heartbeatMs, leaseMs } = this.#options;
    this.#beatTimer = setInterval(() => this.#beat(), heartbeatMs);
    this.#fenceTimer = setInterval(() => this.#fence(), Math.max(10, Math.min(500, leaseMs / 20)));
  }

  async stop(): Promise<void> {
    if (this.#beatTimer) clearInterval(this.#beatTimer);
    if (this.#fenceTimer) clearInterval(this.#fenceTimer);
    this.#beatTimer = null;
    await this.#beating;
  }

  add(held: HeldJob): void {
    this.#held.set(held.job.jobId, held);
  }

  delete(held: HeldJob): void {
    this.#held.delete(held.job.jobId);
  }

  get jobs(): HeldJob[] {
    return [...this.#held.values()];
  }

  /** A hint that a job was cancelled: asks at once when it is one of ours. */
  checkSoon(jobId: string): void {
    if (this.#held.has(jobId)) this.#beat();
  }

  #beat(): void {
    if (this.#beating) {
      this.#isAskedAgain = true;
      return;
    }
    this.#beating = this.#renew().finally(() => {
      this.#beating = null;
      if (!this.#isAskedAgain || !this.#beatTimer) return;
      this.#isAskedAgain = false;
      this.#beat();
    });
  }

  async #renew(): Promise<void> {
    const { sql, workerId, leaseMs, heartbeatMs, log } = this.#options;
    const asked = this.jobs;
    const sentAt = performance.now();
    try {
      const leases = asked.map(({ job }) => job);
      const answer = await within(heartbeatMs, heartbeat(sql, { workerId, leases, leaseMs }));
      const lost = new Set(answer.lost);
      const cancelled = new Map(answer.cancelled.map(({ jobId, reason }) => [jobId, reason]));
      for (const held of asked) this.#judge(held, lost, cancelled, sentAt);
      if (!answer.isKnown) await this.#options.onUnknown();
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      log.warn({ event: "heartbeat-failed", failures: this.#failures, error });
    }
  }

  #judge(
    held: HeldJob,
    lost: ReadonlySet<string>,
    cancelled: ReadonlyMap<string, string>,
    sentAt: number,
  ): void {
    const { jobId } = held.job;
    if (this.#held.get(jobId) !== held) return;
    if (lost.has(jobId)) {
      held.stop({ kind: "lost", message: "the lease was taken over" });
      return;
    }
    held.confirmedAt = sentAt;
    const reason = cancelled.get(jobId);
    if (reason !== undefined) held.stop({ kind: "cancelled", message: reason });
  }

  #fence(): void {
    const { leaseMs } = this.#options;
    const now = performance.now();
    for (const held of this.#held.values()) {
      if (now < held.confirmedAt + (leaseMs * 5) / 6) continue;
      held.stop({ kind: "lost", message: "the lease could not be renewed in time" });
    }
  }
}

/** @throws after so long, whatever the promise does then. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
