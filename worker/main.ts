import { createRequire } from "node:module";
import { hostname } from "node:os";
import { refuseFreeRole } from "../db/application-role.ts";
import { openBlobs } from "../db/blobs.ts";
import { openDb } from "../db/client.ts";
import type { BrowserName } from "../db/domain/steps/definition.ts";
import { OutsideCalls } from "../db/outside-calls.ts";
import { openKeys } from "../db/services/envelope.ts";
import { type Config, loadConfig } from "../ops/config.ts";
import { createLogger, type Logger } from "../ops/log.ts";
import { createRegistry, outsideMetrics } from "../ops/metrics.ts";
import { type Part, runUntilStopped } from "../ops/shutdown.ts";
import { workerMetrics } from "../ops/worker-metrics.ts";
import type { OwnService } from "./egress/gateway.ts";
import { serveFigures } from "./figures.ts";
import { type BrowserOffer, installedBrowser } from "./installed-browser.ts";
import { type MailWay, openMailTransport } from "./notify/mail-transport.ts";
import { startWorker, type WorkerService } from "./service.ts";

/** Where somebody waits for the end of the process, such as at a terminal, attempts get less time to end by themselves. */
const graceMs = { production: 6_000, development: 3_000, test: 3_000 } as const;
const stopWithinMs = 30_000;

async function main(): Promise<never> {
  const config = loadConfig();
  const logger = createLogger(config, "worker");
  if (config.databaseUrl === null)
    throw new Error("DATABASE_URL is unset: `npm start` sets it for its own database");
  const parts = createParts(config, config.databaseUrl, logger);
  return runUntilStopped({ parts, logger, stopWithinMs });
}

/** What lives in this process, in the order of starting; it stops in reverse. */
function createParts(config: Config, databaseUrl: string, logger: Logger): Part[] {
  const slots = config.workerConcurrency;
  const db = openDb({ url: databaseUrl, connectionsMax: slots + 3, name: "verdict-worker" });
  const registry = createRegistry("worker");
  const outsideFigures = outsideMetrics(registry);
  const outside = new OutsideCalls({ metrics: outsideFigures });
  outsideFigures.watch(outside);
  const blobs = openBlobs(
    config.s3 === null
      ? { kind: "file", directory: `${config.home}/artifacts` }
      : { kind: "s3", ...config.s3 },
    outside.to("storage"),
  );
  let service: WorkerService | null = null;
  let figures: { close(): Promise<void> } | null = null;
  return [
    { name: "database", start: () => refuseFreeRole(db.sql), stop: () => db.close() },
    { name: "storage", start: () => undefined, stop: () => blobs.close() },
    {
      name: "worker",
      start: async () => {
        service = await startWorker({
          db,
          blobs,
          keys: openKeys(config.secretKey, config.secretKeysOther),
          name: `${hostname()}:${process.pid}`,
          version: packageVersion(),
          slots,
          home: config.home,
          ...browsersOf(config, logger),
          outside,
          mail: mailWay(config, outside),
          egress: { mode: config.egress, own: ownServices(config) },
          logDays: config.logDays,
          browserMemoryBytes: config.browserMemoryMegabytes * 1_048_576,
          // The ordinary way to end, which its supervisor knows.
          onDrained: () => void process.kill(process.pid, "SIGTERM"),
          timings: { graceMs: graceMs[config.nodeEnv] },
          log: logger,
          metrics: workerMetrics(registry),
        });
      },
      stop: () => service?.stop(),
    },
    {
      name: "figures",
      start: async () => {
        if (config.metricsPort === null) return;
        const metrics = async () => ({ contentType: registry.contentType, text: await registry.metrics() });
        const state = () => service?.state() ?? null;
        figures = await serveFigures({
          port: config.metricsPort,
          token: config.metricsToken,
          metrics,
          state,
        });
      },
      stop: () => figures?.close(),
    },
  ];
}

function mailWay({ smtpUrl, mailFrom, publicUrl }: Config, outside: OutsideCalls): MailWay {
  const ask = outside.to("mail");
  const transport = smtpUrl === null ? null : openMailTransport({ url: smtpUrl, from: mailFrom, ask });
  return { transport, publicUrl };
}

/** What this worker has; a worker without any takes light jobs only. */
function browsersOf(
  config: Config,
  logger: Logger,
): { browser: BrowserOffer | null; firefox: BrowserOffer | null } {
  const browser = offerOf(config, "chromium");
  const firefox = offerOf(config, "firefox");
  if (browser === null && firefox === null) {
    logger.warn({ event: "no-browser", message: "set PUPPETEER_EXECUTABLE_PATH to Chrome or Chromium" });
  }
  return { browser, firefox };
}

/** An address elsewhere comes before what is installed here. */
function offerOf({ browsers, isHeaded }: Config, name: BrowserName): BrowserOffer | null {
  const { endpoint, path } = browsers[name];
  // Chromium refuses to start as root with its sandbox; everywhere else the sandbox stays on.
  const sandbox = process.getuid?.() !== 0;
  if (endpoint !== null) return { executablePath: "", endpoint, sandbox };
  const executablePath = path ?? installedBrowser(name, process.env.PATH ?? "");
  return executablePath === null ? null : { executablePath, sandbox, isHeaded };
}

/** What no test may be allowed to reach. */
function ownServices({ databaseUrl, databaseOwnerUrl, redisUrl, smtpUrl, s3 }: Config): OwnService[] {
  const urls = [databaseUrl, databaseOwnerUrl, redisUrl, smtpUrl, s3?.endpoint ?? null];
  return urls.flatMap((text) => {
    const url = text === null ? null : URL.parse(text);
    if (!url?.hostname) return [];
    const port = Number(url.port) || (defaultPorts[url.protocol] ?? 80);
    return [{ host: url.hostname, port }];
  });
}

const defaultPorts: Record<string, number> = {
  "postgres:": 5432,
  "postgresql:": 5432,
  "redis:": 6379,
  "rediss:": 6379,
  "smtp:": 587,
  "smtps:": 465,
  "https:": 443,
};

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
  return version;
}

await main();
