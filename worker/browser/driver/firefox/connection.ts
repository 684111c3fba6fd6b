import type { Commands, Event } from "webdriver-bidi-protocol";
import { WebSocket } from "ws";

/** A page that logs, or a picture of a long one, may be large; a browser that sends more is not to be believed. */
const messageBytesMax = 256_000_000;

type Waiting = { resolve: (result: never) => void; reject: (error: Error) => void };
type Message =
  | { type: "success"; id: number; result: never }
  | { type: "error"; id: number | null; error: string; message: string }
  | ({ type: "event" } & Event);

/** What the browser answers instead of doing something. */
export class BidiError extends Error {
  readonly code: string;

  constructor(method: string, code: string, message: string) {
    super(isGone(code, message) ? `target closed: ${message}` : `${method}: ${code}: ${message}`);
    this.name = "BidiError";
    this.code = code;
  }
}

/** Whether the browser has answered just that. */
export function isAnswer(error: unknown, code: string): boolean {
  return error instanceof BidiError && error.code === code;
}

/** The words for a document, frame or tab that does not exist any more; the rest of the runner asks for `target closed`. */
function isGone(code: string, message: string): boolean {
  return (
    code === "no such frame" ||
    code === "no such node" ||
    code === "no such handle" ||
    (code === "unknown error" && /destroyed before|AbortError|DiscardedBrowsingContext/.test(message))
  );
}

/** A line to a browser that speaks WebDriver BiDi. */
export class BidiConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting & { method: string }>();
  readonly #onEvent = new Set<(event: Event) => void>();
  readonly #onClosed = new Set<() => void>();
  #lastId = 0;
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#hear(String(data)));
    socket.on("close", () => this.#close());
    // An error is followed by the close.
    socket.on("error", () => undefined);
  }

  /** @throws when nobody answers there, and the reason of the signal */
  static async open(address: string, tooLong: AbortSignal): Promise<BidiConnection> {
    const socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: messageBytesMax });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(tooLong.reason);
    tooLong.addEventListener("abort", abort, { once: true });
    socket.once("open", () => resolve());
    socket.once("error", reject);
    try {
      tooLong.throwIfAborted();
      await promise;
      return new BidiConnection(socket);
    } catch (error) {
      socket.on("error", () => undefined);
      socket.terminate();
      throw error;
    } finally {
      tooLong.removeEventListener("abort", abort);
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  onEvent(listener: (event: Event) => void): void {
    this.#onEvent.add(listener);
  }

  onClosed(listener: () => void): void {
    this.#onClosed.add(listener);
  }

  /** @throws BidiError; when the line closes before the answer */
  send<M extends keyof Commands>(
    method: M,
    params: Commands[M]["params"],
  ): Promise<Commands[M]["returnType"]> {
    if (this.#isClosed) return Promise.reject(new Error("target closed: the browser is gone"));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, method });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.terminate();
    this.#close();
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as Message;
    if (message.type === "event") {
      for (const listener of this.#onEvent) listener(message);
      return;
    }
    const waiting = message.id === null ? undefined : this.#waiting.get(message.id);
    if (!waiting || message.id === null) return;
    this.#waiting.delete(message.id);
    if (message.type === "success") waiting.resolve(message.result);
    else waiting.reject(new BidiError(waiting.method, message.error, message.message));
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { reject } of this.#waiting.values()) reject(new Error("target closed: the browser is gone"));
    this.#waiting.clear();
    for (const listener of this.#onClosed) listener();
  }
}
