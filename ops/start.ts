// Everything on this machine, by one command:   npm start
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pc from "picocolors";
import { type Config, ConfigError, loadConfig, projectRoot } from "./config.ts";
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { lockHome, StartError } from "./home.ts";
import { seed } from "./seed.ts";
import { type Part, startParts } from "./shutdown.ts";
import type { DemoSite, SeedResult } from "./start/contracts.ts";
import { runDemo } from "./start/demo-run.ts";
import { openDemoSite, portFault, prepareDatabase } from "./start/prepare.ts";
import { Supervised } from "./start/supervised.ts";

const readyBoundMs = 60_000;
const stopWithinMs = 10_000;
const workerGraceMs = 6_000;
const apiGraceMs = 1_500;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const complain = (line: string) => void process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const startedAt = performance.now();
  const loaded = loadConfig();
  const config = loaded.port === 0 ? withPort(loaded, await freePort()) : loaded;
  let gaveUp = false;
  const running = startParts({
    parts: partsOf(config, startedAt, (message) => {
      gaveUp = true;
      complain(message);
      running.stop("a part gave up");
    }),
    logger: terminalLogger(config.home),
    stopWithinMs,
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => running.stop(signal));
  process.on("disconnect", () => running.stop("set-up is gone"));
  const code = await running.finished;
  return gaveUp ? 1 : code;
}

function withPort(config: Config, port: number): Config {
  const isDefault = config.publicUrl === "http://localhost:0";
  return { ...config, port, publicUrl: isDefault ? `http://localhost:${port}` : config.publicUrl };
}

/** In the order of starting; each is stopped in reverse. */
function partsOf(config: Config, startedAt: number, giveUp: (message: string) => void): Part[] {
  let embedded: EmbeddedPostgres | null = null;
  let appUrl = "";
  let demoSite: DemoSite | null = null;
  let seeded: SeedResult | null = null;
  let release = () => {};
  let demo: Promise<void> = Promise.resolve();
  let api: Supervised | null = null;
  let worker: Supervised | null = null;
  const child = (name: "api" | "worker", graceMs: number) =>
    new Supervised({
      name,
      command: [process.execPath, "--import", import.meta.resolve("tsx"), join(projectRoot, name, "main.ts")],
      cwd: projectRoot,
      env: childEnvironment(config, appUrl),
      logFile: join(config.home, "logs", `${name}.log`),
      graceMs,
      say: complain,
      onGiveUp: giveUp,
    });
  return [
    {
      name: "data folder",
      start: async () => {
        release = lockHome(config.home);
        const fault = await portFault(config.port);
        if (fault !== null) throw new StartError(fault);
      },
      stop: () => release(),
    },
    {
      name: "database",
      start: async () => {
        if (config.databaseUrl === null) {
          embedded = await startEmbeddedPostgres({ home: config.home });
          void embedded.crashed.then((log) => giveUp(`The embedded PostgreSQL ended by itself:\n${log}`));
        }
        appUrl = await prepareDatabase(config, embedded);
      },
      stop: () => embedded?.stop(),
    },
    {
      name: "demo site",
      start: async () => {
        if (config.demo) demoSite = await openDemoSite(config.home);
      },
      stop: () => demoSite?.close(),
    },
    {
      name: "first data",
      start: async () => {
        seeded = await seed({ databaseUrl: appUrl, config, demoUrl: demoSite?.url ?? null, print: say });
      },
      stop: () => undefined,
    },
    {
      name: "api",
      start: () => {
        api = child("api", apiGraceMs);
        api.start();
      },
      stop: () => api?.stop(),
    },
    {
      name: "worker",
      start: () => {
        worker = child("worker", workerGraceMs);
        worker.start();
      },
      stop: () => worker?.stop(),
    },
    {
      name: "welcome",
      start: async (signal) => {
        await untilReady(config.port, signal);
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
        if (seeded === null) return;
        welcome(config, seeded, seconds);
        demo = showDemo(config, seeded, signal);
      },
      stop: () => demo,
    },
  ];
}

/** All of our own environment, with the database decided and without what only the start needs. */
function childEnvironment(config: Config, appUrl: string): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = { ...process.env };
  const onlyHere = ["DATABASE_URL", "DATABASE_OWNER_URL", "ADMIN_PASSWORD"];
  for (const name of onlyHere) {
    delete env[name];
    delete env[`${name}_FILE`];
  }
  return {
    ...env,
    DATABASE_URL: appUrl,
    PORT: String(config.port),
    PUBLIC_URL: config.publicUrl,
    VERDICT_HOME: config.home,
  };
}

async function untilReady(port: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + readyBoundMs;
  let last = "it did not answer";
  while (performance.now() < deadline) {
    try {
      const bound = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: bound });
      const text = await response.text();
      if (response.ok) return;
      last = `it answered ${response.status}: ${text.slice(0, 500)}`;
    } catch (error) {
      signal.throwIfAborted();
      last = error instanceof Error ? error.message : String(error);
    }
    await delay(50, undefined, { signal });
  }
  throw new StartError(
    `The API was not ready within ${readyBoundMs / 1000} s (${last}). Its log is in the data folder, logs/api.log.`,
  );
}

function welcome(config: Config, seeded: SeedResult, seconds: string): void {
  say("");
  say(`  ${pc.bold("Verdict")} is ready (${seconds} s): ${pc.bold(pc.cyan(config.publicUrl))}`);
  if (seeded.password !== null) {
    const once = config.admin.password === null ? " (shown only this once)" : "";
    say(`  Sign in as ${pc.bold(seeded.email)} with the password ${pc.bold(seeded.password)}${once}`);
  } else {
    say(`  Sign in as ${pc.bold(seeded.email)} with the password of the first start`);
  }
  say(pc.dim("  Ctrl-C stops it"));
  say("");
}

async function showDemo(config: Config, seeded: SeedResult, signal: AbortSignal): Promise<void> {
  const { created, demoSuiteId, email, password } = seeded;
  if (!config.demo || !created || demoSuiteId === null || password === null) return;
  say("  Running the demo suite in a real browser:");
  try {
    const origin = `http://127.0.0.1:${config.port}`;
    const result = await runDemo({
      origin,
      email,
      password,
      suiteId: demoSuiteId,
      signal,
      output: process.stdout,
    });
    say(`\n  Demo run: ${result.summary}. See it at ${pc.cyan(`${config.publicUrl}${result.page}`)}\n`);
  } catch (error) {
    if (signal.aborted) return;
    complain(
      `  The demo run could not be shown: ${error instanceof Error ? error.message : error}. Verdict itself is up; start the suite from the dashboard.`,
    );
  }
}

/** The supervisor's own words are for a person; the processes' JSON lines go to files. */
function terminalLogger(home: string) {
  return {
    info: (line: { event?: string; reason?: string }) => {
      if (line.event === "stopping") say(pc.dim("  Stopping"));
    },
    warn: (line: object) => complain(`  ${JSON.stringify(line)}`),
    error: (line: { part?: string; error?: unknown }) => {
      const { error } = line;
      const isPlain = error instanceof StartError || error instanceof ConfigError;
      const text = error instanceof Error ? (isPlain ? error.message : error.stack) : String(error);
      complain(
        `${isPlain ? "" : `${line.part ?? "A part"} failed (logs are in ${join(home, "logs")}):\n`}${text}`,
      );
    },
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  complain(
    error instanceof ConfigError ? error.message : String(error instanceof Error ? error.stack : error),
  );
  process.exitCode = 1;
}
process.exit();
