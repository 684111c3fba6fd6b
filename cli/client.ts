import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { messageOf } from "../db/domain/errors.ts";
import type { Page } from "../db/domain/queries.ts";
import type { Credentials, CredentialsFile } from "./credentials.ts";
import { CliFailure, UsageFailure } from "./failure.ts";

const requestBoundMs = 30_000;
const retriesMax = 4;
const retryWaitMsMax = 65_000;
const pagesMax = 100;
/** An access token is renewed when it has less than this left. */
const renewBeforeMs = 60_000;

const problemSchema = z.object({
  code: z.string().optional(),
  detail: z.string().optional(),
  title: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

const tokensSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.number(),
  user: z.object({ email: z.string(), name: z.string() }),
});
export type Tokens = z.output<typeof tokensSchema>;

/** `wrong`: the password, or the code where one was sent. */
export type SignInAnswer =
  | { state: "in"; tokens: Tokens }
  | { state: "code-needed" }
  | { state: "wrong"; failure: CliFailure };

type Body = Record<string, unknown>;
type Query = Record<string, string | number | undefined>;
type Access = { file: CredentialsFile; credentials: Credentials } | { token: string } | null;

/** The HTTP API as the command line sees it: signs requests, renews tokens, waits where the server says so. */
export class Client {
  readonly url: string;
  readonly #note: (line: string) => void;
  #access: Access;

  constructor(url: string, access: Access, note: (line: string) => void) {
    this.url = url.replace(/\/+$/, "");
    this.#access = access;
    this.#note = note;
  }

  get isSignedIn(): boolean {
    return this.#access !== null;
  }

  /** Address of the dashboard's page. */
  pageOf(path: string): string {
    return `${this.url}${path}`;
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    return (await this.#json("GET", withQuery(path, query))) as T;
  }

  async getText(path: string): Promise<string> {
    return (await this.#send("GET", path, undefined)).text();
  }

  async post<T>(path: string, body: Body = {}): Promise<T> {
    return (await this.#json("POST", path, body)) as T;
  }

  async patch<T>(path: string, body: Body): Promise<T> {
    return (await this.#json("PATCH", path, body)) as T;
  }

  /** Every item of a list, page by page. */
  async all<T>(path: string, query: Query = {}): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < pagesMax; page++) {
      const found: Page<T> = await this.get(path, { ...query, limit: 200, cursor });
      items.push(...found.items);
      if (found.nextCursor === null) return items;
      cursor = found.nextCursor;
    }
    throw new CliFailure(`${path} has more than ${pagesMax} pages`);
  }

  /** Asks something that needs no sign-in; whatever the status, with the answer. */
  async probe(path: string): Promise<Response> {
    return this.#fetch("GET", `${this.url}${path}`, {}, undefined);
  }

  async login(credentials: { email: string; password: string; code?: string }): Promise<SignInAnswer> {
    const response = await this.#fetch("POST", `${this.url}/api/v1/auth/login`, {}, credentials);
    if (response.ok) return { state: "in", tokens: tokensSchema.parse(await response.json()) };
    const problem = problemSchema.safeParse(parsed(await response.clone().text())).data;
    if (problem?.code === "totp-required") return { state: "code-needed" };
    const failure = await failureOf(response, this.url);
    if (problem?.code === "invalid-credentials") return { state: "wrong", failure };
    throw failure;
  }

  async #json(method: string, path: string, body?: Body): Promise<unknown> {
    const response = await this.#send(method, path, body);
    return response.status === 204 ? null : response.json();
  }

  async #send(method: string, path: string, body: Body | undefined): Promise<Response> {
    const url = `${this.url}/api/v1${path}`;
    // The same key for every try, so that a repeated one does not start a second run.
    const key = method === "POST" ? { "idempotency-key": randomUUID() } : {};
    let hasRenewed = false;
    for (let tries = 0; ; tries++) {
      const headers = { ...key, authorization: `Bearer ${await this.#token()}` };
      const response = await this.#fetch(method, url, headers, body);
      if (response.ok) return response;
      if (response.status === 401 && !hasRenewed && this.#access && "file" in this.#access) {
        hasRenewed = true;
        await this.#renew(this.#access);
      } else if (isPassing(response) && tries < retriesMax) {
        await this.#pause(response);
      } else {
        throw await failureOf(response, this.url);
      }
    }
  }

  async #pause(response: Response): Promise<void> {
    const seconds = Number(response.headers.get("retry-after") ?? 1);
    const ms = Math.min(retryWaitMsMax, Math.max(250, (Number.isFinite(seconds) ? seconds : 1) * 1_000));
    await response.body?.cancel();
    if (ms > 2_000) this.#note(`The server asks to wait ${Math.ceil(ms / 1_000)} s`);
    await delay(ms);
  }

  async #fetch(
    method: string,
    url: string,
    headers: Record<string, string>,
    body: Body | undefined,
  ): Promise<Response> {
    try {
      return await fetch(url, {
        method,
        headers: {
          accept: "application/json",
          ...(body && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(requestBoundMs),
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new CliFailure(`${this.url} does not answer: ${messageOf(cause)}`, { cause: error });
    }
  }

  async #token(): Promise<string> {
    const access = this.#access;
    if (access === null) {
      throw new CliFailure("you are not signed in: run verdict login, or set VERDICT_TOKEN");
    }
    if ("token" in access) return access.token;
    if (access.credentials.expiresAt - Date.now() < renewBeforeMs) await this.#renew(access);
    return access.credentials.accessToken;
  }

  async #renew(access: Extract<Access, { file: CredentialsFile }>): Promise<void> {
    // Another verdict may have renewed them meanwhile.
    const stored = await access.file.read();
    const isOurs = stored?.url === this.url && "refreshToken" in stored;
    const known = isOurs ? stored : access.credentials;
    const { refreshToken } = known;
    const response = await this.#fetch("POST", `${this.url}/api/v1/auth/refresh`, {}, { refreshToken });
    if (!response.ok) {
      await response.body?.cancel();
      throw new CliFailure("your sign-in has ended: run verdict login");
    }
    access.credentials = credentialsOf(this.url, tokensSchema.parse(await response.json()));
    await access.file.write(access.credentials);
  }
}

/** What is kept of a sign-in. */
export function credentialsOf(
  url: string,
  { accessToken, refreshToken, expiresIn, user }: Tokens,
): Credentials {
  const expiresAt = Date.now() + expiresIn * 1_000;
  return { url, email: user.email, accessToken, refreshToken, expiresAt };
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as [string, string]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

async function failureOf(response: Response, url: string): Promise<CliFailure> {
  const text = await response.text();
  const problem = problemSchema.safeParse(parsed(text)).data;
  if (!problem)
    return new CliFailure(`${url} answered ${response.status}, which is no answer of Verdict's API`);
  const message = problem.detail ?? problem.title ?? `the server answered ${response.status}`;
  const more = (problem.errors ?? []).map((fault) => `\n  ${fault.path}: ${fault.message}`);
  // What it does not know or take was asked for the wrong way; everything else may go well another time.
  const Kind = [400, 404, 413, 422].includes(response.status) ? UsageFailure : CliFailure;
  return new Kind(message + more.join(""));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Not a word about the request itself. A 409 that says when to come back means that the first try is still under way. */
function isPassing({ status, headers }: Response): boolean {
  return status === 429 || status === 503 || (status === 409 && headers.has("retry-after"));
}
