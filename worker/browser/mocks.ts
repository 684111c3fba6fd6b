import type { CDPSession, Protocol } from "puppeteer";
import type { StepOf } from "../../db/domain/steps/index.ts";
import { matchesAddress } from "./address.ts";

type Mock = { step: StepOf<"mock">; left: number };

/**
 * Answers given instead of the servers', over all tabs and frames of an attempt. Chromium stops only the requests whose
 * address matches, and none before the first mock: stopping costs.
 */
export class Mocks {
  /** The newest first: it wins over those before it. */
  readonly #mocks: Mock[] = [];
  readonly #sessions = new Set<CDPSession>();

  /** The commands that a new session needs; none when nothing is mocked yet. */
  attach(session: CDPSession): Promise<unknown>[] {
    this.#sessions.add(session);
    session.on("Fetch.requestPaused", (event) => {
      this.#answer(session, event).catch(() => {
        // The tab, or the request in it, is gone.
      });
    });
    return this.#mocks.length > 0 ? [this.#enable(session)] : [];
  }

  async add(step: StepOf<"mock">): Promise<void> {
    this.#mocks.unshift({ step, left: step.times ?? Number.POSITIVE_INFINITY });
    for (const session of this.#sessions) if (session.detached) this.#sessions.delete(session);
    await Promise.all([...this.#sessions].map((session) => this.#enable(session)));
  }

  #enable(session: CDPSession): Promise<void> {
    const patterns = [...new Set(this.#mocks.map(({ step }) => fetchPattern(step.url)))];
    return session.send("Fetch.enable", { patterns: patterns.map((urlPattern) => ({ urlPattern })) });
  }

  async #answer(session: CDPSession, event: Protocol.Fetch.RequestPausedEvent): Promise<void> {
    const { requestId, request } = event;
    const url = request.url + (request.urlFragment ?? "");
    const mock = this.#mocks.find(
      ({ step, left }) =>
        left > 0 &&
        (step.method === undefined || step.method === request.method) &&
        matchesAddress(step.url, url),
    );
    if (!mock) return session.send("Fetch.continueRequest", { requestId });
    mock.left--;
    if (mock.step.abort) return session.send("Fetch.failRequest", { requestId, errorReason: "Failed" });
    return session.send("Fetch.fulfillRequest", {
      requestId,
      responseCode: mock.step.status ?? 200,
      responseHeaders: headersOf(mock.step, request),
      body: Buffer.from(bodyOf(mock.step), "utf8").toString("base64"),
    });
  }
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
