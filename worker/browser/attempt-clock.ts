/** A time limit that can stand still. */
export class Countdown {
  readonly #onOver: () => void;
  #leftMs: number;
  #startedAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  constructor(ms: number, onOver: () => void) {
    this.#leftMs = ms;
    this.#onOver = onOver;
    this.goOn();
  }

  standStill(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#leftMs -= performance.now() - this.#startedAt;
  }

  goOn(): void {
    if (this.#timer !== null || this.#isOver) return;
    this.#startedAt = performance.now();
    this.#timer = setTimeout(
      () => {
        this.#isOver = true;
        this.#onOver();
      },
      Math.max(0, this.#leftMs),
    );
  }

  clear(): void {
    this.standStill();
    this.#isOver = true;
  }
}

/** What deadlines are measured by. */
export type Clock = { now(): number };

/** The time of an attempt, which stands still while it is paused: neither it nor a step of it gets older. In milliseconds. */
export class AttemptClock implements Clock {
  readonly #countdowns = new Set<Countdown>();
  #stoodMs = 0;
  #stillSince: number | null = null;

  now(): number {
    return (this.#stillSince ?? performance.now()) - this.#stoodMs;
  }

  countdown(ms: number, onOver: () => void): Countdown {
    const countdown = new Countdown(ms, onOver);
    this.#countdowns.add(countdown);
    return countdown;
  }

  standStill(): void {
    this.#stillSince ??= performance.now();
    for (const countdown of this.#countdowns) countdown.standStill();
  }

  goOn(): void {
    if (this.#stillSince === null) return;
    this.#stoodMs += performance.now() - this.#stillSince;
    this.#stillSince = null;
    for (const countdown of this.#countdowns) countdown.goOn();
  }
}
