import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseConfig } from "../config.ts";
import { freePort, startEmbeddedPostgres } from "../embedded-postgres.ts";
import { seed } from "../seed.ts";
import { prepareDatabase } from "../start/prepare.ts";
import { spawnMain, stopChild } from "../testing/system.ts";
import { type BenchOptions, type BenchResult, barOf, quantile, rowOf } from "./result.ts";

const owner = { email: "owner@example.com", password: "a-password-of-the-bench" };
const readyMs = 60_000;
const perSecond = 50;
const storm = 60;
const wantMs = 200;
const full = { rounds: 5, seconds: 6 };
const quick = { rounds: 1, seconds: 4 };

const what = "50 requests a second of somebody else, p95 from the intended start";
type Answers = { statuses: number[]; p95: number };

/**
 * What sign-ins that come at once cost those who are signed in. An API process of its own on an embedded PostgreSQL, without Redis;
 * requests begin when they are due, whatever became of those before them.
 */
export async function benchSignIns({ quick: isQuick }: BenchOptions): Promise<BenchResult> {
  const { rounds, seconds } = isQuick ? quick : full;
  const api = await startApi();
  try {
    const token = await signIn(api.origin, owner);
    const background = () => requestsOf(`${api.origin}/api/v1/projects?limit=20`, token, seconds);
    await background();
    const alone: number[] = [];
    const guessing: number[] = [];
    const many: number[] = [];
    const tried: number[] = [];
    for (let round = 0; round < rounds; round++) {
      console.error(`round ${round + 1} of ${rounds}`);
      alone.push((await background()).p95);
      const one = `${randomBytes(6).toString("hex")}@example.com`;
      const [during, guesses] = await together(background, () => stormOf(api.origin, () => one));
      guessing.push(during.p95);
      tried.push(guesses.filter((status) => status === 401).length);
      const [amid] = await together(background, () =>
        stormOf(api.origin, (n) => `${n}-${randomBytes(6).toString("hex")}@example.com`),
      );
      many.push(amid.p95);
    }
    const worst = Math.max(...guessing);
    return {
      rows: [
        rowOf(what, "nobody signs in", "ms", alone),
        rowOf(
          what,
          `${storm} sign-ins in a second, one e-mail`,
          "ms",
          guessing,
          `${tried.join(", ")} were tried`,
        ),
        rowOf(what, `${storm} sign-ins in a second, ${storm} e-mails`, "ms", many, "all of them are tried"),
      ],
      bars: [
        barOf(`below ${wantMs} ms in every round while one e-mail is guessed`, wantMs / worst, 1),
        barOf("exactly five of sixty tried, in every round", tried.every((count) => count === 5) ? 1 : 0, 1),
      ],
      notes: [
        `one API process, no Redis: limits are counted in PostgreSQL; ${rounds} rounds of ${seconds} s`,
        "the client runs on the same machine, and its own delay counts",
      ],
    };
  } finally {
    await api.stop();
  }
}

async function startApi(): Promise<{ origin: string; stop(): Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), "verdict-bench-"));
  chmodSync(home, 0o755);
  const postgres = await startEmbeddedPostgres({ home });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    NODE_ENV: "test",
    DATABASE_URL: postgres.appUrl,
    DATABASE_OWNER_URL: postgres.ownerUrl,
    PORT: String(port),
    PUBLIC_URL: origin,
    VERDICT_HOME: home,
    SECRET_KEY: randomBytes(32).toString("hex"),
    ADMIN_EMAIL: owner.email,
    ADMIN_PASSWORD: owner.password,
    API_PER_MINUTE: "1000000",
    REDIS_URL: "",
    LOG_LEVEL: "warn",
  };
  const config = parseConfig(env);
  const secretKey = env.SECRET_KEY;
  const databaseUrl = await prepareDatabase({ ...config, secretKey }, postgres);
  await seed({ databaseUrl, config: { ...config, secretKey }, demoUrl: null, print: () => undefined });
  const child = spawnMain("api", env, join(home, "api.log"));
  const stop = async () => {
    await stopChild(child);
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  };
  const endsAt = performance.now() + readyMs;
  while (performance.now() < endsAt && child.exitCode === null) {
    const response = await fetch(`${origin}/health/ready`).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) return { origin, stop };
    await delay(50);
  }
  await stop();
  throw new Error(`the API was not ready within ${readyMs / 1_000} s`);
}

async function signIn(origin: string, { email, password }: typeof owner): Promise<string> {
  const response = await post(`${origin}/api/v1/auth/login`, { email, password });
  if (!response.ok) throw new Error(`signing in answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { accessToken: string }).accessToken;
}

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** So many requests a second. @throws when one is not answered with 200 */
async function requestsOf(url: string, token: string, seconds: number): Promise<Answers> {
  const latencies: number[] = [];
  const statuses: number[] = [];
  await paced(perSecond * seconds, 1_000 / perSecond, async (dueAt) => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    await response.text();
    if (response.status !== 200)
      throw new Error(`a request in the background was answered ${response.status}`);
    statuses.push(response.status);
    latencies.push(performance.now() - dueAt);
  });
  return {
    statuses,
    p95: quantile(
      latencies.sort((a, b) => a - b),
      0.95,
    ),
  };
}

/** Sign-ins with a wrong password, all in one second. @returns how each was answered */
async function stormOf(origin: string, emailOf: (n: number) => string): Promise<number[]> {
  const statuses: number[] = [];
  let n = 0;
  await paced(storm, 1_000 / storm, async () => {
    const response = await post(`${origin}/api/v1/auth/login`, {
      email: emailOf(n++),
      password: "wrong password",
    });
    await response.text();
    statuses.push(response.status);
  });
  return statuses;
}

/** Begins each piece of work when it is due, whether or not those before it have ended. */
async function paced(count: number, everyMs: number, work: (dueAt: number) => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    const dueAt = startedAt + n * everyMs;
    const early = dueAt - performance.now();
    if (early > 0) await delay(early);
    const begun = work(dueAt);
    // Told when all have begun; until then it is nobody's.
    begun.catch(() => undefined);
    all.push(begun);
  }
  await Promise.all(all);
}

/** The storm comes when the requests have been going on for a second. */
async function together(
  background: () => Promise<Answers>,
  sudden: () => Promise<number[]>,
): Promise<[Answers, number[]]> {
  return Promise.all([background(), delay(1_000).then(sudden)]);
}
