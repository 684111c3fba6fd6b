import { setImmediate as immediate } from "node:timers/promises";
import type { ClaimedJob } from "../db/outbox/claim.ts";
import { isSuspect, nextTurn, type Turn } from "../db/outbox/claimed-job.ts";
import type { Done, Exchange } from "../db/outbox/exchange.ts";
import { resultText } from "../db/outbox/finish.ts";
import { Ahead } from "./ahead.ts";
import { monotonicMs } from "./clock.ts";
import type { WorkerLog } from "./metrics.ts";
import { within } from "./within.ts";

export type PumpOptions = {
  slots: number;
  pollMs: number;
  /** What may be claimed ahead is done within so long; 0: nothing is claimed ahead. */
  prefetchMs: number;
  /** Completes and claims in one round trip. */
  exchange: (ended: readonly Completion[], ask: Ask) => Promise<Exchange>;
  /** How many more may be claimed now, whatever slots are free; default: as many as there are slots. */
  admits?: () => number;
  /** Never rejects. `claimedAt`: on our monotonic clock, from before the claim was sent. */
  run: (job: ClaimedJob, claimedAt: number) => Promise<RunResult>;
  /** A completion was accepted, or refused because the lease was lost. */
  onCompleted: (job: ClaimedJob, isAccepted: boolean) => void;
  /** For what was claimed and is not going to be begun. */
  giveBack: (jobs: readonly ClaimedJob[]) => Promise<void>;
  /** There is nothing to claim: who adds something is to wake us. @returns whether that had to be said. */
  sayIdle: () => Promise<boolean>;
  /** We have all we can take, or look for more by ourselves. */
  sayBusy: () => Promise<unknown>;
  /** There was more than we could take. */
  wakeNext: () => Promise<void>;
  log: WorkerLog;
};

export type Ask = { slots: number; suspects: number; after: Turn };

/** `done`: to be completed by the pump, perhaps with a result. `settled`: the job has been ended, or left to others. */
export type RunResult = "done" | "settled" | { result: unknown };

type Completion = ClaimedJob & Done;

const pauseMsMax = 10_000;
const exchangeMsMax = 15_000;
/** A second round trip goes out beside the first when so many completions wait. */
const completionsForTwo = 200;
/** In one statement: half of what may be claimed ahead, so that two round trips share it. */
const claimMax = 750;
/** After so many claims in a row that found something it is not idle: who adds something need not wake it. */
const claimsWhenBusy = 3;
/**
 * Once idle it looks again after so many milliseconds, before it waits for the poll: who had added something without having
 * committed did not know yet that it is to be woken.
 */
const secondLooksMs = [25, 150];
/** In one statement; and how many may wait for the database before no more jobs are begun. */
const completionsMax = 1_000;
const completionsPendingMax = 5_000;

/**
 * Keeps the slots of one queue busy: one round trip after the other completes what has ended since the last one and claims
 * what the slots have room for. While one is underway completions gather for the next, so the busier the worker, the larger
 * the batches; a second one goes out beside it when many wait, so that the database works while its disk is waited for. Waits when there is nothing to do, until it is woken or for a poll.
 */
