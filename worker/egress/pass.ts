import {
  Agent,
  type ClientRequestArgs,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import type { EgressTrouble } from "../../db/domain/egress.ts";
import { limits } from "../../db/domain/limits.ts";
import { type Dialer, EgressError } from "./dialer.ts";

const countMs = 1_000;
/** Said about one attempt; more says nothing new. */
const troublesMax = 1_000;
/** They are about the connection to the proxy, not about the one behind it. */
const ofTheHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
]);

export type PassOptions = {
  dialer: Dialer;
  /** Told of each connection that was wanted and not made. */
  onTrouble: (trouble: EgressTrouble) => void;
  bytesMax?: number;
  connectionsMax?: number;
};

/**
 * The way into the network of one attempt: a proxy on a port of its own, which is gone when the attempt is. HTTP as a proxy is
 * asked for it, everything else (TLS, WebSocket) by CONNECT.
 */
export class EgressPass {
  readonly #options: PassOptions;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #counter: NodeJS.Timeout;
  #closedBytes = 0;
  #troubles = 0;
  #isSpent = false;

  private constructor(options: PassOptions) {
    this.#options = options;
    this.#server = createServer({
      maxHeaderSize: limits.egressHeaderBytesMax,
      keepAliveTimeout: limits.egressIdleMs,
      requestTimeout: 0,
      noDelay: true,
    });
    this.#server.maxConnections = options.connectionsMax ?? limits.egressConnectionsMax;
    this.#server.on("connection", (client: Socket) => this.#meet(client));
    this.#server.on("request", (request, response) => this.#forward(request, response));
    this.#server.on("connect", (request, client: Socket, head) => this.#tunnel(request, client, head));
    this.#server.on("clientError", (_, client) => client.destroy());
    this.#counter = setInterval(() => this.#count(), countMs);
    this.#counter.unref();
  }

  static async open(options: PassOptions): Promise<EgressPass> {
    const pass = new EgressPass(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    pass.#server.once("error", reject);
    pass.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    return pass;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Ends every connection, and takes no more. May be called again. */
  close(): void {
    clearInterval(this.#counter);
    this.#server.close();
    for (const client of this.#clients) client.destroy();
  }

  #meet(client: Socket): void {
    this.#clients.add(client);
    client.setTimeout(limits.egressIdleMs, () => client.destroy());
    client.on("error", () => client.destroy());
    client.once("close", () => {
      this.#clients.delete(client);
      this.#closedBytes += client.bytesRead + client.bytesWritten;
    });
    if (this.#isSpent) client.destroy();
  }

  #count(): void {
    let bytes = this.#closedBytes;
    for (const client of this.#clients) bytes += client.bytesRead + client.bytesWritten;
    const max = this.#options.bytesMax ?? limits.egressBytesMax;
    if (bytes <= max || this.#isSpent) return;
    this.#isSpent = true;
    this.#tell({
      host: "",
      port: 0,
      kind: "limit",
      text: `an attempt takes at most ${max} bytes of the network`,
    });
    for (const client of this.#clients) client.destroy();
  }

  #tell(trouble: EgressTrouble): void {
    if (this.#troubles++ < troublesMax) this.#options.onTrouble(trouble);
  }

  /** Told before the connection ends, so that whoever sees it end can know why. */
  #fail(error: unknown): void {
    if (error instanceof EgressError) this.#tell(error.trouble);
  }

  #tunnel(request: IncomingMessage, client: Socket, head: Buffer): void {
    const place = placeOf(`http://${request.url}/`, request.url);
    if (place === null) return void client.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    this.#options.dialer.dial(place.host, place.port).then(
      (far) => {
        if (client.destroyed) return void far.destroy();
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        if (head.length > 0) far.write(head);
        join(client, far);
      },
      (error: unknown) => {
        this.#fail(error);
        const status =
          error instanceof EgressError && error.trouble.kind === "refused"
            ? "403 Forbidden"
            : "502 Bad Gateway";
        client.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      },
    );
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const place = placeOf(request.url ?? "");
    if (place === null) {
      response.writeHead(400, { "content-type": "text/plain", connection: "close" });
      response.end("This is the egress proxy of an attempt, and no server.\n");
      return;
    }
    const line = lineOf(request.socket, this.#options.dialer);
    line.isBusy = true;
    response.once("close", () => {
      line.isBusy = false;
    });
    const far = httpRequest({
      agent: line.agent,
      host: place.host,
      port: place.port,
      method: request.method ?? "GET",
      path: place.path,
      headers: ["Host", place.authority, ...forwardable(request.rawHeaders, "host")],
      maxHeaderSize: limits.egressHeaderBytesMax,
      // What browsers take must get through: whether it is right is no business of a proxy.
      insecureHTTPParser: true,
    });
    far.once("response", (answer) => relay(answer, response));
    far.once("error", (error) => {
      this.#fail(error);
      request.socket.destroy();
    });
    response.once("close", () => far.destroy());
    pipeline(request, far, () => undefined);
  }
}

/** The connection behind that of a browser: each has one of its own, so that the one ends when the other does. */
type Line = { agent: Agent; isBusy: boolean };
const lines = new WeakMap<Socket, Line>();

function lineOf(client: Socket, dialer: Dialer): Line {
  const known = lines.get(client);
  if (known) return known;
  const line: Line = { agent: new PinnedAgent(dialer, () => line.isBusy || client.destroy()), isBusy: false };
  lines.set(client, line);
  client.once("close", () => line.agent.destroy());
  return line;
}

class PinnedAgent extends Agent {
  readonly #dialer: Dialer;
  readonly #onIdleClose: () => void;

  /** @param onIdleClose a server has closed a connection: a browser that used it again would lose a request */
  constructor(dialer: Dialer, onIdleClose: () => void) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#dialer = dialer;
    this.#onIdleClose = onIdleClose;
  }

  override createConnection(
    { host, port }: ClientRequestArgs,
    done: (error: Error | null, socket: Duplex) => void = () => undefined,
  ): undefined {
    this.#dialer.dial(String(host), Number(port)).then(
      (socket) => {
        socket.once("close", this.#onIdleClose);
        done(null, socket);
      },
      (error: Error) => done(error, nothing),
    );
  }
}

