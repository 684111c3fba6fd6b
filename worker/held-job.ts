import type { ClaimedJob } from "../db/outbox/claim.ts";
import type { Countdown } from "./browser/attempt-clock.ts";
import { monotonicMs } from "./clock.ts";

/** Why a job is to end before it is done. `lost`: it is no longer ours, nothing may be written about it. */
export type StopReason = { kind: "lost" | "cancelled" | "interrupted" | "timeout"; message: string };

/** A job that this worker holds, from its claim to its end. */
export class HeldJob {
  readonly job: ClaimedJob;
  /** Until when, on our monotonic clock, the lease is known to last; from before the statement was sent. */
  leaseEndsAt: number;
  /** Since when we know that it is ours: a heartbeat that was sent before may not know of it. */
  readonly knownAt = monotonicMs();
  // Made when somebody asks: most jobs end before anybody does, and thousands of them in a second.
  #stopping: AbortController | null = null;
  #losing: AbortController | null = null;
  #reason: StopReason | null = null;
  /** The time-out of its kind, while it is being done; it stands still while a person holds the job. */
  timeLimit: Countdown | null = null;

  constructor(job: ClaimedJob, claimedAt: number, leaseMs: number) {
    this.job = job;
    this.leaseEndsAt = claimedAt + leaseMs;
  }

  /** Aborts when the job is to stop, for whatever reason; and again, as it were, when it is lost after that. */
  get signal(): AbortSignal {
    this.#stopping ??= controllerOf(this.#reason);
    return this.#stopping.signal;
  }

  /** Aborts when the lease is lost: the end of all writing. */
  get lostSignal(): AbortSignal {
    this.#losing ??= controllerOf(this.isLost ? this.#reason : null);
    return this.#losing.signal;
  }

  get reason(): StopReason | null {
    return this.#reason;
  }

  get isLost(): boolean {
    return this.#reason?.kind === "lost";
  }

  /** The first reason stays, but being lost overrides all others. */
  stop(reason: StopReason): void {
    if (this.isLost || (this.#reason && reason.kind !== "lost")) return;
    this.#reason = reason;
    const error = new Error(reason.message);
    this.#stopping?.abort(error);
    if (reason.kind === "lost") this.#losing?.abort(error);
  }
}

function controllerOf(reason: StopReason | null): AbortController {
  const controller = new AbortController();
  if (reason) controller.abort(new Error(reason.message));
  return controller;
}
