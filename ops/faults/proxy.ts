import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy on the loopback interface that can stop passing anything on while both sides believe in their connection. */
export type TcpProxy = {
  port: number;
  /** Nothing passes any more; connections stay open, new ones are taken. */
  freeze(): void;
  /** What waited arrives now, however late. */
  thaw(): void;
  /** The connections that there are lead nowhere any more, and nobody says so; new ones work. */
  lose(): void;
  /** Bytes that went nowhere. */
  readonly lostBytes: number;
  /** Resets every connection. */
  cut(): void;
  /**
   * Resolves when the server has committed the transaction in which a client sent this text. The client does not hear of it:
   * from then on nothing passes any more.
   */
  freezeAtCommitOf(text: string): Promise<void>;
  close(): Promise<void>;
};

export async function startProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let awaited: { text: string; seen: () => void } | null = null;
  const freeze = () => {
    isFrozen = true;
    for (const socket of sockets) socket.pause();
  };
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  };
  const lost = new WeakSet<Socket>();
  let lostBytes = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ ...target, allowHalfOpen: true });
    for (const socket of [client, upstream]) keep(socket);
    let isAwaited = false;
    const isNews = (from: Socket, bytes: Buffer): boolean => {
      if (from === client) isAwaited ||= awaited !== null && bytes.includes(awaited.text);
      return from === upstream && isAwaited && bytes.includes("COMMIT\0");
    };
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      const mayPass = () => !isFrozen && !lost.has(from);
      from.on("data", (bytes: Buffer) => {
        if (lost.has(from)) {
          lostBytes += bytes.byteLength;
          return;
        }
        if (!isNews(from, bytes)) return void to.write(bytes);
        freeze();
        awaited?.seen();
        awaited = null;
      });
      from.on("end", () => mayPass() && to.end());
      from.on("close", () => mayPass() && to.destroy());
      if (isFrozen) from.pause();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    freeze,
    lose() {
      for (const socket of sockets) lost.add(socket);
    },
    get lostBytes() {
      return lostBytes;
    },
    freezeAtCommitOf: (text) =>
      new Promise((seen) => {
        awaited = { text, seen };
      }),
    thaw() {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    cut() {
      isFrozen = false;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
