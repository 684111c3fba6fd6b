import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pages } from "./pages.ts";

/** A request that the site was sent, for tests that look at what arrived. */
export type Seen = { method: string; path: string; body: string; headers: IncomingMessage["headers"] };

export type Site = {
  /** `http://127.0.0.1:port`. */
  url: string;
  /** The same server under another name, which browsers take for another site. */
  otherUrl: string;
  requests: Seen[];
  close(): Promise<void>;
};

/** A site of tiny pages on this machine. `/slow?ms=` answers late, `/status/404` with that status, `/echo` what it got. */
export async function startSite(): Promise<Site> {
  const requests: Seen[] = [];
  const server = createServer((request, response) => {
    readBody(request).then(
      (body) => {
        const path = request.url ?? "/";
        requests.push({ method: request.method ?? "GET", path, body, headers: request.headers });
        answer(server, request, body, response);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    otherUrl: `http://localhost:${port}`,
    requests,
    close: () => closeServer(server),
  };
}

function answer(server: Server, request: IncomingMessage, body: string, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://site");
  const [, kind, rest] = url.pathname.split("/");
  const send = (status: number, type: string, text: string, headers: Record<string, string> = {}) => {
    response.writeHead(status, { "content-type": type, ...headers }).end(text);
  };
  const page = pages[url.pathname];
  if (page !== undefined) return send(200, "text/html; charset=utf-8", page);
  switch (kind) {
    case "slow":
      setTimeout(() => send(200, "text/html", "<h1>Slow page</h1>"), Number(url.searchParams.get("ms") ?? 300));
      return;
    case "hang":
      return;
    case "status":
      return send(Number(rest), "text/html", `<h1>Status ${rest}</h1>`);
    case "redirect":
      return send(302, "text/plain", "", { location: url.searchParams.get("to") ?? "/" });
    case "ring":
      return send(302, "text/plain", "", { location: "/ring" });
    case "quit":
      // The answer still goes out; then nobody listens any more.
      send(200, "text/plain", "bye", { connection: "close" });
      return void server.close();
    case "cookie":
      return send(200, "text/html", `<h1>${request.headers.cookie ?? "no cookie"}</h1>`, {
        "set-cookie": `visit=${url.searchParams.get("visit") ?? "x"}; Path=/`,
      });
    case "download":
      return send(200, "application/octet-stream", "bytes", { "content-disposition": "attachment" });
    case "json":
      return send(200, "application/json", '{"data":{"items":[{"id":7,"name":"seven"}]}}');
    case "big":
      return send(200, "text/plain", "x".repeat(1_100_000));
    case "echo": {
      const { method, headers } = request;
      return send(200, "application/json", JSON.stringify({ method, body, authorization: headers.authorization }));
    }
    default:
      return send(404, "text/html", "<h1>Not found</h1>");
  }
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
