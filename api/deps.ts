import type { Context, Hono } from "hono";
import type { UpgradeWebSocket } from "hono/ws";
import type { Ctx } from "../db/services/context.ts";
import type { SecretKeys } from "../db/services/envelope.ts";
import type { Sessions } from "../db/services/sessions.ts";
import type { Tokens } from "../db/services/tokens.ts";
import type { WebEnv } from "../web/index.tsx";
import type { SingleSignOn } from "./auth/single-sign-on.ts";
import type { Health } from "./health/health.ts";
import type { RateLimits } from "./limits.ts";
import type { Hub } from "./live/hub.ts";

export type Db = Ctx["db"];

/** How a caller proved who they are. */
export type Credential =
  | { kind: "bearer"; userId: string }
  | { kind: "session"; userId: string; sessionId: string };

export type Client = { address: string | null; userAgent: string | null };

/** What the middleware leaves for routes and pages. `ctx` is null for somebody who has not signed in. */
export type Variables = {
  ctx: Ctx | null;
  requestId: string;
  credential: Credential | null;
  client: Client;
  /** Aborts when the request has been answered without waiting any longer. */
  signal: AbortSignal;
};
export type AppEnv = { Variables: Variables };
export type AppContext = Context<AppEnv>;

/** The part of the file storage that serves artifacts. */
export type Blobs = {
  get(
    key: string,
  ): Promise<{ stream: ReadableStream<Uint8Array>; sizeBytes: number; contentType: string } | null>;
  check(): Promise<void>;
};

/** A file of the dashboard or of a vendored library. `hash` is of its content. */
export type Asset = { bytes: Uint8Array<ArrayBuffer>; contentType: string; hash: string };
export type Assets = {
  /** `name` is what stands after `/static/`; null for everything that is not in the list. */
  read(name: string): Promise<Asset | null>;
  /** The address of an asset, with its hash, so that it can be cached for ever. */
  url(name: string): string;
};

export type LogLevel = "debug" | "info" | "warn" | "error";
export type Log = (level: LogLevel, fields: Record<string, unknown>) => void;

/** Figures for the scraper; `route` is the pattern, never the path. */
export type AppMetrics = {
  request(labels: { method: string; route: string; status: string }, seconds: number): void;
  active(delta: 1 | -1): void;
  limited(limit: string): void;
  sockets(delta: 1 | -1): void;
  pushed(count: number): void;
  text(): Promise<{ contentType: string; text: string }>;
};

export type Page = { status: number; title: string; detail: string; requestId: string };

/** Everything that the application needs, as values: tests pass literals, `main.ts` passes the real ones. */
export type AppDeps = {
  db: Db;
  sessions: Sessions;
  tokens: Tokens;
  keys: SecretKeys;
  blobs: Blobs;
  limits: RateLimits;
  log: Log;
  metrics: AppMetrics;
  health: Health;
  assets: Assets;
  /** Null where the runtime has no WebSocket upgrade. */
  live: { hub: Hub; upgrade: UpgradeWebSocket } | null;
  /** The dashboard; null in an API without one. */
  web: Hono<WebEnv> | null;
  /** Renders an error of a dashboard page; null falls back to plain text. */
  errorPage: ((c: AppContext, page: Page) => Response | Promise<Response>) | null;
  /** Without a slash at the end. */
  publicUrl: string;
  /** The OpenID provider; null where people sign in with passwords only. */
  signOn: SingleSignOn | null;
  /** Whether mail leaves the installation; otherwise links are handed on by people. */
  sendsMail: boolean;
  version: string;
  metricsToken: string | null;
  /** The address of the other end of the connection, from what the server passes beside the request. */
  peerAddress(env: unknown): string | null;
  isTrustedProxy(address: string): boolean;
  /** Whether the request has come as a whole, from what the server passes beside it. */
  isReceived(env: unknown): boolean;
  now(): Date;
};
