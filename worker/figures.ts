import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { WorkerMode } from "../db/domain/workers.ts";
import type { Refusal } from "../db/outbox/workers.ts";

export type FiguresOptions = {
  port: number;
  /** Null: `/metrics` answers only this machine. */
  token: string | null;
  metrics: () => Promise<{ contentType: string; text: string }>;
  /** What this worker has been told to do, and what it does not claim for a reason of its own; null: it starts. */
  state: () => { mode: WorkerMode; refusal: Refusal } | null;
};

/**
 * A worker's own small HTTP server, for scrapers and supervisors: `/metrics`, `/health/live`, and `/health`, which says
 * whether it takes jobs and, to those who may scrape, why not.
 */
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
  { token, metrics, state }: FiguresOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split("?")[0];
  if (request.method !== "GET") return end(response, 405, "text/plain", "only GET\n");
  if (path === "/health/live") return json(response, { status: "healthy" });
  if (path === "/health") return json(response, healthOf(state(), mayScrape(request, token)));
  if (path !== "/metrics") return end(response, 404, "text/plain", "not found\n");
  if (!mayScrape(request, token)) return end(response, 401, "text/plain", "METRICS_TOKEN is needed\n");
  const { contentType, text } = await metrics();
  end(response, 200, contentType, text);
}

function healthOf(state: ReturnType<FiguresOptions["state"]>, isDetailed: boolean) {
  const isTaking = state?.mode === "active" && state.refusal.of === "nothing";
  const status = isTaking ? "healthy" : "degraded";
  if (!isDetailed || state === null) return { status };
  return { status, mode: state.mode, refuses: state.refusal.of, refusal: state.refusal.why };
}

function json(response: ServerResponse, body: Record<string, unknown>): void {
  end(response, 200, "application/json", `${JSON.stringify(body)}\n`);
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
