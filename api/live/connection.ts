import { AppError } from "../../db/domain/errors.ts";
import type { InputEvent, WatchWish } from "../../db/domain/live-view.ts";
import { authorize, type Ctx } from "../../db/services/context.ts";
import type { Log } from "../deps.ts";
import type { LiveBounds } from "./bounds.ts";
import { readMessage, type ServerMessage } from "./messages.ts";
import type { Subscription } from "./subscription.ts";

/** One end of a socket, whatever server it belongs to. */
export type Port = {
  send(data: string | Uint8Array): void;
  /** Bytes that the other side has not taken yet. */
  bufferedBytes(): number;
  close(code: number, reason: string): void;
  /** Cuts the connection without a goodbye. */
  terminate(): void;
};

export type ConnectionOptions = {
  port: Port;
  ctx: Ctx;
  userId: string;
  /** The caller's rights of now; null when the sign-in has ended. */
  recheck: () => Promise<Ctx | null>;
  /** When the socket ends whatever happens; null for one that lives as long as its session. */
  endsInMs: number | null;
  bounds: LiveBounds;
  log: Log;
  onSubscribe: (connection: Connection, topic: string, after: number, wish: WatchWish) => Promise<void>;
  onSent: () => void;
};

/** The length of the JSON as four bytes, the most significant first; the JSON; the JPEG. */
function pictureMessage(head: unknown, picture: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const bytes = new Uint8Array(4 + json.byteLength + picture.byteLength);
  new DataView(bytes.buffer).setUint32(0, json.byteLength);
  bytes.set(json, 4);
  bytes.set(picture, 4 + json.byteLength);
  return bytes;
}

/** The close codes that clients may see: going away, against the rules, too big, try again later. */
export const closeCodes = { away: 1001, policy: 1008, tooBig: 1009, later: 1013 } as const;

