import { AppError } from "../../db/domain/errors.ts";
import type { Ctx } from "../../db/services/context.ts";
import type { Log } from "../deps.ts";
import type { Feed, Next, Subscription } from "./subscription.ts";

/** A state and its number: of two, the one with the greater number is the newer. */
export type State = { seq: number; event: unknown; isFinal: boolean };

/**
 * The newest state of something. States in between may be left out: each message says everything, and a slow client gets
 * the newest when it can take it.
 */
export class StateFeed implements Feed {
  readonly #read: (ctx: Ctx) => Promise<State>;
  readonly #intervalMs: number;
  readonly #log: Log;
  readonly #subscriptions = new Set<Subscription>();
  #state: State | null = null;
  #isReading = false;
  #isWanted = false;
  #pause: { timer: ReturnType<typeof setTimeout>; end: () => void } | null = null;

  constructor(read: (ctx: Ctx) => Promise<State>, intervalMs: number, log: Log) {
    this.#read = read;
    this.#intervalMs = intervalMs;
    this.#log = log;
  }

  get isEmpty(): boolean {
    return this.#subscriptions.size === 0;
  }

  get isOver(): boolean {
    return this.#state?.isFinal ?? false;
  }

  add(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
    void subscription.catchUp(this.#next);
    this.wake();
  }

  remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  wake(): void {
    this.#isWanted = true;
    if (!this.#isReading) void this.#readAll();
  }

  close(): void {
    this.#isWanted = false;
    if (!this.#pause) return;
    clearTimeout(this.#pause.timer);
    this.#pause.end();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.#readOnce();
        for (const reader of this.#subscriptions) void reader.catchUp(this.#next);
        await this.#rest();
      }
    } catch (error) {
      this.#log("warn", { event: "live-read", error });
    } finally {
      this.#isReading = false;
    }
  }

  async #readOnce(): Promise<void> {
    for (const reader of [...this.#subscriptions]) {
      try {
        const state = await this.#read(reader.connection.ctx);
        if (!this.#state || state.seq > this.#state.seq) this.#state = state;
        return;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        reader.fail(error);
      }
    }
  }

  /** A burst of hints becomes few reads. */
  #rest(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#intervalMs);
    this.#pause = { timer, end: resolve };
    return promise.finally(() => {
      this.#pause = null;
    });
  }

  readonly #next: Next = async ({ position }) =>
    this.#state && this.#state.seq > position ? [{ seq: this.#state.seq, event: this.#state.event }] : [];
}
