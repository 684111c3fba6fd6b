import type { ClaimedJob } from "../db/outbox/claim.ts";
import type { WorkerLog } from "./metrics.ts";

export type ClaimLoopOptions = {
  slots: number;
  pollMs: number;
  claim: (slots: number) => Promise<ClaimedJob[]>;
  /** Never rejects. `claimedAt`: on our monotonic clock, from before the claim was sent. */
  run: (job: ClaimedJob, claimedAt: number) => Promise<void>;
  /** For what was claimed while we were asked to stop. */
  giveBack: (job: ClaimedJob) => Promise<void>;
  log: WorkerLog;
};

const pauseMsMax = 10_000;

/** Claims as many jobs as there are free slots: at once when woken or when a slot becomes free, else at every poll. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions;
  readonly #running = new Set<Promise<void>>();
  #isStopping = false;
  #isWoken = false;
  #wake: (() => void) | null = null;
  #loop: Promise<void> | null = null;
  #failures = 0;

  constructor(options: ClaimLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#claimAndWait();
  }

  /** There may be something to claim. */
  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  /** Claims nothing more; what runs goes on. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await this.#loop;
  }

  /** Resolves when nothing runs any more. To be asked after `stop`. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #claimAndWait(): Promise<void> {
    while (!this.#isStopping) {
      this.#isWoken = false;
      await this.#fill();
      await this.#pause();
    }
  }

  async #fill(): Promise<void> {
    const { slots, claim, giveBack, log } = this.#options;
    const free = slots - this.#running.size;
    if (free <= 0) return;
    const claimedAt = performance.now();
    try {
      const jobs = await claim(free);
      for (const job of jobs) {
        if (this.#isStopping) await giveBack(job);
        else this.#run(job, claimedAt);
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      log.warn({ event: "claim-failed", failures: this.#failures, error });
    }
  }

  #run(job: ClaimedJob, claimedAt: number): void {
    const running = this.#options.run(job, claimedAt).finally(() => {
      this.#running.delete(running);
      this.wake();
    });
    this.#running.add(running);
  }

  /** Until woken, or the next poll; after failures longer, and not woken by every hint. */
  async #pause(): Promise<void> {
    if (this.#isStopping || (this.#isWoken && this.#failures === 0)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const ms = Math.min(pauseMsMax, this.#options.pollMs * 2 ** Math.min(this.#failures, 10));
    const timer = setTimeout(resolve, ms * (0.9 + Math.random() * 0.2));
    this.#wake = () => {
      if (this.#failures === 0 || this.#isStopping) resolve();
    };
    await promise;
    this.#wake = null;
    clearTimeout(timer);
  }
}
