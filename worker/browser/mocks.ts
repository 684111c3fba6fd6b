import type { Protocol } from "puppeteer";
import type { Ruling } from "../../db/domain/exchange.ts";
import type { StepOf } from "../../db/domain/steps/index.ts";
import { matchesAddress } from "./address.ts";
import type { Session } from "./driver/session.ts";
import { StepFailure } from "./failure.ts";

type RuleStep = StepOf<"mock" | "modifyRequest" | "modifyResponse" | "blockRequests">;
type Rule = { step: RuleStep; left: number };
type Ruled = (session: Session, requestId: string | undefined, ruling: Ruling) => void;
type Paused = Protocol.Fetch.RequestPausedEvent;

const rulings = {
  mock: "mocked",
  modifyRequest: "modified",
  modifyResponse: "modified",
  blockRequests: "blocked",
} as const;

/** A larger answer is not modified: it would have to be held here as a whole. */
const bodyBytesMax = 10_000_000;

/**
 * What becomes of requests instead of going to the servers and back as they are, over all tabs and frames of an attempt.
 * Chromium stops only the requests whose address matches, and none before the first rule: stopping costs.
 */
export class Mocks {
  /** The newest first: it wins over those before it. */
  readonly #rules: Rule[] = [];
  readonly #sessions = new Set<Session>();
  readonly #warn: (text: string) => void;
  readonly #ruled: Ruled;

  /**
   * @param warn is told of requests and answers that could not be modified
   * @param ruled is told what became of a request, by its number in the network events
   */
  constructor(warn: (text: string) => void, ruled: Ruled = () => undefined) {
    this.#warn = warn;
    this.#ruled = ruled;
  }

  /** The commands that a new session needs; none when there is no rule yet. */
  attach(session: Session): Promise<unknown>[] {
    this.#sessions.add(session);
    session.on("Fetch.requestPaused", (event) => {
      this.#answer(session, event).catch(() => {
        // The tab, or the request in it, is gone.
      });
    });
    return this.#rules.length > 0 ? [this.#enable(session)] : [];
  }

  async add(step: RuleStep): Promise<void> {
    const times = "times" in step ? step.times : undefined;
    this.#rules.unshift({ step, left: times ?? Number.POSITIVE_INFINITY });
    for (const session of this.#sessions) if (session.detached) this.#sessions.delete(session);
    await Promise.all([...this.#sessions].map((session) => this.#enable(session)));
  }

  #enable(session: Session): Promise<void> {
    const patterns = new Map<string, Protocol.Fetch.RequestPattern>();
    for (const { step } of this.#rules) {
      const requestStage = step.type === "modifyResponse" ? "Response" : "Request";
      for (const urlPattern of addressesOf(step).map(fetchPattern)) {
        patterns.set(`${requestStage} ${urlPattern}`, { urlPattern, requestStage });
      }
    }
    return session.send("Fetch.enable", { patterns: [...patterns.values()] });
  }

  async #answer(session: Session, event: Paused): Promise<void> {
    const { requestId, request } = event;
    const isAnswered = event.responseStatusCode !== undefined || event.responseErrorReason !== undefined;
    const rule = this.#rules.find(
      ({ step, left }) => left > 0 && (step.type === "modifyResponse") === isAnswered && fits(step, event),
    );
    if (!rule) return session.send("Fetch.continueRequest", { requestId });
    rule.left--;
    const { step } = rule;
    this.#ruled(session, event.networkId, rulings[step.type]);
    if (step.type === "blockRequests") {
      return session.send("Fetch.failRequest", { requestId, errorReason: "BlockedByClient" });
    }
    if (step.type === "modifyResponse") return this.#modify(session, event, step);
    if (step.type === "modifyRequest") return this.#send(session, event, step);
    if (step.abort) return session.send("Fetch.failRequest", { requestId, errorReason: "Failed" });
    return session.send("Fetch.fulfillRequest", {
      requestId,
      responseCode: step.status ?? 200,
      responseHeaders: headersOf(step, request),
      body: Buffer.from(bodyOf(step), "utf8").toString("base64"),
    });
  }

  async #send(session: Session, event: Paused, step: StepOf<"modifyRequest">): Promise<void> {
    const { requestId, request } = event;
    const body = step.patch === undefined ? step.body : patchedPost(request, step.patch);
    if (body === null) {
      this.#warn(`the request to ${request.url.slice(0, 500)} was not modified: its body is no JSON`);
      return session.send("Fetch.continueRequest", { requestId });
    }
    return session.send("Fetch.continueRequest", {
      requestId,
      headers: sentHeaders(request, step, body !== undefined),
      ...(body === undefined ? {} : { postData: Buffer.from(body, "utf8").toString("base64") }),
    });
  }

  async #modify(session: Session, event: Paused, step: StepOf<"modifyResponse">): Promise<void> {
    const { requestId, responseStatusCode = 200, request } = event;
    const isRedirect = responseStatusCode >= 300 && responseStatusCode < 400;
    if (event.responseErrorReason !== undefined || isRedirect) {
      return session.send("Fetch.continueRequest", { requestId });
    }
    const body = step.body ?? (await patchedBody(session, event, step).catch(unlessClosed));
    if (body === null) {
      this.#warn(
        `the answer of ${request.url.slice(0, 500)} was not modified: it is no JSON, too large, or can't be had in this browser`,
      );
      return session.send("Fetch.continueRequest", { requestId });
    }
    return session.send("Fetch.fulfillRequest", {
      requestId,
      responseCode: step.status ?? responseStatusCode,
      responseHeaders: modifiedHeaders(event.responseHeaders ?? [], step),
      body: typeof body === "string" ? Buffer.from(body, "utf8").toString("base64") : body.base64,
    });
  }
}

