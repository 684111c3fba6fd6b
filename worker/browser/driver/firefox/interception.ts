import type { Protocol } from "puppeteer";
import type { Network } from "webdriver-bidi-protocol";
import { StepFailure } from "../../failure.ts";
import { headersOf, typeOf } from "./network-events.ts";
import type { FirefoxSession } from "./session.ts";

type Stage = "Request" | "Response";
type Stopped = { request: Network.RequestData; isBlocked: boolean; response?: Network.ResponseData };

const phases: Record<Stage, Network.InterceptPhase> = {
  Request: "beforeRequestSent",
  Response: "responseStarted",
};

/** Requests that were let fail, and whose end was not told yet. */
const failedMax = 1_000;
const failReasons: Partial<Record<Protocol.Network.ErrorReason, string>> = {
  BlockedByClient: "net::ERR_BLOCKED_BY_CLIENT",
};

/** Requests that are stopped until a rule of the test has said what becomes of them. */
export class Interception {
  readonly #session: FirefoxSession;
  #patterns: readonly Protocol.Fetch.RequestPattern[] = [];
  #intercept: string | null = null;

  constructor(session: FirefoxSession) {
    this.#session = session;
  }

  async enable(patterns: readonly Protocol.Fetch.RequestPattern[]): Promise<void> {
    const { connection, page } = this.#session;
    const before = this.#intercept;
    this.#patterns = patterns;
    const stages = new Set(patterns.map(({ requestStage = "Request" }) => requestStage));
    // Firefox stops all of them: its patterns are others than ours.
    const { intercept } = await connection.send("network.addIntercept", {
      phases: [...stages].map((stage) => phases[stage]) as [Network.InterceptPhase],
      contexts: [page.id],
    });
    this.#intercept = intercept;
    if (before !== null) await connection.send("network.removeIntercept", { intercept: before });
  }

  stopped(stage: Stage, { request, isBlocked, response }: Stopped): void {
    if (!isBlocked) return;
    const isMeant = this.#patterns.some(
      ({ urlPattern = "*", requestStage = "Request" }) =>
        requestStage === stage && expressionOf(urlPattern).test(request.url),
    );
    if (!isMeant) {
      this.goOn(request.request, stage).catch(() => {
        // It is gone with its page.
      });
      return;
    }
    this.#stages.set(request.request, stage);
    this.#session.emit("Fetch.requestPaused", {
      requestId: request.request,
      networkId: request.request,
      request: {
        url: request.url,
        method: request.method,
        headers: headersOf(request.headers),
        initialPriority: "Medium",
        referrerPolicy: "no-referrer",
      },
      frameId: this.#session.page.id,
      resourceType: typeOf(request),
      ...(response
        ? {
            responseStatusCode: response.status,
            responseHeaders: Object.entries(headersOf(response.headers)).map(([name, value]) => ({
              name,
              value,
            })),
          }
        : {}),
    });
  }

  readonly #stages = new Map<string, Stage>();
  readonly #failed = new Map<string, string>();

  /** Why a rule of the test has let a request fail; null when none has. Firefox says of all of them that they were broken off. */
  failureOf(request: string): string | null {
    const failure = this.#failed.get(request) ?? null;
    this.#failed.delete(request);
    return failure;
  }

  async goOn(request: string, stage = this.#stages.get(request) ?? "Request"): Promise<void> {
    this.#stages.delete(request);
    const method = stage === "Request" ? "network.continueRequest" : "network.continueResponse";
    await this.#session.connection.send(method, { request });
  }

  /** As `goOn`, with what is changed of the request. */
  async goOnAs({ requestId, headers, postData }: Protocol.Fetch.ContinueRequestRequest): Promise<void> {
    if (headers === undefined && postData === undefined) return this.goOn(requestId);
    this.#stages.delete(requestId);
    await this.#session.connection.send("network.continueRequest", {
      request: requestId,
      ...(headers === undefined ? {} : { headers: headers.map(bidiHeader) }),
      ...(postData === undefined ? {} : { body: { type: "base64", value: postData } }),
    });
  }

  async fail(request: string, reason: Protocol.Network.ErrorReason): Promise<void> {
    this.#stages.delete(request);
    if (this.#failed.size >= failedMax) this.#failed.clear();
    this.#failed.set(request, failReasons[reason] ?? "net::ERR_FAILED");
    await this.#session.connection.send("network.failRequest", { request });
  }

  async fulfill(fulfilled: Protocol.Fetch.FulfillRequestRequest): Promise<void> {
    const { requestId: request, responseCode, responseHeaders = [], responsePhrase, body } = fulfilled;
    this.#stages.delete(request);
    await this.#session.connection.send("network.provideResponse", {
      request,
      statusCode: responseCode,
      reasonPhrase: responsePhrase ?? "",
      headers: responseHeaders.map(bidiHeader),
      ...(body === undefined ? {} : { body: { type: "base64", value: body } }),
    });
  }

  /** The text of an answer that is stopped on its way. */
  body(): Promise<never> {
    const message = "changing a part of an answer: Chromium only; give the whole body instead";
    return Promise.reject(new StepFailure("not-in-this-browser", message));
  }
}

function bidiHeader({ name, value }: Protocol.Fetch.HeaderEntry): Network.Header {
  return { name, value: { type: "string", value } };
}

/** The pattern language of Fetch: `*` for anything, `?` for one character, a backslash before what is meant as it is. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(
    /\\(.)|([*?])|([^\\*?])/gs,
    (_, escaped?: string, wild?: string, plain?: string) => {
      if (wild !== undefined) return wild === "*" ? ".*" : ".";
      return (escaped ?? plain ?? "").replace(/[\^$.*+?()[\]{}|\\/-]/g, "\\$&");
    },
  );
  return new RegExp(`^${source}$`, "s");
}
