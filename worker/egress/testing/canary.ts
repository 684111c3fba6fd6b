import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

export type Hit = { path: string; address: string; how: "http" | "socket" };

/** What must not be reached: it listens on every address of this machine and writes down who comes. */
export class Canary {
  readonly hits: Hit[] = [];
  /** Made over TCP, whether anything was said over them or not. */
  connections = 0;
  /** Packets that came over UDP. */
  packets = 0;
  readonly #servers: Server[];
  readonly #udp: UdpSocket[];
  readonly port: number;
  readonly udpPort: number;

  private constructor(servers: Server[], udp: UdpSocket[]) {
    this.#servers = servers;
    this.#udp = udp;
    this.port = portOf(servers);
    this.udpPort = udp[0]?.address().port ?? 0;
    for (const server of servers) {
      server.on("connection", () => this.connections++);
      server.on("request", (request: IncomingMessage, response: ServerResponse) => {
        this.#note(request, "http");
        const headers = { "access-control-allow-origin": "*", "content-type": "text/html" };
        response.writeHead(200, headers).end("<title>Reached</title><h1>Reached</h1>");
      });
      const sockets = new WebSocketServer({ server });
      sockets.on("connection", (socket, request) => {
        this.#note(request, "socket");
        socket.close();
      });
    }
    for (const socket of udp) socket.on("message", () => this.packets++);
  }

  static async open(): Promise<Canary> {
    const four = createServer();
    await listen(four, 0, "0.0.0.0");
    const six = createServer();
    const { port } = four.address() as AddressInfo;
    await listen(six, port, "::", true);
    const udp = createSocket("udp4");
    udp.bind(0, "0.0.0.0");
    await once(udp, "listening");
    return new Canary([four, six], [udp]);
  }

  /** Whether somebody came by this path. */
  has(path: string): boolean {
    return this.hits.some((hit) => hit.path === path);
  }

  async close(): Promise<void> {
    for (const socket of this.#udp) socket.close();
    await Promise.all(
      this.#servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  #note(request: IncomingMessage, how: Hit["how"]): void {
    this.hits.push({ path: request.url ?? "", address: request.socket.localAddress ?? "", how });
  }
}

function portOf([server]: Server[]): number {
  return (server?.address() as AddressInfo | null)?.port ?? 0;
}

async function listen(server: Server, port: number, host: string, ipv6Only = false): Promise<void> {
  server.listen({ port, host, ipv6Only });
  await once(server, "listening");
}

/** A site that may be reached, whose pages are told in their addresses where to go. `/redirect?to=`, `/page?to=`. */
export async function startLure(
  host: string,
): Promise<{ origin: string; port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://lure");
    const to = url.searchParams.get("to") ?? "";
    if (url.pathname === "/redirect") {
      // As bytes: in a header that is how other letters are sent.
      response.writeHead(302, { location: Buffer.from(to, "utf8").toString("latin1") }).end();
      return;
    }
    const html = `<!doctype html><title>Lure</title><a id="go" href="${to.replaceAll('"', "&quot;")}">go</a>`;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html);
  });
  await listen(server, 0, host);
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${host}:${port}`,
    port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
