import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type TestDatabase, testDatabase } from "../../db/testing/database.ts";
import { parseConfig, projectRoot } from "../config.ts";
import { startDemoSite } from "../demo/site.ts";
import { freePort } from "../embedded-postgres.ts";
import { seed } from "../seed.ts";

/** The whole product as processes on free ports, with a database and a data folder of its own. For end-to-end tests. */
export type TestSystem = {
  origin: string;
  home: string;
  email: string;
  password: string;
  database: TestDatabase;
  demoUrl: string;
  demoSuiteId: string;
  /** Sends JSON with the owner's access token. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: never }>;
  startWorker(): WorkerProcess;
  stop(): Promise<void>;
};

export type WorkerProcess = { pid: number; kill(signal: NodeJS.Signals): void; exited: Promise<unknown> };

const email = "owner@example.com";
const password = "a-password-of-the-tests";
const secretKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/**
 * @param over variables of the environment that are other than usual
 * @param through what its processes reach the database through, such as a pooler
 */
export async function startSystem(
  over: Readonly<Record<string, string>> = {},
  through: (databaseUrl: string) => Promise<{ url: string; stop(): Promise<void> }> = directly,
): Promise<TestSystem> {
  const home = await mkdtemp(join(tmpdir(), "verdict-system-"));
  const database = await testDatabase();
  const way = await through(database.url);
  const demo = await startDemoSite({ port: 0 });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    DATABASE_URL: way.url,
    PORT: String(port),
    PUBLIC_URL: origin,
    VERDICT_HOME: home,
    SECRET_KEY: secretKey,
    ADMIN_EMAIL: email,
    ADMIN_PASSWORD: password,
    WORKER_CONCURRENCY: "2",
    ...over,
  };
  const config = { ...parseConfig(env), secretKey };
  const seeded = await seed({ databaseUrl: database.url, config, demoUrl: demo.url, print: () => undefined });
  const children: ChildProcess[] = [];
  const start = (name: "api" | "worker") => {
    const child = spawnMain(name, env, join(home, `${name}-${children.length}.log`));
    children.push(child);
    return child;
  };
  const stop = async () => {
    await Promise.all(children.map(stopChild));
    await demo.close();
    await way.stop();
    await database.drop();
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const token = await readyToken(start("api"), origin, home).catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    origin,
    home,
    email,
    password,
    database,
    demoUrl: demo.url,
    demoSuiteId: seeded.demoSuiteId ?? "",
    call: (method, path, body) => call(`${origin}/api/v1${path}`, method, token, body),
    startWorker() {
      const child = start("worker");
      const exited = once(child, "exit");
      return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), exited };
    },
    stop,
  };
}

async function directly(url: string) {
  return { url, stop: async () => undefined };
}

/** A process of the product, with its log in a file. */
export function spawnMain(name: "api" | "worker", env: NodeJS.ProcessEnv, logFile: string): ChildProcess {
  const child = spawn(process.execPath, ["--import", "tsx", join(projectRoot, name, "main.ts")], {
    cwd: projectRoot,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr?.pipe(createWriteStream(logFile));
  return child;
}

/** Asks a process to stop and ends it when it does not. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await exited;
  clearTimeout(timer);
}

async function readyToken(api: ChildProcess, origin: string, home: string): Promise<string> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline && api.exitCode === null) {
    const response = await fetch(`${origin}/health/ready`).catch(() => null);
    if (response?.ok) return signIn(origin);
    await delay(50);
  }
  throw new Error(`the API was not ready within 30 s:\n${await readFile(join(home, "api-0.log"), "utf8")}`);
}

async function signIn(origin: string): Promise<string> {
  const { status, body } = await call(`${origin}/api/v1/auth/login`, "POST", null, { email, password });
  if (status !== 200) throw new Error(`signing in answered ${status}: ${JSON.stringify(body)}`);
  return (body as { accessToken: string }).accessToken;
}

async function call(url: string, method: string, token: string | null, body?: unknown) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : null) as never };
}

/** Asks every half second until `done` says so. @throws after `boundMs`, with what was seen last. */
export async function until<T>(
  what: string,
  boundMs: number,
  ask: () => Promise<T>,
  done: (seen: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    const seen = await ask();
    if (done(seen)) return seen;
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${boundMs} ms; last seen ${JSON.stringify(seen).slice(0, 2_000)}`);
    }
    await delay(500);
  }
}
