import { AppError } from "../../db/domain/errors.ts";
import type { LogItem } from "../../db/domain/events.ts";
import { listLogs } from "../../db/services/executions.ts";
import type { Log } from "../deps.ts";
import type { Feed, Next, Subscription } from "./subscription.ts";

/**
 * The events of one execution. What is new is read once for all who keep up; who is behind reads pages of their own from
 * the database. Nobody is ever sent anything but what stands behind their position, so there is no gap and no duplicate.
 */
export class ExecutionFeed implements Feed {
  readonly #id: string;
  readonly #pageSize: number;
  readonly #log: Log;
  readonly #subscriptions = new Set<Subscription>();
  /** The newest events, without a gap, at most one page of them. */
  #recent: LogItem[] = [];
  #isReading = false;
  #isWanted = false;

  constructor(id: string, pageSize: number, log: Log) {
    this.#id = id;
    this.#pageSize = pageSize;
    this.#log = log;
  }

  get isEmpty(): boolean {
    return this.#subscriptions.size === 0;
  }

  get isOver(): boolean {
    const last = this.#recent.at(-1);
    if (last?.type !== "execution-finished") return false;
    return [...this.#subscriptions].every(({ position }) => position >= last.seq);
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
    if (!this.#isReading) void this.#read();
  }

  close(): void {
    this.#isWanted = false;
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        let isMore = true;
        while (isMore) {
          isMore = await this.#readPage();
          for (const reader of this.#subscriptions) void reader.catchUp(this.#next);
        }
      }
    } catch (error) {
      // The next poll tries again.
      this.#log("warn", { event: "live-read", execution: this.#id, error });
    } finally {
      this.#isReading = false;
    }
  }

  /** false when there is nothing new, or nobody left to read it for. */
  async #readPage(): Promise<boolean> {
    const [reader] = this.#subscriptions;
    if (!reader) return false;
    const positions = [...this.#subscriptions].map(({ position }) => position);
    const after = this.#recent.at(-1)?.seq ?? Math.min(...positions);
    const query = { after, limit: this.#pageSize };
    try {
      const { items } = await listLogs(reader.connection.ctx, this.#id, query);
      this.#recent = [...this.#recent, ...items].slice(-this.#pageSize);
      return items.length > 0;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // This reader may not read any more; the others are asked again.
      reader.fail(error);
      return this.#subscriptions.size > 0;
    }
  }

  readonly #next: Next = async ({ position, connection }) => {
    const first = this.#recent[0];
    const last = this.#recent.at(-1);
    if (last && position >= last.seq) return [];
    if (first && first.seq <= position + 1)
      return this.#recent.filter(({ seq }) => seq > position).map(asItem);
    const { items } = await listLogs(connection.ctx, this.#id, { after: position, limit: this.#pageSize });
    return items.map(asItem);
  };
}

function asItem(item: LogItem): { seq: number; event: LogItem } {
  return { seq: item.seq, event: item };
}
