import { AppError } from "../../db/domain/errors.ts";
import type { InputEvent, WatchWish } from "../../db/domain/live-view.ts";
import type { ProjectPlace } from "../../db/domain/permissions.ts";
import type { Ctx } from "../../db/services/context.ts";
import type { Connection } from "./connection.ts";

/** What a subscription gets its messages from. */
export type Feed = {
  /** `wish`: how a view is to be shown. */
  add(subscription: Subscription, wish: WatchWish): void;
  remove(subscription: Subscription): void;
  /** Something may have changed: read it anew. */
  wake(): void;
  readonly isEmpty: boolean;
  /** Nothing will ever come any more, so that nobody needs to look. */
  readonly isOver: boolean;
  close(): void;
  /** The client has taken what has this number; only feeds of pictures ask for it. */
  acknowledge?(subscription: Subscription, seq: number): void;
};

/** What is next for a reader who has seen everything up to `position`. An empty list: nothing for now. */
export type Next = (subscription: Subscription) => Promise<readonly { seq: number; event: unknown }[]>;

export type InputTaker = (ctx: Ctx, events: readonly InputEvent[]) => Promise<void>;

/** One client's reading of one topic. It keeps the last number that it sent, and sends only what is behind it. */
export class Subscription {
  readonly topic: string;
  /** Whose topic it is. */
  readonly place: ProjectPlace;
  readonly connection: Connection;
  /** Takes what its client does with mouse and keyboard; null where there is no page. */
  readonly onInput: InputTaker | null;
  position: number;
  isEnded = false;
  readonly #onEnd: (subscription: Subscription) => void;
  readonly #onAcknowledge: (seq: number) => void;
  #isSending = false;
  #isWanted = false;

  constructor(options: {
    topic: string;
    place: ProjectPlace;
    connection: Connection;
    after: number;
    onEnd: (subscription: Subscription) => void;
    onAcknowledge: (subscription: Subscription, seq: number) => void;
    onInput: InputTaker | null;
  }) {
    this.topic = options.topic;
    this.place = options.place;
    this.connection = options.connection;
    this.position = options.after;
    this.onInput = options.onInput;
    this.#onEnd = options.onEnd;
    this.#onAcknowledge = (seq) => options.onAcknowledge(this, seq);
  }

  /** Sends what is next until there is nothing more, no faster than the client takes it. Once at a time. */
  async catchUp(next: Next): Promise<void> {
    this.#isWanted = true;
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#isWanted && !this.isEnded) {
        this.#isWanted = false;
        await this.#sendAll(next);
      }
    } catch (error) {
      if (error instanceof AppError) this.fail(error);
      else this.connection.note(error, this.topic);
    } finally {
      this.#isSending = false;
    }
  }

  async #sendAll(next: Next): Promise<void> {
    while (!this.isEnded) {
      await this.connection.drained();
      if (this.isEnded) return;
      const items = await next(this);
      if (items.length === 0) return;
      for (const { seq, event } of items) {
        if (this.isEnded || !this.connection.canTake()) break;
        this.connection.send({ type: "event", topic: this.topic, seq, event });
        this.position = seq;
      }
    }
  }

  /** The client has taken what has this number. */
  acknowledge(seq: number): void {
    this.#onAcknowledge(seq);
  }

  /** Ends it and tells the client why. */
  fail(error: unknown): void {
    if (this.isEnded) return;
    this.connection.unsubscribe(this.topic);
    this.connection.sendError(error, this.topic);
  }

  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#onEnd(this);
  }
}