/** The server's body with the patch in it, or as it is where only status or headers change; null when that can't be. */
async function patchedBody(
  session: Session,
  { requestId }: Paused,
  { patch }: StepOf<"modifyResponse">,
): Promise<string | { base64: string } | null> {
  const { body, base64Encoded } = await session.send("Fetch.getResponseBody", { requestId });
  if (body.length > bodyBytesMax) return null;
  if (patch === undefined) return base64Encoded ? { base64: body } : body;
  const text = base64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
  try {
    return JSON.stringify(merged(JSON.parse(text), patch));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What the page sends with the patch in it; null when that is no JSON. */
function patchedPost({ postData }: Protocol.Network.Request, patch: unknown): string | null {
  try {
    return JSON.stringify(merged(JSON.parse(postData ?? ""), patch));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Names that the step says replace those of the page, however they are written. Another body has a length of its own. */
function sentHeaders(
  { headers }: Protocol.Network.Request,
  step: StepOf<"modifyRequest">,
  hasOtherBody: boolean,
): Protocol.Fetch.HeaderEntry[] {
  const added = Object.entries(step.headers ?? {}).map(([name, value]) => ({ name, value }));
  const dropped = [
    ...(hasOtherBody ? ["content-length"] : []),
    ...(step.removeHeaders ?? []),
    ...added.map(({ name }) => name),
  ].map((name) => name.toLowerCase());
  const kept = Object.entries(headers).map(([name, value]) => ({ name, value }));
  return [...kept.filter(({ name }) => !dropped.includes(name.toLowerCase())), ...added];
}

/** A browser may have no body to give; the page must not wait for it. */
function unlessClosed(error: unknown): null {
  if (error instanceof StepFailure) return null;
  throw error;
}

/** JSON Merge Patch (RFC 7386). */
export function merged(value: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(Object.entries(isObject(value) ? value : {}));
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) result.delete(key);
    else result.set(key, merged(result.get(key), change));
  }
  return Object.fromEntries(result);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The body is another one now, and is sent as it is: its length and its packing are not the server's any more. */
function modifiedHeaders(
  headers: readonly Protocol.Fetch.HeaderEntry[],
  step: StepOf<"modifyResponse">,
): Protocol.Fetch.HeaderEntry[] {
  const added = Object.entries(step.headers ?? {}).map(([name, value]) => ({
    name: name.toLowerCase(),
    value,
  }));
  const dropped = new Set([
    "content-length",
    "content-encoding",
    "transfer-encoding",
    ...added.map(({ name }) => name),
  ]);
  return [...headers.filter(({ name }) => !dropped.has(name.toLowerCase())), ...added];
}

function addressesOf(step: RuleStep): readonly string[] {
  return step.type === "blockRequests" ? (step.urls ?? ["*"]) : [step.url];
}

function fits(step: RuleStep, { request, resourceType }: Paused): boolean {
  const url = request.url + (request.urlFragment ?? "");
  if (!addressesOf(step).some((pattern) => matchesAddress(pattern, url))) return false;
  if (step.type !== "blockRequests") return step.method === undefined || step.method === request.method;
  const kinds: readonly string[] | undefined = step.resourceTypes;
  const kind = resourceType.toLowerCase();
  // Chromium calls both of them XHR.
  const names = kind === "xhr" || kind === "fetch" ? ["xhr", "fetch"] : [kind];
  return kinds === undefined || names.some((name) => kinds.includes(name));
}

/** The pattern language of Fetch also has `?` for one character; in a step it is what it is in an address. */
function fetchPattern(url: string): string {
  const escaped = url.replace(/[\\?]/g, "\\$&");
  return url.includes("*") ? escaped : `*${escaped}*`;
}

function bodyOf(step: StepOf<"mock">): string {
  return step.json === undefined ? (step.body ?? "") : JSON.stringify(step.json);
}

function headersOf(step: StepOf<"mock">, request: Protocol.Network.Request): Protocol.Fetch.HeaderEntry[] {
  const headers = new Map(
    Object.entries(step.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (!headers.has("content-type")) {
    headers.set("content-type", step.json === undefined ? "text/plain; charset=utf-8" : "application/json");
  }
  // The page would not be shown an answer from another origin otherwise.
  const origin = Object.entries(request.headers).find(([name]) => name.toLowerCase() === "origin")?.[1];
  if (origin && !headers.has("access-control-allow-origin")) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-allow-credentials", "true");
  }
  return [...headers].map(([name, value]) => ({ name, value }));
}
