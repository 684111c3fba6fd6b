import type { ClaimedJob } from "../db/outbox/claim.ts";
import { isSuspect } from "../db/outbox/claimed-job.ts";

const jobsMax = 1_500;
/** Jobs that wait here so many times longer than they should go back to where others can have them. */
const patience = 5;

type Waiting = { job: ClaimedJob; claimedAt: number };

/**
 * What a worker has claimed and not begun. It claims ahead at most what its slots have done in a moment, by how long its jobs
 * have lately taken: a thousand where they take nothing, none where they take seconds.
 */
export class Ahead {
  readonly #slots: number;
  readonly #prefetchMs: number;
  #waiting: Waiting[] = [];
  #next = 0;
  /** Of one job, moving; nothing is known at first, so nothing is claimed ahead. */
  #averageMs = Number.POSITIVE_INFINITY;
  #suspects = 0;
  #taken = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(slots: number, prefetchMs: number) {
    this.#slots = slots;
    this.#prefetchMs = prefetchMs;
  }

  get hasSuspect(): boolean {
    return this.#suspects > 0;
  }

  get size(): number {
    return this.#waiting.length - this.#next;
  }

  /** What the slots have done in a moment; nothing where one job takes longer than that. */
  get #ahead(): number {
    if (this.#averageMs > this.#prefetchMs) return 0;
    return Math.min(jobsMax, Math.floor((this.#slots * this.#prefetchMs) / Math.max(this.#averageMs, 0.001)));
  }

  has(jobId: string): boolean {
    return this.#waiting.some(({ job }, index) => index >= this.#next && job.jobId === jobId);
  }

  /**
   * How many jobs to ask for, beside those `asked` for already. Little by little is not worth a round trip while there is
   * enough to go on with.
   */
  room(running: number, asked: number): number {
    const free = Math.max(0, this.#slots - running);
    const ahead = this.#ahead;
    const room = free + ahead - this.size - asked;
    return room > ahead / 3 ? room : Math.max(0, free - this.size - asked);
  }

  add(jobs: readonly ClaimedJob[], claimedAt: number): void {
    this.#waiting = [...this.#waiting.slice(this.#next), ...jobs.map((job) => ({ job, claimedAt }))];
    this.#next = 0;
    this.#suspects = this.#waiting.filter(({ job }) => isSuspect(job)).length;
  }

  take(): Waiting | null {
    const waiting = this.#waiting[this.#next];
    if (!waiting) return null;
    this.#next++;
    this.#taken++;
    if (isSuspect(waiting.job)) this.#suspects--;
    return waiting;
  }

  takeAll(): ClaimedJob[] {
    const jobs = this.#waiting.slice(this.#next).map(({ job }) => job);
    this.#waiting = [];
    this.#next = 0;
    this.#suspects = 0;
    return jobs;
  }

  /** How long a job took. Longer ones count at once, shorter ones little by little. */
  measured(ms: number): void {
    if (this.#averageMs === Number.POSITIVE_INFINITY) this.#averageMs = ms;
    else this.#averageMs += (ms - this.#averageMs) * (ms > this.#averageMs ? 0.5 : 0.1);
  }

  /** Calls `giveBack` with all that waits when none of it has been begun for long; nothing is claimed ahead then. */
  watch(giveBack: (jobs: ClaimedJob[]) => void): void {
    if (this.#timer || this.size === 0) return;
    const taken = this.#taken;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (taken !== this.#taken) return this.watch(giveBack);
      this.#averageMs = Number.POSITIVE_INFINITY;
      giveBack(this.takeAll());
    }, this.#prefetchMs * patience);
  }

  unwatch(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }
}
