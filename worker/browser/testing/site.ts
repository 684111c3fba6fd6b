import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { pages } from "./pages.ts";

/** A request that the site was sent, for tests that look at what arrived. */
export type Seen = { method: string; path: string; body: string; headers: IncomingMessage["headers"] };

export type Site = {
  /** `http://127.0.0.1:port`. */
  url: string;
  /** The same server under another name, which browsers take for another site. */
  otherUrl: string;
  requests: Seen[];
  /** Ends the connections that are open. */
  dropConnections(): void;
  close(): Promise<void>;
};

/** A site of tiny pages on this machine, and of those that are given by their paths. `/slow?ms=` answers late, `/status/404` with that status, `/echo` what it got; a WebSocket to `/socket` is greeted and hears what it says. */
export async function startSite(more: Readonly<Record<string, string>> = {}): Promise<Site> {
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    readBody(request).then(
      (body) => {
        const path = request.url ?? "/";
        requests.push({ method: request.method ?? "GET", path, body, headers: request.headers });
        answer(server, { ...pages, ...more }, request, body, response);
      },
      () => response.destroy(),
    );
  });
  const sockets = new WebSocketServer({ server, path: "/socket" });
  sockets.on("connection", (socket) => {
    socket.send("hello");
    socket.on("message", (data) => socket.send(String(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    otherUrl: `http://localhost:${port}`,
    requests,
    dropConnections: () => server.closeAllConnections(),
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      return closeServer(server);
    },
  };
}

/** A download that never ends by itself. */
function endless(response: ServerResponse): void {
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-disposition": "attachment",
  });
  const chunk = Buffer.alloc(1_000_000);
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", write);
  write();
}

const picture =
  '<svg xmlns="http://www.w3.org/2000/svg" width="33" height="22"><rect width="33" height="22" fill="red"/></svg>';

type Answer = { status: number; type: string; text: string; headers?: Record<string, string> };

type Pages = Readonly<Record<string, string>>;

function answer(
  server: Server,
  pages: Pages,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? "/", "http://site");
  const [, kind] = url.pathname.split("/");
  const send = ({ status, type, text, headers }: Answer) =>
    response.writeHead(status, { "content-type": type, ...headers }).end(text);
  // Never answered: what waits for it has to give up by itself.
  if (kind === "hang") return;
  if (kind === "endless") {
    endless(response);
    return;
  }
  if (kind === "slow") {
    const ms = Number(url.searchParams.get("ms") ?? 300);
    setTimeout(() => send(html(200, "<h1>Slow page</h1>")), ms);
    return;
  }
  send(answerTo(pages, url, request, body));
  // The answer still goes out; then nobody listens any more.
  if (kind === "quit") server.close();
}

function answerTo(pages: Pages, url: URL, request: IncomingMessage, body: string): Answer {
  const page = pages[url.pathname];
  if (page !== undefined) return html(200, page);
  const [, kind, rest] = url.pathname.split("/");
  switch (kind) {
    case "status":
      return html(Number(rest), `<h1>Status ${rest}</h1>`);
    case "redirect":
      return redirect(url.searchParams.get("to") ?? "/");
    case "ring":
      return redirect("/ring");
    case "cookie": {
      const cookie = `visit=${url.searchParams.get("visit") ?? "x"}; Path=/`;
      return {
        ...html(200, `<h1>${request.headers.cookie ?? "no cookie"}</h1>`),
        headers: { "set-cookie": cookie },
      };
    }
    case "download": {
      const headers = { "content-disposition": "attachment" };
      return { status: 200, type: "application/octet-stream", text: "bytes", headers };
    }
    case "json":
      return json({ data: { items: [{ id: 7, name: "seven" }] } });
    case "big":
      return { status: 200, type: "text/plain", text: "x".repeat(1_100_000) };
    case "echo":
      return json({ method: request.method, body, authorization: request.headers.authorization });
    case "picture.svg":
      return { status: 200, type: "image/svg+xml", text: picture };
    case "quit":
      return { status: 200, type: "text/plain", text: "bye", headers: { connection: "close" } };
    default:
      return html(404, "<h1>Not found</h1>");
  }
}

function html(status: number, text: string): Answer {
  return { status, type: "text/html; charset=utf-8", text };
}

function json(value: unknown): Answer {
  return { status: 200, type: "application/json", text: JSON.stringify(value) };
}

function redirect(location: string): Answer {
  return { status: 302, type: "text/plain", text: "", headers: { location } };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
