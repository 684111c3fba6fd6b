import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { type BlobStore, openBlobs } from "../../db/blobs.ts";
import { openSessions } from "../../db/services/sessions.ts";
import { openTokens } from "../../db/services/tokens.ts";
import { type TestDatabase, testDatabase } from "../../db/testing/database.ts";
import {
  addMember,
  makeUser,
  makeWorld,
  type TestUser,
  testKeys,
  type World,
} from "../../db/testing/factories.ts";
import { createApp } from "../app.ts";
import type { AppDeps, AppEnv } from "../deps.ts";
import { healthChecks, onFailure } from "../health/checks.ts";
import { openHealth } from "../health/health.ts";
import { openRateLimits } from "../limits.ts";
import type { EndpointSpec } from "../routes/endpoint.ts";
import { createApi } from "../routes/index.ts";
import { openStaticFiles } from "../static-files.ts";

const most = 1_000_000;
const noLimits = { "sign-in": most, links: most, "sign-on": most, api: most, uploads: most };
const nobody = { address: null, userAgent: null };

export const publicUrl = "http://verdict.test";

/**
 * Alice owns the organization, Adam is an admin, Bob and Pat are members, Dora is a viewer; Charlie is of another one; root runs
 * the installation.
 */
export type Person = "alice" | "adam" | "bob" | "pat" | "dora" | "charlie" | "root";

export type Answer = { status: number; headers: Headers; body: Record<string, unknown>; text: string };
export type CallOptions = { headers?: Record<string, string>; env?: unknown };

export type TestApp = {
  app: Hono<AppEnv>;
  deps: AppDeps;
  database: TestDatabase;
  blobs: BlobStore;
  world: World;
  people: Record<Person, TestUser>;
  endpoints: readonly EndpointSpec[];
  /** Every line that was logged. */
  lines: Record<string, unknown>[];
  /** A request below /api/v1 with a bearer token; an answer that the document does not know fails the test. */
  call(
    who: Person | null,
    method: string,
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): Promise<Answer>;
  /** The Cookie header of a new session. */
  cookie(who: Person): Promise<string>;
  bearer(who: Person): Promise<string>;
  close(): Promise<void>;
};

/** The application on a database of its own, with three people in two organizations. */
export async function testApp(over: Partial<AppDeps> = {}): Promise<TestApp> {
  const database = await testDatabase();
  try {
    return await appOn(database, over);
  } catch (error) {
    await database.drop();
    throw error;
  }
}

async function appOn(database: TestDatabase, over: Partial<AppDeps>): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), "verdict-api-"));
  const lines: Record<string, unknown>[] = [];
  const blobs = openBlobs({ kind: "file", directory: folder });
  const deps = { ...(await depsOf(database, blobs, lines)), ...over };
  const app = createApp(deps);
  const { endpoints } = createApi(deps);
  const world = await makeWorld(database.db);
  const others = { adam: "admin", pat: "member", dora: "viewer" } as const;
  const [adam, pat, dora] = await Promise.all(
    Object.entries(others).map(async ([name, role]) => {
      const user = await makeUser(database.db, { name: `${name[0]?.toUpperCase()}${name.slice(1)}` });
      await addMember(database.db, world.a.id, user.id, role);
      return user;
    }),
  );
  assert.ok(adam && pat && dora);
  const root = await makeUser(database.db, { name: "Root", platformRole: "admin" });
  const { alice, bob, charlie } = world;
  const people = { alice, adam, bob, pat, dora, charlie, root };
  const tokens = new Map<Person, string>();
  const bearer = async (who: Person): Promise<string> => {
    const known =
      tokens.get(who) ?? `Bearer ${(await deps.tokens.issue(people[who].id, nobody)).accessToken}`;
    tokens.set(who, known);
    return known;
  };
  return {
    app,
    deps,
    database,
    blobs,
    world,
    people,
    endpoints,
    lines,
    bearer,
    async call(who, method, path, body, { headers = {}, env } = {}) {
      const init: RequestInit = {
        method,
        headers: {
          ...(who ? { authorization: await bearer(who) } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      };
      const answer = await read(await app.request(`${publicUrl}/api/v1${path}`, init, env as object));
      checkAnswer(endpoints, method, path, answer);
      return answer;
    },
    async cookie(who) {
      const { cookie } = await deps.sessions.create(people[who].id, nobody);
      return cookie.split(";")[0] ?? "";
    },
    async close() {
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function depsOf(
  database: TestDatabase,
  blobs: BlobStore,
  lines: Record<string, unknown>[],
): Promise<AppDeps> {
  const { db } = database;
  const now = () => new Date();
  const system = async () => ({
    memoryBytes: 1e8,
    memoryBytesMax: 1e9,
    eventLoopDelayMs: 1,
    diskFreeBytes: null,
    uptimeSeconds: 1,
  });
  const outside = () => ({ breaker: "closed", active: 0, waiting: 0, lastFailure: null });
  const checks = healthChecks({ db, blobs, pingRedis: null, hasModel: false, outside, system, now });
  return {
    db,
    sessions: openSessions(db, { secure: false }),
    tokens: openTokens(db, "a secret key of the tests, 32 bytes or more"),
    keys: testKeys,
    blobs,
    limits: openRateLimits({ redis: null, sql: null, most: noLimits }),
    log: (level, fields) => void lines.push({ level, ...fields }),
    metrics: {
      request: () => undefined,
      active: () => undefined,
      limited: () => undefined,
      sockets: () => undefined,
      pushed: () => undefined,
      text: async () => ({ contentType: "text/plain", text: "verdict_up 1\n" }),
    },
    health: openHealth({ checks, onFailure, isAccepting: () => true }),
    assets: await openStaticFiles({ folders: [], files: {} }),
    live: null,
    web: null,
    errorPage: null,
    publicUrl,
    signOn: null,
    sendsMail: false,
    version: "0.0.0-test",
    metricsToken: null,
    peerAddress: () => "192.0.2.1",
    isReceived: () => true,
    isTrustedProxy: () => false,
    now,
  };
}

export async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, headers: response.headers, body, text };
}

/** What the document promises must be what came. */
function checkAnswer(endpoints: readonly EndpointSpec[], method: string, path: string, answer: Answer): void {
  const spec = specOf(endpoints, method, path.split("?")[0] ?? "");
  if (!spec || answer.status === 304) return;
  if (answer.status >= 400) {
    assert.equal(answer.headers.get("content-type"), "application/problem+json", answer.text);
    return;
  }
  assert.equal(answer.status, spec.status, `${spec.id} answered ${answer.text}`);
  if (!spec.result) return;
  const parsed = spec.result.safeParse(answer.body);
  assert.ok(parsed.success, `${spec.id} is not as documented: ${parsed.error?.message} in ${answer.text}`);
}

function specOf(endpoints: readonly EndpointSpec[], method: string, path: string): EndpointSpec | undefined {
  const fits = (spec: EndpointSpec) =>
    spec.method === method.toLowerCase() &&
    new RegExp(`^${spec.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);
  // Words before parameters: /test-cases/import is not a test case.
  return endpoints.filter(fits).sort((a, b) => a.path.split("{").length - b.path.split("{").length)[0];
}