/** What Node's types want to have beside an error; it is not looked at. */
const nothing = undefined as unknown as Duplex;

function relay(answer: IncomingMessage, response: ServerResponse): void {
  const isLast = answer.headers.connection?.toLowerCase() === "close" || answer.httpVersion === "1.0";
  const headers = [
    ...forwardable(answer.rawHeaders, "transfer-encoding"),
    ...(isLast ? ["Connection", "close"] : []),
  ];
  response.sendDate = false;
  try {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
  } catch {
    // A header that can't be sent on.
    response.socket?.destroy();
    return;
  }
  pipeline(answer, response, () => undefined);
}

/** Both ends in one. */
function join(client: Socket, far: Socket): void {
  far.on("error", () => far.destroy());
  far.once("close", () => client.destroy());
  client.once("close", () => far.destroy());
  client.pipe(far);
  far.pipe(client);
}

function forwardable(raw: readonly string[], except: string): string[] {
  const named = new Set<string>();
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() !== "connection") continue;
    for (const name of (raw[at + 1] ?? "").split(",")) named.add(name.trim().toLowerCase());
  }
  return raw.flatMap((text, index) => {
    if (index % 2 === 1) return [];
    const name = text.toLowerCase();
    return ofTheHop.has(name) || name === except || named.has(name) ? [] : [text, raw[index + 1] ?? ""];
  });
}

type Place = { host: string; port: number; authority: string; path: string };

/** Where a request wants to go; of CONNECT the name and port. Null for what is no address of HTTP. */
function placeOf(address: string, authority?: string): Place | null {
  const url = URL.parse(address);
  if (url?.protocol !== "http:" || url.hostname === "" || url.username !== "" || url.password !== "")
    return null;
  // CONNECT must name its port, 80 too, which is not in `url.port`.
  if (authority !== undefined && !/^[^/?#@]+:\d{1,5}$/.test(authority)) return null;
  const port = Number(url.port || 80);
  return port === 0
    ? null
    : { host: url.hostname, port, authority: url.host, path: url.pathname + url.search };
}
