import type { Clock } from "./attempt-clock.ts";

/**
 * How long a step may take, and the signal of its attempt: everything a step awaits is raced against both, so that neither
 * a hanging page nor a hanging server can hold the thread.
 */
export class Deadline {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #at: number;

  /** @param clock that of the attempt, which stands still while it is paused */
  constructor(timeoutMs: number, signal: AbortSignal, clock: Clock = performance) {
    this.timeoutMs = timeoutMs;
    this.signal = signal;
    this.#clock = clock;
    this.#at = clock.now() + timeoutMs;
  }

  /** Milliseconds that are left, never below 0. */
  remainingMs(): number {
    return Math.max(0, this.#at - this.#clock.now());
  }

  get isOver(): boolean {
    return this.remainingMs() <= 0;
  }

  /** The same time again, from now on: for the next round of a loop. */
  again(): Deadline {
    return new Deadline(this.timeoutMs, this.signal, this.#clock);
  }

  /** The same end, or one in `timeoutMs` when that comes first. */
  within(timeoutMs: number): Deadline {
    return new Deadline(Math.min(timeoutMs, this.remainingMs()), this.signal, this.#clock);
  }

  /**
   * What the promise becomes, unless time is up (plus `graceMs`, for whoever watches the same clock and has more to say).
   * @throws what `late` makes when time is up, and the reason of the signal when the attempt ends.
   */
  race<T>(promise: Promise<T>, late: () => Error, graceMs = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(timer);
        this.signal.removeEventListener("abort", abort);
        act();
      };
      const abort = () => finish(() => reject(this.signal.reason));
      const timer = setTimeout(() => finish(() => reject(late())), this.remainingMs() + graceMs);
      if (this.signal.aborted) abort();
      else this.signal.addEventListener("abort", abort);
      promise.then(
        (value) => finish(() => resolve(value)),
        (error: unknown) => finish(() => reject(error)),
      );
    });
  }

  /** Waits for so long, at most until the deadline. */
  async sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(ms, this.remainingMs()));
    try {
      await this.race(promise, () => new Error("unreachable: sleep ends at the deadline"), 1_000);
    } finally {
      clearTimeout(timer);
    }
  }
}
