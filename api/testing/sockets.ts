import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve, upgradeWebSocket, type WebSocketServerLike } from "@hono/node-server";
import { WebSocket, WebSocketServer } from "ws";
import type { LiveView } from "../../db/domain/live-view.ts";
import { type LiveHint, subscribeLive } from "../../db/services/live.ts";
import { createApp } from "../app.ts";
import type { LiveBounds } from "../live/bounds.ts";
import { Hub } from "../live/hub.ts";
import { type Person, publicUrl, type TestApp, testApp } from "./app.ts";

export type Message = {
  type: string;
  topic?: string;
  seq?: number;
  event?: Record<string, unknown>;
  code?: string;
};

/** A picture of a running page: what was said with it, and the JPEG. */
export type Picture = { topic: string; seq: number; view: LiveView; bytes: Uint8Array };

function readPicture(data: Buffer): Picture {
  const length = data.readUInt32BE(0);
  const head = JSON.parse(data.subarray(4, 4 + length).toString("utf8")) as Omit<Picture, "bytes">;
  return { ...head, bytes: data.subarray(4 + length) };
}

/** The application behind a real server, with sockets and with hints from the database. */
export type LiveApp = TestApp & {
  hub: Hub;
  /** With hints of the database, or with polling alone. */
  hints: LiveHint[];
  open(options?: OpenOptions): Promise<Client>;
  /** Opens a socket as somebody. */
  as(who: Person): Promise<Client>;
  stop(): Promise<void>;
};

type OpenOptions = { headers?: Record<string, string>; query?: string };

export async function liveApp(bounds: Partial<LiveBounds> = {}, withHints = true): Promise<LiveApp> {
  const log = () => undefined;
  const metrics = { sockets: () => undefined, pushed: () => undefined };
  const hub = new Hub({ metrics, log, bounds });
  const t = await testApp({ live: { hub, upgrade: upgradeWebSocket } });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_000_000 });
  const server = serve({
    fetch: createApp(t.deps).fetch,
    port: 0,
    hostname: "127.0.0.1",
    websocket: { server: sockets as unknown as WebSocketServerLike },
  }) as Server;
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const hints: LiveHint[] = [];
  const onHint = (hint: LiveHint) => {
    hints.push(hint);
    hub.hint(hint);
  };
  const listener = withHints
    ? subscribeLive(
        t.database.url,
        onHint,
        () => hub.wakeAll(),
        (id) => hub.viewHint(id),
        (userId) => hub.accessHint(userId),
      )
    : null;
  const clients = new Set<Client>();
  const open = async ({ headers = {}, query = "" }: OpenOptions = {}) => {
    const client = new Client(new WebSocket(`ws://127.0.0.1:${port}/ws${query}`, { headers }));
    clients.add(client);
    await client.opened;
    return client;
  };
  return {
    ...t,
    hub,
    hints,
    open,
    as: async (who) => open({ headers: { cookie: await t.cookie(who), origin: publicUrl } }),
    async stop() {
      for (const client of clients) client.socket.terminate();
      hub.close();
      await listener?.close();
      server.closeAllConnections();
      server.close();
      await t.close();
    },
  };
}

/** 1, 2, …: the numbers of a log without a gap. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** A client that writes down everything that it is told. */
export class Client {
  readonly socket: WebSocket;
  readonly opened: Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly messages: Message[] = [];
  /** The binary messages. */
  readonly pictures: Picture[] = [];
  readonly #changes = new Set<() => void>();

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.opened = new Promise((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("unexpected-response", (_, response) =>
        reject(new Error(`refused: ${response.statusCode}`)),
      );
      socket.on("error", reject);
    });
    this.opened.catch(() => undefined);
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
    socket.on("message", (data, isBinary) => {
      if (isBinary) this.pictures.push(readPicture(data as Buffer));
      else this.messages.push(JSON.parse(String(data)) as Message);
      for (const change of this.#changes) change();
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  subscribe(topic: string, after = 0): void {
    this.send({ type: "subscribe", topic, after });
  }

  seqs(topic: string): number[] {
    return this.messages.flatMap(({ type, topic: of, seq }) =>
      type === "event" && of === topic ? [seq ?? -1] : [],
    );
  }

  /** The first message that fits; fails after ten seconds. */
  async until(fits: (message: Message) => boolean): Promise<Message> {
    const known = this.messages.find(fits);
    if (known) return known;
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const timer = setTimeout(() => {
      reject(new Error(`no such message among ${JSON.stringify(this.messages.slice(-5))}`));
    }, 10_000);
    const change = () => {
      const message = this.messages.at(-1);
      if (message && fits(message)) resolve(message);
    };
    this.#changes.add(change);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#changes.delete(change);
    }
  }

  async untilSeq(topic: string, seq: number): Promise<void> {
    await this.until((message) => message.type === "event" && message.topic === topic && message.seq === seq);
  }
}
