import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type FiguresOptions = {
  port: number;
  /** Null: `/metrics` answers only this machine. */
  token: string | null;
  metrics: () => Promise<{ contentType: string; text: string }>;
};

/** A worker's own small HTTP server, for scrapers and supervisors: `/metrics` and `/health/live`. */
export async function serveFigures(
  options: FiguresOptions,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => end(response, 500, "text/plain", "internal error\n"));
  });
  server.requestTimeout = 10_000;
  server.listen(options.port);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  { token, metrics }: FiguresOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split("?")[0];
  if (request.method !== "GET") return end(response, 405, "text/plain", "only GET\n");
  if (path === "/health/live") return end(response, 200, "application/json", '{"status":"healthy"}\n');
  if (path !== "/metrics") return end(response, 404, "text/plain", "not found\n");
  if (!mayScrape(request, token)) return end(response, 401, "text/plain", "METRICS_TOKEN is needed\n");
  const { contentType, text } = await metrics();
  end(response, 200, contentType, text);
}

function mayScrape(request: IncomingMessage, token: string | null): boolean {
  if (token === null) {
    return ["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(request.socket.remoteAddress ?? "");
  }
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function end(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { "Content-Type": contentType, "Cache-Control": "no-store" });
  response.end(text);
}
