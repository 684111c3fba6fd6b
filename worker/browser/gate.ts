import type { AttemptClock } from "./attempt-clock.ts";

/**
 * What those who watch want of the attempt. `granted`: how many steps, counted from the first pause, may pass all the same;
 * `before`: those at the top before this one do. `holdsEnd`: it also pauses when its steps are through, or one has failed.
 */
export type HoldWish = {
  wanted: "run" | "pause";
  granted: number;
  by: string | null;
  before?: number | null;
  holdsEnd?: boolean;
};

/** What stands before each step: open, unless somebody wants the attempt to pause. */
export class Gate {
  readonly #clock: AttemptClock;
  readonly #signal: AbortSignal;
  readonly #onStanding: (isPaused: boolean, by: string | null) => void;
  #wish: HoldWish = { wanted: "run", granted: 0, by: null };
  /** Of the granted steps, those that have passed. */
  #used = 0;
  #isPaused = false;
  #wake: (() => void) | null = null;

  constructor(
    clock: AttemptClock,
    signal: AbortSignal,
    onStanding: (isPaused: boolean, by: string | null) => void,
  ) {
    this.#clock = clock;
    this.#signal = signal;
    this.#onStanding = onStanding;
    signal.addEventListener("abort", () => this.#wake?.());
  }

  get holdsEnd(): boolean {
    return this.#wish.wanted === "pause" && this.#wish.holdsEnd === true;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  hear(wish: HoldWish): void {
    // Each pause grants anew, from none.
    if (this.#wish.wanted === "run" || wish.granted < this.#used) this.#used = 0;
    this.#wish = wish;
    this.#wake?.();
  }

  /** Resolves when the next step may begin: at once, or when the pause has ended. @throws the reason of the attempt's end. */
  async pass(step: number): Promise<void> {
    if (step < (this.#wish.before ?? 0)) return;
    if (this.#mustWait()) await this.#wait();
    if (this.#wish.wanted === "pause") this.#used++;
  }

  #mustWait(): boolean {
    return this.#wish.wanted === "pause" && this.#used >= this.#wish.granted;
  }

  async #wait(): Promise<void> {
    this.#isPaused = true;
    this.#clock.standStill();
    this.#onStanding(true, this.#wish.by);
    try {
      while (this.#mustWait() && !this.#signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    } finally {
      this.#wake = null;
      this.#isPaused = false;
      this.#clock.goOn();
      this.#onStanding(false, this.#wish.by);
    }
    this.#signal.throwIfAborted();
  }
}
