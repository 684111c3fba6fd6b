import { once } from "node:events";
import { statfs } from "node:fs/promises";
import type { IncomingMessage, Server } from "node:http";
import { createRequire } from "node:module";
import { totalmem } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { serve, upgradeWebSocket, type WebSocketServerLike } from "@hono/node-server";
import { Redis } from "ioredis";
import type { Registry } from "prom-client";
import { WebSocketServer } from "ws";
import { refuseFreeRole } from "../db/application-role.ts";
import { openBlobs } from "../db/blobs.ts";
import { openDb } from "../db/client.ts";
import { policies } from "../db/outside-calls/policies.ts";
import { OutsideCalls } from "../db/outside-calls.ts";
import { openKeys } from "../db/services/envelope.ts";
import { subscribeLive } from "../db/services/live.ts";
import { openSessions } from "../db/services/sessions.ts";
import { openTokens } from "../db/services/tokens.ts";
import { type Config, loadConfig, projectRoot } from "../ops/config.ts";
import { addressList } from "../ops/environment-values.ts";
import { createLogger, type Logger } from "../ops/log.ts";
import { createRegistry, httpMetrics, outsideMetrics } from "../ops/metrics.ts";
import { type Part, runUntilStopped } from "../ops/shutdown.ts";
import { createWeb, errorPage, errorPart } from "../web/index.tsx";
import { createApp } from "./app.ts";
import { openSingleSignOn } from "./auth/single-sign-on.ts";
import type { AppContext, AppDeps, AppMetrics, Log, Page } from "./deps.ts";
import { healthChecks, onFailure, type SystemFigures } from "./health/checks.ts";
import { openHealth } from "./health/health.ts";
import { openRateLimits } from "./limits.ts";
import { liveBounds } from "./live/bounds.ts";
import { Hub } from "./live/hub.ts";
import { openStaticFiles, vendorFiles } from "./static-files.ts";

const connectionsMax = 10;
/** Of the storage: a request is answered within 5 s, with a file or with 503. */
const whileSomebodyWaits = { tryMs: 1_700, totalMs: 3_500, triesMax: 2 };
const socketPingMs = 30_000;
/** A load balancer must have noticed that this process is not ready before the listener closes. */
const noticeMs = { production: 5_000, development: 0, test: 0 } as const;
const requestsEndWithinMs = 1_000;

async function main(): Promise<never> {
  const config = loadConfig();
  const logger = createLogger(config, "api");
  if (config.databaseUrl === null)
    throw new Error("DATABASE_URL is unset: `npm start` sets it for its own database");
  const parts = await createParts(config, config.databaseUrl, logger);
  return runUntilStopped({ parts, logger, stopWithinMs: 10_000 + noticeMs[config.nodeEnv] });
}

