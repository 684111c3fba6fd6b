import { setTimeout as delay } from "node:timers/promises";
import type { Execution } from "../../db/domain/resources.ts";
import type { Verdict } from "../../db/domain/states.ts";
import type { Ledger } from "./ledger.ts";
import { type CaseName, cases } from "./site.ts";
import type { Person, Tenant } from "./world.ts";

/** After that the client gives up and counts a request as unanswered. */
const patienceMs = 40_000;
const answerMsMax = 20_000;
/** Access tokens live for 15 minutes. */
const tokenMsMax = 10 * 60_000;

export type NewStart = { testCase: CaseName; marker: string; lateMs: number; expected?: Verdict[] };

/** A person of a tenant as an HTTP client: sends again what was not answered, as one that has to be certain would. */
export class Client {
  readonly tenant: Tenant;
  readonly #origin: string;
  readonly #person: Person;
  readonly #ledger: Ledger;
  #token: { value: string; at: number } | null = null;
  #signingIn: Promise<string> | null = null;

  constructor(origin: string, tenant: Tenant, person: Person, ledger: Ledger) {
    this.#origin = origin;
    this.tenant = tenant;
    this.#person = person;
    this.#ledger = ledger;
  }

  /** Starts a test case. @returns null when nobody answered: then it may have been started, and no more than once. */
  async start({ testCase, marker, lateMs, expected }: NewStart): Promise<Execution | null> {
    const body = {
      testCaseId: this.tenant.testCaseIds[testCase],
      variables: { marker, late: String(lateMs) },
    };
    const answer = await this.#persist("POST", "/executions", body, marker);
    if (answer?.status !== 202) {
      if (answer) throw new Error(`starting ${testCase} answered ${answer.status}: ${answer.text}`);
      this.#ledger.unanswered.add(marker);
      return null;
    }
    const execution = JSON.parse(answer.text) as Execution;
    this.#ledger.acknowledge({
      executionId: execution.id,
      runId: execution.runId,
      tenant: this.tenant.organizationId,
      marker,
      expected: expected ?? [cases[testCase].expected],
      ackedAt: Date.now(),
    });
    return execution;
  }

  /** @returns whether the API took it. */
  async stop(executionId: string): Promise<boolean> {
    const answer = await this.#persist("POST", `/executions/${executionId}/stop`, {});
    return answer !== null && answer.status < 300;
  }

  /** Whoever asks while it signs in waits for the same: sign-ins are few in a minute. */
  async token(): Promise<string> {
    if (this.#token && Date.now() - this.#token.at < tokenMsMax) return this.#token.value;
    this.#signingIn ??= this.#signIn().finally(() => {
      this.#signingIn = null;
    });
    return this.#signingIn;
  }

  async #signIn(): Promise<string> {
    const answer = await this.#persist("POST", "/auth/login", this.#person);
    if (answer?.status !== 200) throw new Error(`signing in answered ${answer?.status}: ${answer?.text}`);
    const { accessToken } = JSON.parse(answer.text) as { accessToken: string };
    this.#token = { value: accessToken, at: Date.now() };
    return accessToken;
  }

  /** One request, whatever comes of it. @throws when there is no answer. */
  async send(method: string, path: string, body?: object, key?: string): Promise<Response> {
    const token = path.startsWith("/auth/") ? null : await this.token();
    return fetch(`${this.#origin}/api/v1${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body ? { "content-type": "application/json" } : {}),
        ...(key ? { "idempotency-key": key } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(answerMsMax),
    });
  }

  /** Again and again until the API says yes or no, for as long as the patience lasts. */
  async #persist(
    method: string,
    path: string,
    body: object,
    key?: string,
  ): Promise<{ status: number; text: string } | null> {
    const deadline = Date.now() + patienceMs;
    for (let tries = 0; Date.now() < deadline; tries++) {
      const answer = await this.send(method, path, body, key)
        .then(async (response) => ({ response, text: await response.text() }))
        .catch(() => null);
      if (answer && !isPassing(answer.response.status, answer.text)) {
        return { status: answer.response.status, text: answer.text };
      }
      const retryAfter = Number(answer?.response.headers.get("retry-after")) * 1_000 || 0;
      await delay(Math.min(patienceMs, Math.max(retryAfter, Math.min(1_000, 50 * 2 ** tries))));
    }
    return null;
  }
}

/** Not a word about the request itself: it may be sent again. */
function isPassing(status: number, text: string): boolean {
  return status === 429 || status >= 500 || (status === 409 && text.includes("idempotency-conflict"));
}
