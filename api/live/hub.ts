import { AppError } from "../../db/domain/errors.ts";
import { newId } from "../../db/domain/ids.ts";
import type { WatchWish } from "../../db/domain/live-view.ts";
import type { ProjectPlace } from "../../db/domain/permissions.ts";
import type { LiveHint } from "../../db/services/live.ts";
import { sendInput } from "../../db/services/live-control.ts";
import type { AppMetrics, Log } from "../deps.ts";
import { type LiveBounds, liveBounds } from "./bounds.ts";
import { Connection, type ConnectionOptions, closeCodes } from "./connection.ts";
import { readTopic, type Topic } from "./messages.ts";
import { type Feed, Subscription } from "./subscription.ts";
import { feedOf, placeOf } from "./topics.ts";

type Options = {
  metrics: Pick<AppMetrics, "sockets" | "pushed">;
  log: Log;
  bounds?: Partial<LiveBounds>;
};

type NewConnection = Pick<ConnectionOptions, "port" | "ctx" | "userId" | "recheck" | "endsInMs">;

/** The sockets of this process, and what they watch. Push is a hint: what is sent is always read from the database. */
export class Hub {
  readonly bounds: LiveBounds;
  /** Under which this process says what it watches. */
  readonly #id = newId();
  readonly #options: Options;
  readonly #connections = new Set<Connection>();
  readonly #feeds = new Map<string, Feed>();
  readonly #poll: ReturnType<typeof setInterval>;
  #isClosed = false;

  constructor(options: Options) {
    this.#options = options;
    this.bounds = { ...liveBounds, ...options.bounds };
    this.#poll = setInterval(() => this.wakeAll(), this.bounds.pollMs);
  }

  get socketCount(): number {
    return this.#connections.size;
  }

  /** @throws AppError `unavailable` or `rate-limited` when there are enough sockets already */
  admit(userId: string): void {
    if (this.#isClosed || this.#connections.size >= this.bounds.socketsMax) {
      throw new AppError("unavailable", "no more sockets are taken here; try again in a moment", {
        retryAfterSeconds: 5,
      });
    }
    const own = [...this.#connections].filter((connection) => connection.userId === userId).length;
    if (own >= this.bounds.socketsPerUserMax) {
      throw new AppError("rate-limited", `you have ${own} sockets open; close one first`, {
        retryAfterSeconds: 5,
      });
    }
  }

  /** Takes a socket that was opened. */
  connect(socket: NewConnection): Connection {
    const connection = new Connection({
      ...socket,
      bounds: this.bounds,
      log: this.#options.log,
      onSubscribe: (from, topic, after, wish) => this.#subscribe(from, topic, after, wish),
      onSent: () => this.#options.metrics.pushed(1),
    });
    this.#connections.add(connection);
    this.#options.metrics.sockets(1);
    if (this.#isClosed) connection.close(closeCodes.away, "this server is stopping");
    return connection;
  }

  /** The socket is gone. */
  disconnect(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    connection.ended();
    this.#options.metrics.sockets(-1);
  }

  /** Something has changed somewhere. */
  hint({ executionId, runId, projectId }: LiveHint): void {
    if (executionId !== null) {
      this.#feeds.get(`execution:${executionId}`)?.wake();
      this.#feeds.get(`view:${executionId}`)?.wake();
    }
    this.#feeds.get(`run:${runId}`)?.wake();
    this.#feeds.get(`project:${projectId}`)?.wake();
  }

  /** There is a new picture, or somebody wants something of an execution. */
  viewHint(executionId: string): void {
    this.#feeds.get(`view:${executionId}`)?.wake();
  }

  /** A sign-in of somebody has ended, or their rights have changed: their sockets are looked at now, and not when it is time. */
  accountHint(userId: string): void {
    for (const connection of this.#connections) if (connection.userId === userId) connection.lookAgain();
  }

  /** Hints may have been lost: look at everything that somebody watches. */
  wakeAll(): void {
    for (const feed of this.#feeds.values()) if (!feed.isOver) feed.wake();
  }

  /** Says goodbye to everybody; they come back to another process and go on where they were. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#poll);
    for (const connection of [...this.#connections]) {
      connection.close(closeCodes.away, "this server is stopping");
      this.disconnect(connection);
    }
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  async #subscribe(connection: Connection, name: string, after: number, wish: WatchWish): Promise<void> {
    const topic = readTopic(name);
    if (!topic) {
      const message = `"${name}" is no topic: expected execution:<id>, run:<id>, project:<id> or view:<id>`;
      return connection.send({ type: "error", topic: name, code: "invalid-topic", message });
    }
    // A second subscription to the same topic starts it anew.
    connection.unsubscribe(name);
    if (connection.subscriptions.size >= this.bounds.subscriptionsMax) {
      const message = `a socket has at most ${this.bounds.subscriptionsMax} subscriptions`;
      return connection.send({ type: "error", topic: name, code: "too-many-subscriptions", message });
    }
    if (topic.kind === "view" && this.#isFull(name)) {
      const message = `this server shows ${this.bounds.viewsMax} pages already; try again in a moment`;
      return connection.send({ type: "error", topic: name, code: "unavailable", message });
    }
    try {
      const place = await placeOf(connection.ctx, topic);
      if (!connection.isClosed) this.#add(connection, topic, place, after, wish);
    } catch (error) {
      connection.sendError(error, name);
    }
  }

  #isFull(name: string): boolean {
    if (this.#feeds.has(name)) return false;
    return [...this.#feeds.keys()].filter((key) => key.startsWith("view:")).length >= this.bounds.viewsMax;
  }

  #add(connection: Connection, topic: Topic, place: ProjectPlace, after: number, wish: WatchWish): void {
    const feed = this.#feeds.get(topic.name) ?? feedOf(topic, this.bounds, this.#id, this.#options.log);
    this.#feeds.set(topic.name, feed);
    // The numbers of a project's states mean nothing to another process, and of a view only the newest is of interest.
    const position = topic.kind === "project" || topic.kind === "view" ? 0 : after;
    const subscription = new Subscription({
      topic: topic.name,
      place,
      connection,
      after: position,
      onInput: topic.kind === "view" ? (ctx, events) => sendInput(ctx, topic.id, events) : null,
      onAcknowledge: (from, seq) => feed.acknowledge?.(from, seq),
      onEnd: (ended) => this.#remove(topic.name, feed, ended),
    });
    connection.subscriptions.set(topic.name, subscription);
    connection.send({ type: "subscribed", topic: topic.name, seq: position });
    feed.add(subscription, wish);
  }

  #remove(name: string, feed: Feed, subscription: Subscription): void {
    feed.remove(subscription);
    if (!feed.isEmpty) return;
    feed.close();
    if (this.#feeds.get(name) === feed) this.#feeds.delete(name);
  }
}