export class Pump {
  readonly #options: PumpOptions;
  readonly #running = new Set<ClaimedJob>();
  readonly #ahead: Ahead;
  #completions: Completion[] = [];
  #isQuiet = false;
  #isStopping = false;
  #isClosed = false;
  #isWoken = false;
  readonly #pauses = new Map<0 | 1, () => void>();
  #loops: Promise<unknown> | null = null;
  /** Slots that round trips which are underway have asked for. */
  #asked = 0;
  /** Round trips that are underway. */
  #underway = 0;
  #failures = 0;
  #turn: Turn = { key: "", served: 0 };
  /** Whether others think that we are to be woken. */
  #isIdle = false;
  #claimsInRow = 0;
  #looks = 0;
  /** Whether the last claim got less than it asked for. */
  #isDry = false;
  #idled = Promise.withResolvers<void>();

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#ahead = new Ahead(options.slots, options.prefetchMs);
  }

  start(): void {
    this.#loops ??= Promise.all([this.#exchangeAndWait(0), this.#exchangeAndWait(1)]);
  }

  /** There may be something to claim. */
  wake(): void {
    this.#isWoken = true;
    for (const [loop, end] of this.#pauses) if (this.#isDue(loop)) end();
  }

  knows(jobId: string): boolean {
    const isIt = (job: ClaimedJob) => job.jobId === jobId;
    return this.#ahead.has(jobId) || [...this.#running].some(isIt) || this.#completions.some(isIt);
  }

  /** Whether it has nothing to do or to say: nothing runs, waits here, or is underway. */
  get isEmpty(): boolean {
    return (
      this.#running.size + this.#asked + this.#completions.length + this.#underway + this.#ahead.size === 0
    );
  }

  /** Claims nothing more until `resume`, and hands back what waits here; what runs goes on. */
  async quiet(): Promise<void> {
    this.#isQuiet = true;
    await this.#giveBack(this.#ahead.takeAll());
  }

  resume(): void {
    this.#isQuiet = false;
    this.wake();
  }

  /** Claims and begins nothing more; what runs goes on. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const unbegun = this.#ahead.takeAll();
    this.wake();
    await this.#giveBack(unbegun);
  }

  /** Resolves when nothing runs any more and every completion has been accepted or refused. To be asked after `stop`. */
  async idle(): Promise<void> {
    this.#checkIdle();
    await this.#idled.promise;
  }

  /** Leaves completions that the database has not taken to whoever rescues their jobs. */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.#isClosed = true;
    this.#ahead.unwatch();
    this.wake();
    await this.#loops;
  }

  /** The first loop does it all; the second helps when the first has more than enough to do. */
  async #exchangeAndWait(loop: 0 | 1): Promise<void> {
    while (!this.#isClosed) {
      this.#isWoken = false;
      const hasMore = this.#isDue(loop) && (await this.#exchangeOnce());
      if (!hasMore || this.#failures > 0) await this.#pause(loop);
      // Jobs that take nothing are done by then, and go with the next round trip.
      else await immediate();
    }
  }

  #isDue(loop: 0 | 1): boolean {
    return (
      loop === 0 || this.#isClosed || (this.#completions.length >= completionsForTwo && this.#failures === 0)
    );
  }

  /** @returns whether another one is to follow at once. */
  async #exchangeOnce(): Promise<boolean> {
    const ask = this.#ask();
    const ended = this.#completions.splice(0, completionsMax);
    if (ask.slots === 0 && ended.length === 0) return false;
    const claimedAt = monotonicMs();
    this.#asked += ask.slots;
    this.#underway++;
    try {
      const { claimed, refused } = await within(exchangeMsMax, this.#options.exchange(ended, ask));
      this.#failures = 0;
      this.#tell(ended, new Set(refused.map(({ jobId }) => jobId)));
      await this.#take(claimed, claimedAt);
      const goesOn = await this.#goesOn(ask, claimed.length);
      return goesOn || this.#completions.length > 0;
    } catch (error) {
      this.#failures++;
      this.#completions = [...ended, ...this.#completions];
      this.#options.log.warn({ event: "claim-failed", failures: this.#failures, error });
      return false;
    } finally {
      this.#underway--;
      this.#asked -= ask.slots;
    }
  }

  #ask(): Ask {
    const { admits = () => Number.POSITIVE_INFINITY } = this.#options;
    const isFull = this.#isStopping || this.#isQuiet || this.#completions.length >= completionsPendingMax;
    const room = isFull ? 0 : Math.min(claimMax, this.#ahead.room(this.#running.size, this.#asked));
    const slots = room === 0 ? 0 : Math.max(0, Math.min(room, admits() - this.#asked));
    const hasSuspect = this.#ahead.hasSuspect || [...this.#running].some(isSuspect);
    return { slots, suspects: hasSuspect ? 0 : 1, after: this.#turn };
  }

  async #take(claimed: readonly ClaimedJob[], claimedAt: number): Promise<void> {
    this.#turn = nextTurn(this.#turn, claimed);
    if (this.#isStopping || this.#isQuiet) return this.#giveBack(claimed);
    this.#ahead.add(claimed, claimedAt);
    this.#begin();
  }

  /** Whether to claim again at once; says whether we are to be woken, and passes on that there is more. */
  async #goesOn(ask: Ask, claimed: number): Promise<boolean> {
    if (ask.slots === 0 || this.#isStopping) return false;
    this.#claimsInRow = claimed === 0 ? 0 : this.#claimsInRow + 1;
    const isFull = claimed === ask.slots;
    if (isFull || this.#claimsInRow >= claimsWhenBusy) await this.#sayBusy();
    if (isFull) {
      if (this.#isDry) await this.#options.wakeNext();
      this.#isDry = false;
      return this.#ask().slots > 0;
    }
    this.#isDry = true;
    if (claimed > 0) return !this.#isIdle;
    const isNews = await this.#options.sayIdle();
    this.#isIdle = true;
    if (isNews) this.#looks = 0;
    // If so, once more: what was added before we said it woke nobody.
    return isNews;
  }

  async #sayBusy(): Promise<void> {
    if (!this.#isIdle) return;
    await this.#options.sayBusy();
    this.#isIdle = false;
  }

  #begin(): void {
    const { slots, run } = this.#options;
    while (this.#running.size < slots && this.#completions.length < completionsPendingMax) {
      const next = this.#ahead.take();
      if (!next) break;
      this.#running.add(next.job);
      const begunAt = monotonicMs();
      run(next.job, next.claimedAt).then((result) => this.#end(next.job, result, begunAt));
    }
    this.#ahead.watch((jobs) => void this.#giveBack(jobs));
  }

  #end(job: ClaimedJob, result: RunResult, begunAt: number): void {
    this.#running.delete(job);
    this.#ahead.measured(monotonicMs() - begunAt);
    if (result === "done") this.#completions.push(job);
    else if (result !== "settled") this.#completions.push({ ...job, result: resultText(result.result) });
    if (!this.#isStopping) this.#begin();
    this.#checkIdle();
    this.wake();
  }

  #tell(ended: readonly ClaimedJob[], refused: ReadonlySet<string>): void {
    for (const job of ended) this.#options.onCompleted(job, !refused.has(job.jobId));
    // What waits because too many completions did may begin now.
    if (!this.#isStopping) this.#begin();
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.#isStopping && this.#running.size === 0 && this.#completions.length === 0) this.#idled.resolve();
  }

  async #giveBack(jobs: readonly ClaimedJob[]): Promise<void> {
    if (jobs.length === 0) return;
    // What can't be given back now is ours until a heartbeat finds that nobody here knows of it.
    await this.#options.giveBack(jobs).catch((error: unknown) => {
      this.#options.log.warn({ event: "give-back-failed", error });
    });
  }

  /** Until woken, or the next poll; after failures longer, and not woken by every hint. */
  async #pause(loop: 0 | 1): Promise<void> {
    if (this.#isClosed || (this.#isWoken && this.#failures === 0)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const pollMs = this.#failures === 0 && this.#isIdle ? secondLooksMs[this.#looks++] : undefined;
    const ms = Math.min(pauseMsMax, (pollMs ?? this.#options.pollMs) * 2 ** Math.min(this.#failures, 10));
    const timer = setTimeout(resolve, ms * (0.9 + Math.random() * 0.2));
    const end = () => {
      if (this.#failures === 0 || this.#isClosed) resolve();
    };
    this.#pauses.set(loop, end);
    await promise;
    this.#pauses.delete(loop);
    clearTimeout(timer);
  }
}