/** What lives in this process, in the order of starting; it stops in reverse. */
async function createParts(config: Config, databaseUrl: string, logger: Logger): Promise<Part[]> {
  const log: Log = (level, fields) => logger[level](fields);
  const db = openDb({ url: databaseUrl, connectionsMax, name: "verdict-api", isAsked: true });
  const redis = config.redisUrl === null ? null : openRedis(config.redisUrl, log);
  const registry = createRegistry("api");
  const metrics = metricsOf(registry, httpMetrics(registry));
  const hub = new Hub({ metrics, log });
  const eventLoop = monitorEventLoopDelay({ resolution: 20 });
  const proxies = addressList(config.trustedProxies);
  const version = packageVersion();
  const { blobs, askRedis, outside, signOn } = openOutside(config, registry);
  let isAccepting = true;

  const assets = await openStaticFiles({
    folders: [{ path: `${projectRoot}/web/static` }],
    files: { ...vendorFiles(), "api-docs.js": `${projectRoot}/api/docs/api-docs.js` },
    refresh: config.nodeEnv === "development",
  });
  const sessions = openSessions(db, { secure: config.publicUrl.startsWith("https:") });
  const deps: AppDeps = {
    db,
    sessions,
    tokens: openTokens(db, config.secretKey, { others: config.secretKeysOther }),
    keys: openKeys(config.secretKey, config.secretKeysOther),
    blobs,
    limits: openRateLimits({ redis, ask: askRedis, sql: db.sql, most: config.limits }),
    log,
    metrics,
    health: openHealth({
      checks: healthChecks({
        db,
        blobs,
        pingRedis: redis && (async () => void (await askRedis(() => redis.ping()))),
        outside: (dependency) => outside.state(dependency),
        hasModel: config.openai !== null,
        system: () => systemFigures(config.home, eventLoop.mean / 1e6),
        now: () => new Date(),
      }),
      onFailure,
      isAccepting: () => isAccepting,
    }),
    assets,
    live: { hub, upgrade: upgradeWebSocket },
    web: createWeb({
      db,
      keys: openKeys(config.secretKey, config.secretKeysOther),
      publicUrl: config.publicUrl,
      sendsMail: config.smtpUrl !== null,
      signOn,
      blobs,
      sessions,
      version,
      asset: assets.url,
      addressOf: (c) => (c as unknown as AppContext).get("client").address,
    }),
    errorPage: (c, page) => renderError(c, page, { version, asset: assets.url }),
    publicUrl: config.publicUrl,
    signOn,
    sendsMail: config.smtpUrl !== null,
    version,
    metricsToken: config.metricsToken,
    peerAddress,
    isReceived: (env) => ((env ?? {}) as { incoming?: IncomingMessage }).incoming?.complete ?? true,
    isTrustedProxy: (address) => proxies.check(address, address.includes(":") ? "ipv6" : "ipv4"),
    now: () => new Date(),
  };
  let listener: { close(): Promise<void> } | null = null;
  const http = httpPart(deps, config.port, log);

  return [
    { name: "database", start: () => refuseFreeRole(db.sql), stop: () => db.close() },
    { name: "redis", start: () => undefined, stop: () => redis?.disconnect() },
    { name: "figures", start: () => void eventLoop.enable(), stop: () => void eventLoop.disable() },
    {
      name: "live hints",
      start: () => {
        if (db.address.isPooled) {
          logger.info({
            event: "polling-only",
            reason: "the database is behind a pooler",
            ms: liveBounds.pollMs,
          });
        }
        listener = subscribeLive(
          databaseUrl,
          (hint) => hub.hint(hint),
          () => hub.wakeAll(),
          (executionId) => hub.viewHint(executionId),
          (userId) => hub.accountHint(userId),
        );
      },
      stop: () => listener?.close(),
    },
    {
      name: "http",
      start: http.start,
      stop: async () => {
        isAccepting = false;
        await delay(noticeMs[config.nodeEnv]);
        await http.stop(hub);
      },
    },
  ];
}

/** The ways out of the process to what is not PostgreSQL. */
function openOutside(config: Config, registry: Registry) {
  const figures = outsideMetrics(registry);
  const storage = { ...policies.storage, ...whileSomebodyWaits };
  const outside = new OutsideCalls({ policies: { storage }, metrics: figures });
  figures.watch(outside);
  const blobs = openBlobs(
    config.s3 === null
      ? { kind: "file", directory: `${config.home}/artifacts` }
      : { kind: "s3", ...config.s3 },
    outside.to("storage"),
  );
  const redis = outside.to("redis");
  // Never repeated: what was counted twice would be a limit of half the size.
  const askRedis = <T>(work: () => Promise<T>) => redis(work, { repeat: false });
  const around = { publicUrl: config.publicUrl, ask: outside.to("sign-on") };
  const signOn = config.signOn && openSingleSignOn(config.signOn, around);
  return { outside, blobs, askRedis, signOn };
}