/** A client's socket: its messages in their order, its subscriptions, and how much of what was sent it has taken. */
export class Connection {
  readonly subscriptions = new Map<string, Subscription>();
  readonly userId: string;
  readonly bounds: LiveBounds;
  ctx: Ctx;
  isClosed = false;
  readonly #options: ConnectionOptions;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #looking: Promise<void> | null = null;
  #wantsLook = false;
  #drained: { promise: Promise<void>; resolve: () => void } | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.ctx = options.ctx;
    this.userId = options.userId;
    this.bounds = options.bounds;
    this.#scheduleRecheck();
    if (options.endsInMs !== null) {
      this.#after(options.endsInMs, () => this.close(closeCodes.policy, "sign-in ended; get a new ticket"));
    }
  }

  /** Takes a message of the client. They are worked on one after the other. */
  receive(data: unknown): void {
    if (this.isClosed) return;
    const text = typeof data === "string" ? data : null;
    if (text !== null && text.length > this.bounds.messageBytesMax) {
      this.close(closeCodes.tooBig, `a message has at most ${this.bounds.messageBytesMax} bytes`);
    } else if (this.#waiting >= this.bounds.messagesWaitingMax) {
      this.close(closeCodes.policy, "too many messages");
    } else {
      this.#enqueue(text);
    }
  }

  #enqueue(text: string | null): void {
    this.#waiting++;
    this.#work = this.#work
      .then(() => this.#handle(text))
      .catch((error: unknown) => this.#options.log("error", { event: "socket-message", error }))
      .finally(() => {
        this.#waiting--;
      });
  }

  send(message: ServerMessage): void {
    if (this.isClosed) return;
    this.#options.port.send(JSON.stringify(message));
    this.#options.onSent();
  }

  /** A picture with what belongs to it, in one message: see `pictureMessage`. */
  sendPicture(topic: string, seq: number, view: unknown, picture: Uint8Array): void {
    if (this.isClosed) return;
    this.#options.port.send(pictureMessage({ topic, seq, view }, picture));
    this.#options.onSent();
  }

  /** Tells the client what was wrong; our own trouble without its text. */
  sendError(error: unknown, topic?: string): void {
    const isOurs = error instanceof AppError;
    if (!isOurs) this.#options.log("error", { event: "socket-error", topic, error });
    this.send({
      type: "error",
      ...(topic === undefined ? {} : { topic }),
      code: isOurs ? error.code : "internal",
      message: isOurs ? error.message : "something went wrong on our side",
    });
  }

  /** Whether more may be sent now. */
  canTake(): boolean {
    return !this.isClosed && this.#options.port.bufferedBytes() <= this.bounds.bufferedBytesMax;
  }

  /** Whether everything that was sent has left this process. */
  isDrained(): boolean {
    return !this.isClosed && this.#options.port.bufferedBytes() === 0;
  }

  /** Resolves when the client has taken enough of what it was sent, or when the socket has ended. */
  drained(): Promise<void> {
    if (this.canTake() || this.isClosed) return Promise.resolve();
    if (!this.#drained) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#drained = { promise, resolve };
      this.#watch(this.#options.port.bufferedBytes(), performance.now());
    }
    return this.#drained.promise;
  }

  unsubscribe(topic: string): void {
    this.subscriptions.get(topic)?.end();
    this.subscriptions.delete(topic);
  }

  close(code: number, reason: string): void {
    if (this.isClosed) return;
    this.#options.port.close(code, reason);
    this.#letGo();
    // A client that takes nothing would not take the goodbye either.
    this.#after(this.bounds.goodbyeMs, () => this.#options.port.terminate());
  }

  /** Looks at the caller's rights now. One look at a time, and one more when something has changed meanwhile. */
  lookAgain(): void {
    if (this.isClosed) return;
    this.#wantsLook = true;
    this.#looking ??= this.#lookUntilDone().finally(() => {
      this.#looking = null;
    });
  }

  async #lookUntilDone(): Promise<void> {
    while (this.#wantsLook && !this.isClosed) {
      this.#wantsLook = false;
      await this.#recheck();
    }
  }

  /** The socket is gone. */
  ended(): void {
    this.#letGo();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Trouble of ours that the client will not notice: what it misses now comes with the next look. */
  note(error: unknown, topic: string): void {
    this.#options.log("warn", { event: "live-read", topic, error });
  }

  #letGo(): void {
    this.isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const topic of [...this.subscriptions.keys()]) this.unsubscribe(topic);
    this.#release();
  }

  async #handle(text: string | null): Promise<void> {
    const message = text === null ? null : readMessage(text);
    if (!message) {
      const expected =
        'expected {"type":"subscribe","topic":"execution:<id>","after":0}, unsubscribe or ping';
      return this.send({ type: "error", code: "invalid-message", message: expected });
    }
    if (message.type === "ping") return this.send({ type: "pong" });
    if (message.type === "subscribe") {
      return this.#options.onSubscribe(this, message.topic, message.after, message);
    }
    if (message.type === "input") return this.#input(message.topic, message.events);
    if (message.type === "ack") return this.subscriptions.get(message.topic)?.acknowledge(message.seq);
    this.unsubscribe(message.topic);
    this.send({ type: "unsubscribed", topic: message.topic });
  }

  /** Only of a page that is watched here: who sends blindly sends to nobody. */
  async #input(topic: string, events: readonly InputEvent[]): Promise<void> {
    const subscription = this.subscriptions.get(topic);
    try {
      if (!subscription?.onInput) throw new AppError("invalid-input", "subscribe to the view first");
      await subscription.onInput(this.ctx, events);
    } catch (error) {
      this.sendError(error, topic);
    }
  }

  /** Looks now and then whether the client takes anything at all. */
  #watch(before: number, progressAt: number): void {
    this.#after(this.bounds.drainCheckMs, () => {
      const buffered = this.#options.port.bufferedBytes();
      if (buffered <= this.bounds.bufferedBytesMax / 2) return this.#release();
      if (buffered < before) return this.#watch(buffered, performance.now());
      if (performance.now() - progressAt < this.bounds.stalledMs) return this.#watch(buffered, progressAt);
      this.close(closeCodes.later, "the client takes nothing; come back and go on after the last seq");
    });
  }

  #release(): void {
    this.#drained?.resolve();
    this.#drained = null;
  }

  #scheduleRecheck(): void {
    // Spread, so that sockets that were opened together do not ask together.
    const delayMs = this.bounds.recheckMs * (0.8 + Math.random() * 0.4);
    this.#after(delayMs, () => {
      void this.#recheck().finally(() => {
        if (!this.isClosed) this.#scheduleRecheck();
      });
    });
  }

  async #recheck(): Promise<void> {
    let ctx: Ctx | null;
    try {
      ctx = await this.#options.recheck();
    } catch (error) {
      // Not to know is no reason to throw everybody out; the next look decides.
      return this.#options.log("warn", { event: "socket-recheck", error });
    }
    if (!ctx) return this.close(closeCodes.policy, "the sign-in of this socket has ended");
    this.ctx = ctx;
    for (const [topic, subscription] of [...this.subscriptions]) {
      try {
        authorize(ctx, subscription.place, "run.read", "topic");
      } catch (error) {
        this.unsubscribe(topic);
        this.sendError(error, topic);
      }
    }
  }

  #after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }
}
