import type { Address } from "../db/client.ts";
import type { WorkerMode } from "../db/domain/workers.ts";
import type { Lease } from "../db/outbox/finish.ts";
import { monotonicMs } from "./clock.ts";
import type { HeldJob } from "./held-job.ts";
import type { WorkerLog } from "./metrics.ts";
import { type Beat, Pulse } from "./pulse.ts";

export type LeaseKeeperOptions = {
  address: Address;
  workerId: string;
  leaseMs: number;
  heartbeatMs: number;
  /** Whether we know of a job that is ours in the database: running, waiting here to run, or about to be completed. */
  knows: (jobId: string) => boolean;
  /** For what is ours in the database although we never heard of it: the answer to its claim was lost. */
  giveBack: (leases: Lease[]) => Promise<void>;
  /** What this worker is to do, by the last heartbeat. */
  onMode: (mode: WorkerMode) => void;
  /** Called when our row is gone or marked as lost: somebody took us for dead. */
  onUnknown: () => Promise<void>;
  log: WorkerLog;
};

const silenceMsMax = 60_000;

/**
 * Compares what the heartbeats say with what this worker does: stops what was lost or cancelled. And fences it off by itself:
 * a job whose lease could not be renewed is stopped a sixth of the lease before it ends, by our monotonic clock, so that no
 * browser of ours still acts when another worker begins.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<string, HeldJob>();
  /** What we do not know of, by token and job, and since when. */
  readonly #strays = new Map<string, number>();
  #pulse: Pulse | null = null;
  #fenceTimer: NodeJS.Timeout | null = null;
  readonly #beaten = Promise.withResolvers<void>();

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** Resolves when the first heartbeat was answered: before it nothing is to be claimed that nobody would renew. */
  async start(): Promise<void> {
    const { address, workerId, leaseMs, heartbeatMs, log } = this.#options;
    const options = { address, workerId, leaseMs, heartbeatMs, silenceMsMax };
    this.#pulse = new Pulse(options, (beat) => this.#judge(beat), log);
    this.#fenceTimer = setInterval(() => this.#fence(), Math.max(10, Math.min(500, leaseMs / 20)));
    await this.#beaten.promise;
  }

  async stop(): Promise<void> {
    if (this.#fenceTimer) clearInterval(this.#fenceTimer);
    await this.#pulse?.stop();
  }

  add(held: HeldJob): void {
    // We may get a job again that was taken from us before we knew.
    this.#held.get(held.job.jobId)?.stop({ kind: "lost", message: "the lease was taken over" });
    this.#held.set(held.job.jobId, held);
  }

  delete(held: HeldJob): void {
    if (this.#held.get(held.job.jobId) === held) this.#held.delete(held.job.jobId);
  }

  get jobs(): HeldJob[] {
    return [...this.#held.values()];
  }

  /** A hint that this worker is to do something else. */
  beatSoon(): void {
    this.#pulse?.beatSoon();
  }

  /** A hint that a job was cancelled: asks at once when it is one of ours. */
  checkSoon(jobId: string): void {
    if (this.#held.has(jobId)) this.#pulse?.beatSoon();
  }

  #judge(beat: Beat): void {
    // Before anything can be claimed.
    if (beat.mode !== null) this.#options.onMode(beat.mode);
    this.#beaten.resolve();
    const inDatabase = new Map(beat.held.map((lease) => [lease.jobId, lease]));
    for (const held of this.#held.values()) {
      if (held.knownAt > beat.sentAt) continue;
      const lease = inDatabase.get(held.job.jobId);
      if (lease?.leaseToken !== held.job.leaseToken) {
        held.stop({ kind: "lost", message: "the lease was taken over" });
        continue;
      }
      held.leaseEndsAt = beat.sentAt + lease.leftMs;
      if (lease.cancelReason !== null) held.stop({ kind: "cancelled", message: lease.cancelReason });
    }
    if (beat.isKnown) this.#giveBackStrays(beat);
    else this.#registerAgain();
  }

  /** Only what stays unknown from one heartbeat to the next: the answer to its claim may still be underway. */
  #giveBackStrays({ held, sentAt }: Beat): void {
    const { knows, giveBack, heartbeatMs, log } = this.#options;
    const unknown = held.filter(({ jobId }) => !knows(jobId));
    const keyOf = ({ jobId, leaseToken }: Lease) => `${leaseToken} ${jobId}`;
    const keys = new Set(unknown.map(keyOf));
    for (const key of this.#strays.keys()) if (!keys.has(key)) this.#strays.delete(key);
    for (const lease of unknown) if (!this.#strays.has(keyOf(lease))) this.#strays.set(keyOf(lease), sentAt);
    const old = unknown.filter(
      (lease) => sentAt - (this.#strays.get(keyOf(lease)) ?? sentAt) >= heartbeatMs / 2,
    );
    if (old.length === 0) return;
    log.warn({ event: "strays-given-back", jobs: old.length });
    giveBack(old).catch((error: unknown) => log.warn({ event: "strays-kept", error }));
  }

  #registerAgain(): void {
    const { onUnknown, log } = this.#options;
    onUnknown().then(
      () => this.#pulse?.lockSoon(),
      (error: unknown) => log.warn({ event: "register-failed", error }),
    );
  }

  #fence(): void {
    const { leaseMs } = this.#options;
    const now = monotonicMs();
    for (const held of this.#held.values()) {
      if (now < held.leaseEndsAt - leaseMs / 6) continue;
      held.stop({ kind: "lost", message: "the lease could not be renewed in time" });
    }
  }
}