/** The HTTP server with its sockets. */
function httpPart(deps: AppDeps, port: number, log: Log) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: liveBounds.messageBytesMax });
  const pings = keepAlive(sockets);
  let server: Server | null = null;
  return {
    async start(): Promise<void> {
      // Limits of their own, so that a slow client can't hold a connection for ever; longer than nginx keeps its own.
      const serverOptions = { keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 60_000 };
      const started = serve({
        fetch: createApp(deps).fetch,
        port,
        // The types of the two libraries differ in what may be left out, and in nothing that is used.
        websocket: { server: sockets as unknown as WebSocketServerLike },
        serverOptions,
      }) as Server;
      server = started;
      await once(started, "listening");
      const address = started.address();
      log("info", { event: "listening", port: typeof address === "object" ? address?.port : port });
    },
    /** No new requests; those that run may end; sockets are told to go elsewhere. */
    async stop(hub: Hub): Promise<void> {
      clearInterval(pings);
      const closed = server && once(server, "close");
      server?.close();
      server?.closeIdleConnections();
      hub.close();
      await Promise.race([closed, delay(requestsEndWithinMs, undefined, { ref: false })]);
      for (const socket of sockets.clients) socket.terminate();
      server?.closeAllConnections();
      await closed;
    },
  };
}

/** Ends sockets whose other side is gone without having said so. */
function keepAlive(sockets: WebSocketServer): NodeJS.Timeout {
  const silent = new WeakSet<object>();
  sockets.on("connection", (socket) => socket.on("pong", () => silent.delete(socket)));
  return setInterval(() => {
    for (const socket of sockets.clients) {
      if (silent.has(socket)) socket.terminate();
      silent.add(socket);
      socket.ping();
    }
  }, socketPingMs);
}

/** Never waits for a Redis that is away: who asks goes on without it. */
function openRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    commandTimeout: 1_000,
    retryStrategy: (tries) => Math.min(tries * 200, 5_000),
  });
  let isKnownAway = false;
  redis.on("error", (error) => {
    if (!isKnownAway) log("warn", { event: "redis-away", error });
    isKnownAway = true;
  });
  redis.on("ready", () => {
    isKnownAway = false;
    log("info", { event: "redis-ready" });
  });
  return redis;
}

function metricsOf(
  registry: ReturnType<typeof createRegistry>,
  { requests, active, limited, sockets, pushed }: ReturnType<typeof httpMetrics>,
): AppMetrics {
  return {
    request: (labels, seconds) => requests.observe(labels, seconds),
    active: (delta) => active.inc(delta),
    limited: (limit) => limited.inc({ limit }),
    sockets: (delta) => sockets.inc(delta),
    pushed: (count) => pushed.inc(count),
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

function peerAddress(env: unknown): string | null {
  const { incoming } = (env ?? {}) as { incoming?: IncomingMessage };
  return incoming?.socket.remoteAddress ?? null;
}

async function systemFigures(home: string, eventLoopDelayMs: number): Promise<SystemFigures> {
  const disk = await statfs(home).catch(() => null);
  return {
    memoryBytes: process.memoryUsage.rss(),
    // 0 or an absurd number where nothing limits the process.
    memoryBytesMax: Math.min(process.constrainedMemory() || totalmem(), totalmem()),
    eventLoopDelayMs: Number.isFinite(eventLoopDelayMs) ? Math.max(0, eventLoopDelayMs - 20) : 0,
    diskFreeBytes: disk && disk.bavail * disk.bsize,
    uptimeSeconds: Math.round(process.uptime()),
  };
}

type Look = { version: string; asset: (name: string) => string };

function renderError(c: AppContext, page: Page, look: Look): Response | Promise<Response> {
  const shown = {
    status: page.status,
    message: page.detail,
    requestId: page.requestId,
    cookie: c.req.header("cookie"),
    ...look,
  };
  const content = c.req.header("HX-Request") === "true" ? errorPart(shown) : errorPage(shown);
  c.header("Cache-Control", "no-store");
  return c.html(content, page.status as 500);
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
  return version;
}

await main();
