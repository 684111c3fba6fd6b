import { AppError } from "../../db/domain/errors.ts";
import { viewLimits, type WatchWish } from "../../db/domain/live-view.ts";
import type { Ctx } from "../../db/services/context.ts";
import { readView, unwatchView, watchView } from "../../db/services/live-view.ts";
import type { Log } from "../deps.ts";
import type { Feed, Subscription } from "./subscription.ts";
import { type Newest, ViewReader } from "./view-reader.ts";

/** Two reads are never closer than this; the picture of a moment ago is newer than any eye. */
const readMsMin = 1_000 / viewLimits.fpsMax / 2;

/**
 * The page of one execution, as long as somebody watches it here: says so again and again, so that its worker shows it, and
 * reads what it shows once for all who watch.
 */
export class ViewFeed implements Feed {
  readonly #id: string;
  readonly #watcherId: string;
  readonly #log: Log;
  readonly #readers = new Map<Subscription, ViewReader>();
  #newest: Newest | null = null;
  #isReading = false;
  #isWanted = false;
  #isClosed = false;
  #again: ReturnType<typeof setInterval> | null = null;
  #lastCtx: Ctx | null = null;

  /** @param watcherId of this process */
  constructor(id: string, watcherId: string, log: Log) {
    this.#id = id;
    this.#watcherId = watcherId;
    this.#log = log;
  }

  get isEmpty(): boolean {
    return this.#readers.size === 0;
  }

  get isOver(): boolean {
    return this.#newest?.view.state === "ended";
  }

  add(subscription: Subscription, wish: WatchWish): void {
    const reader = new ViewReader(subscription, wish);
    this.#readers.set(subscription, reader);
    this.#again ??= setInterval(() => this.#watch(), viewLimits.watchAgainMs);
    this.#watch();
    if (this.#newest) reader.offer(this.#newest);
    this.wake();
  }

  remove(subscription: Subscription): void {
    this.#readers.get(subscription)?.close();
    this.#readers.delete(subscription);
    if (this.#readers.size > 0) this.#watch();
  }

  acknowledge(subscription: Subscription, seq: number): void {
    this.#readers.get(subscription)?.acknowledge(seq);
  }

  wake(): void {
    this.#isWanted = true;
    if (!this.#isReading) void this.#read();
  }

  close(): void {
    this.#isClosed = true;
    this.#isWanted = false;
    if (this.#again) clearInterval(this.#again);
    for (const reader of this.#readers.values()) reader.close();
    const ctx = this.#lastCtx;
    if (!ctx || this.isOver) return;
    // Without it the worker shows the page to nobody, for a few seconds more.
    unwatchView(ctx, this.#id, this.#watcherId).catch((error: unknown) => this.#note(error));
  }

  /** The wishes of all who watch here, together. */
  #wish(): WatchWish {
    const wishes = [...this.#readers.values()].map(({ wish }) => wish);
    return {
      fps: Math.max(...wishes.map(({ fps }) => fps)),
      width: Math.max(...wishes.map(({ width }) => width)),
    };
  }

  #watch(): void {
    if (this.isOver) return;
    void this.#asReader(async (ctx) => {
      this.#lastCtx = ctx;
      await watchView(ctx, this.#id, this.#watcherId, this.#wish());
    });
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    while (this.#isWanted && !this.#isClosed && !this.isOver) {
      this.#isWanted = false;
      await this.#asReader(async (ctx) => {
        const known = this.#newest;
        const seen = await readView(ctx, this.#id, known?.pictureRevision ?? 0);
        // Another read may have been quicker; of two, the one with the greater number is the newer.
        const isOld =
          known && seen.view.revision < known.view.revision && seen.view.state === known.view.state;
        if (isOld) return;
        this.#newest = {
          view: seen.view,
          picture: seen.picture ?? known?.picture ?? null,
          pictureRevision: seen.picture ? seen.pictureRevision : (known?.pictureRevision ?? 0),
        };
      });
      if (this.#newest) for (const reader of this.#readers.values()) reader.offer(this.#newest);
      await new Promise((resolve) => setTimeout(resolve, readMsMin));
    }
    this.#isReading = false;
  }

  /** In the name of one who watches. Who may not any more is told so, and the next one asked. */
  async #asReader(work: (ctx: Ctx) => Promise<void>): Promise<void> {
    for (const subscription of [...this.#readers.keys()]) {
      try {
        return await work(subscription.connection.ctx);
      } catch (error) {
        if (!(error instanceof AppError)) return this.#note(error);
        subscription.fail(error);
      }
    }
  }

  #note(error: unknown): void {
    this.#log("warn", { event: "live-view", execution: this.#id, error });
  }
}
