import type { ClaimedJob } from "../db/outbox/claim.ts";

/** Why a job is to end before it is done. `lost`: it is no longer ours, nothing may be written about it. */
export type StopReason = { kind: "lost" | "cancelled" | "interrupted" | "timeout"; message: string };

/** A job that this worker holds, from its claim to its end. */
export class HeldJob {
  readonly job: ClaimedJob;
  /** Both on our monotonic clock, from before the statement was sent. */
  readonly claimedAt: number;
  leaseEndsAt: number;
  readonly #stopping = new AbortController();
  readonly #losing = new AbortController();
  #reason: StopReason | null = null;

  constructor(job: ClaimedJob, claimedAt: number, leaseMs: number) {
    this.job = job;
    this.claimedAt = claimedAt;
    this.leaseEndsAt = claimedAt + leaseMs;
  }

  /** Aborts when the job is to stop, for whatever reason; and again, as it were, when it is lost after that. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborts when the lease is lost: the end of all writing. */
  get lostSignal(): AbortSignal {
    return this.#losing.signal;
  }

  get reason(): StopReason | null {
    return this.#reason;
  }

  get isLost(): boolean {
    return this.#losing.signal.aborted;
  }

  /** The first reason stays, but being lost overrides all others. */
  stop(reason: StopReason): void {
    if (this.isLost || (this.#reason && reason.kind !== "lost")) return;
    this.#reason = reason;
    const error = new Error(reason.message);
    this.#stopping.abort(error);
    if (reason.kind === "lost") this.#losing.abort(error);
  }
}
