import { WebSocket } from "ws";
import type { EventType } from "../../db/domain/events.ts";
import type { Client } from "./client.ts";
import type { Ledger } from "./ledger.ts";

const reconnectMs = 200;
/** The server's own bound on subscriptions of a socket is 50. */
const subscriptionsMax = 40;

type Message = { type: string; topic?: string; seq?: number; event?: { type: EventType } };

/** A client of `/ws` that comes back whenever its socket breaks, and goes on after the last number it has seen. */
export class Watcher {
  readonly #url: string;
  readonly #client: Client;
  readonly #ledger: Ledger;
  readonly #open = new Set<string>();
  #socket: WebSocket | null = null;
  #isClosed = false;
  #retry: NodeJS.Timeout | null = null;
  /** How often the socket broke. */
  breaks = 0;

  constructor(origin: string, client: Client, ledger: Ledger) {
    this.#url = `${origin.replace("http", "ws")}/ws`;
    this.#client = client;
    this.#ledger = ledger;
    void this.#connect();
  }

  get isFull(): boolean {
    return this.#open.size >= subscriptionsMax;
  }

  /** Executions whose last event has not come yet. */
  get open(): readonly string[] {
    return [...this.#open];
  }

  watch(executionId: string): void {
    this.#ledger.watch(executionId);
    this.#open.add(executionId);
    this.#subscribe(executionId);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#retry) clearTimeout(this.#retry);
    this.#socket?.terminate();
  }

  async #connect(): Promise<void> {
    try {
      const authorization = `Bearer ${await this.#client.token()}`;
      if (this.#isClosed) return;
      const socket = new WebSocket(this.#url, { headers: { authorization }, handshakeTimeout: 5_000 });
      this.#socket = socket;
      socket.on("open", () => {
        for (const executionId of this.#open) this.#subscribe(executionId);
      });
      socket.on("message", (data) => this.#take(JSON.parse(String(data)) as Message));
      socket.on("error", () => undefined);
      socket.on("close", () => this.#comeBack());
    } catch {
      this.#comeBack();
    }
  }

  #comeBack(): void {
    if (this.#isClosed) return;
    this.breaks++;
    this.#retry = setTimeout(() => void this.#connect(), reconnectMs);
  }

  #subscribe(executionId: string): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const after = this.#ledger.watch(executionId).at(-1)?.seq ?? 0;
    this.#socket.send(JSON.stringify({ type: "subscribe", topic: `execution:${executionId}`, after }));
  }

  #take({ type, topic, seq, event }: Message): void {
    const executionId = topic?.slice("execution:".length);
    if (!executionId) return;
    if (type === "error") {
      // The server's own trouble: it is asked again, as after a break.
      this.#socket?.terminate();
      return;
    }
    if (type !== "event" || !event || seq === undefined) return;
    this.#ledger.watch(executionId).push({ seq, type: event.type });
    if (event.type !== "execution-finished") return;
    this.#open.delete(executionId);
    const unsubscribe = { type: "unsubscribe", topic };
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(unsubscribe));
  }
}
