import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { WebSocket } from "ws";
import { projectRoot } from "../config.ts";
import { freePort } from "../embedded-postgres.ts";
import { docker, dockerWith, imageOf, runPrefix } from "./containers.ts";

const execute = promisify(execFile);
const upBoundMs = 400_000;
const saidCharsMax = 8_000;
const requestBoundMs = 30_000;
const email = "owner@example.com";
const edge = `172.30.${20 + (process.pid % 200)}`;

/** `compose.production.yaml`, brought up by its own command, with ports, secrets and volumes of the test's own. */
export type Production = {
  origin: string;
  /** What the first instance is called among containers, such as `api-1` or `worker`. */
  container(service: string): string;
  compose(...args: string[]): string;
  /** Runs a script of Node inside of a container and returns what it writes. */
  node(service: string, script: string): string;
  /** An answer through nginx; its certificate is checked. */
  get(path: string): Promise<Answer>;
  /** As the owner. */
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  socket(ticket: string): WebSocket;
  stop(): void;
};
export type Answer = { status: number; headers: Record<string, unknown>; text: string; body: never };

/** @throws with what compose and the containers said when it does not become healthy */
export async function startProduction(): Promise<Production> {
  const project = `${runPrefix()}-production`;
  const secrets = mkdtempSync(join(tmpdir(), "verdict-secrets-"));
  const origin = `https://localhost:${await freePort()}`;
  const env = environment({ project, secrets, origin, httpPort: await freePort() });
  // The file is read again for each command, and with it the variables.
  const compose = (...args: string[]) =>
    dockerWith(env, "compose", "--file", "compose.production.yaml", ...args);
  const stop = () => {
    compose("--profile", "demo", "down", "--volumes", "--timeout", "20");
    rmSync(secrets, { recursive: true });
  };
  try {
    await bringUp(env);
    const ca = readFileSync(join(secrets, "tls_certificate"));
    const ask = (method: string, path: string, token: string | null, body?: unknown) =>
      send(`${origin}${path}`, ca, method, token, body);
    const password = readFileSync(join(secrets, "admin_password"), "utf8").trim();
    const token = await signIn(ask, password);
    return {
      origin,
      container: (service) => `${project}-${service}-1`,
      compose,
      node: (service, script) => docker("exec", `${project}-${service}-1`, "node", "-e", script),
      get: (path) => ask("GET", path, null),
      call: (method, path, body) => ask(method, `/api/v1${path}`, token, body),
      socket: (ticket) =>
        new WebSocket(`${origin.replace("https", "wss")}/ws?ticket=${ticket}`, { ca, origin }),
      stop,
    };
  } catch (error) {
    stop();
    throw error;
  }
}

async function bringUp(env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await execute("ops/compose/up.sh", [], {
      cwd: projectRoot,
      env,
      timeout: upBoundMs,
      maxBuffer: 50_000_000,
    });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    throw new Error(`the install did not come up:\n${said.slice(-saidCharsMax)}`);
  }
}

type Place = { project: string; secrets: string; origin: string; httpPort: number };

function environment({ project, secrets, origin, httpPort }: Place): NodeJS.ProcessEnv {
  return {
    ...process.env,
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_PROFILES: "demo",
    SKIP_BUILD: "1",
    API_IMAGE: imageOf("api"),
    TOOLS_IMAGE: imageOf("tools"),
    WORKER_IMAGE: imageOf("worker"),
    PUBLIC_URL: origin,
    ADMIN_EMAIL: email,
    SECRETS: secrets,
    HTTPS_PORT: `127.0.0.1:${new URL(origin).port}`,
    HTTP_PORT: `127.0.0.1:${httpPort}`,
    EDGE_PREFIX: edge,
    WORKER_CONCURRENCY: "2",
  };
}

type Ask = (method: string, path: string, token: string | null, body?: unknown) => Promise<Answer>;

async function signIn(ask: Ask, password: string): Promise<string> {
  const { status, text, body } = await ask("POST", "/api/v1/auth/login", null, { email, password });
  if (status !== 200) throw new Error(`signing in answered ${status}: ${text}`);
  return (body as { accessToken: string }).accessToken;
}

/** A connection of its own each time: none is kept that a killed instance could have spoiled. */
function send(
  url: string,
  ca: Buffer,
  method: string,
  token: string | null,
  body?: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const asked = request(url, { ca, method, headers, timeout: requestBoundMs, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("error", reject);
      response.once("end", () => {
        const isJson = /json/.test(response.headers["content-type"] ?? "");
        const parsed = (isJson && text !== "" ? JSON.parse(text) : null) as never;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed });
      });
    });
    asked.once("timeout", () =>
      asked.destroy(new Error(`${method} ${url}: no answer in ${requestBoundMs} ms`)),
    );
    asked.once("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
