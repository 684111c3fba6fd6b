import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "./random.ts";

/**
 * What the store does to about every second request. `slow`: answers late. `silent`: never. `full`: takes nothing. `forgets`:
 * says that it has stored, and has not. `cuts`: the connection ends in the middle of a body. `changes`: one byte is another.
 */
export const storeFaults = ["slow", "silent", "full", "forgets", "cuts", "changes"] as const;
export type StoreFault = (typeof storeFaults)[number];

const slowMs = { low: 500, high: 6_000 } as const;

/** Stands before a real S3 server and speaks HTTP with both sides. */
export class StoreProxy {
  readonly #server = createServer((asked, answer) => {
    void this.#pass(asked, answer).catch(() => answer.destroy());
  });
  readonly #target: URL;
  readonly #random: Random;
  fault: StoreFault | null = null;
  /** How many requests it has spoilt. */
  spoilt = 0;

  constructor(target: string, random: Random) {
    this.#target = new URL(target);
    this.#random = random;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async open(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const fault = this.fault !== null && this.#random.next() < 0.5 ? this.fault : null;
    const isPut = asked.method === "PUT" && body.byteLength > 0;
    if (fault === "slow") await delay(this.#random.between(slowMs.low, slowMs.high));
    if (fault !== null && (isPut || asked.method === "GET" || fault === "slow")) this.spoilt++;
    if (fault === "silent") return;
    if (isPut && fault === "full") {
      return void answer.writeHead(507).end("<Error><Code>InsufficientStorage</Code></Error>");
    }
    if (isPut && fault === "forgets") return void answer.writeHead(200, { etag: '"forgotten"' }).end();
    const sent = isPut && fault === "changes" ? changed(body) : body;
    const isCut = isPut && fault === "cuts";
    const kept = await this.#ask(asked, isCut ? sent.subarray(0, sent.byteLength / 2) : sent, isCut);
    if (kept === null) return void answer.destroy();
    await give(asked, answer, kept, fault);
  }

  /** Null when it was hung up on. */
  async #ask(asked: IncomingMessage, body: Buffer, isCut: boolean): Promise<IncomingMessage | null> {
    const { method, url: path, headers } = asked;
    const { hostname, port } = this.#target;
    const upstream = request({ hostname, port, method, path, headers, agent: false });
    if (isCut) {
      upstream.on("error", () => undefined);
      upstream.write(body, () => upstream.destroy());
      await once(upstream, "close");
      return null;
    }
    upstream.end(body);
    const [kept] = (await once(upstream, "response")) as [IncomingMessage];
    return kept;
  }
}

async function give(
  asked: IncomingMessage,
  answer: ServerResponse,
  kept: IncomingMessage,
  fault: StoreFault | null,
): Promise<void> {
  const body = await buffer(kept);
  answer.writeHead(kept.statusCode ?? 502, kept.headers);
  const isContent = asked.method === "GET" && kept.statusCode === 200 && body.byteLength > 0;
  if (isContent && fault === "cuts") {
    return void answer.write(body.subarray(0, body.byteLength / 2), () => answer.destroy());
  }
  answer.end(isContent && fault === "changes" ? changed(body) : body);
}

function changed(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const at = Math.floor(copy.byteLength / 2);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
