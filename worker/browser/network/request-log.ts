import type { Protocol } from "puppeteer";
import type { Body, Exchange, Header, Ruling } from "../../../db/domain/exchange.ts";
import type { Session } from "../driver/session.ts";
import type { Mask } from "../masking.ts";
import { timingsOf } from "./exchange.ts";

const exchangesMax = 2_000;
const underwayMax = 2_000;
const headersMax = 100;
const headerCharsMax = 4_000;
const urlCharsMax = 4_000;
/** What is kept of one body, and of all of them. */
const bodyCharsMax = 64_000;
const bodiesCharsMax = 4_000_000;
/** A longer body is not asked for at all. */
const fetchedBytesMax = 2_000_000;

/** Who holds them may act as somebody: their values are never kept. */
const credentials = /auth|cookie|token|secret|api-?key|session|password|signature/i;
const redacted = "•••";
const textTypes = /json|xml|html|text\/plain|x-www-form-urlencoded|graphql|csv|event-stream/i;
/** The texts of scripts and style sheets are the site's, not what it said. */
const bodyTypes: ReadonlySet<string> = new Set(["document", "xhr", "fetch", "other", "ping"]);

type Underway = { exchange: Exchange; timestamp: number; timing: Protocol.Network.ResourceTiming | null };

/**
 * What an attempt sent over the network and what came back, with the bodies of texts: bounded, masked, and without
 * credentials. Requests that are still under way at the end are in it as `pending`.
 */
export class RequestLog {
  readonly #mask: Mask;
  readonly #reasonOf: (url: string, error: string) => string | null;
  readonly #exchanges: Exchange[] = [];
  readonly #underway = new Map<Session, Map<string, Underway>>();
  readonly #rulings = new Map<string, Ruling>();
  readonly #bodies = new Set<Promise<void>>();
  #bodiesChars = 0;
  #dropped = 0;

  /** @param reasonOf why a request really failed, where somebody knows better than the browser */
  constructor(mask: Mask, reasonOf: (url: string, error: string) => string | null = () => null) {
    this.#mask = mask;
    this.#reasonOf = reasonOf;
  }

  get exchanges(): readonly Exchange[] {
    return this.#exchanges;
  }

  /** Requests that were not kept: there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves when the bodies that were asked for are here. */
  async settled(): Promise<void> {
    await Promise.all(this.#bodies);
  }

  listen(session: Session, tab: number): void {
    session.on("Network.requestWillBeSent", (event) => this.#sent(session, tab, event));
    session.on("Network.requestServedFromCache", ({ requestId }) => {
      const found = this.#of(session, requestId);
      if (found) found.exchange.fromCache = true;
    });
    session.on("Network.responseReceived", ({ requestId, response }) => {
      const found = this.#of(session, requestId);
      if (found) this.#answered(found, response);
    });
    session.on("Network.loadingFinished", ({ requestId, timestamp, encodedDataLength }) => {
      const found = this.#end(session, requestId, timestamp, "done");
      if (!found) return;
      found.exchange.transferredBytes = encodedDataLength;
      this.#fetchBody(session, requestId, found.exchange, encodedDataLength);
    });
    session.on("Network.dataReceived", ({ requestId, dataLength }) => {
      const found = this.#of(session, requestId);
      if (found) found.exchange.bodyBytes += dataLength;
    });
    session.on("Network.loadingFailed", ({ requestId, timestamp, errorText, canceled, blockedReason }) => {
      const how = blockedReason ? "blocked" : canceled ? "canceled" : "failed";
      const found = this.#end(session, requestId, timestamp, how);
      if (!found) return;
      const better = this.#reasonOf(found.exchange.url, errorText);
      found.exchange.failure = better ?? this.#mask.text(blockedReason ?? errorText);
    });
  }

  /** A rule of the test decided what became of a request. */
  ruled(session: Session, requestId: string, ruling: Ruling): void {
    const found = this.#of(session, requestId);
    if (found) found.exchange.ruling = ruling;
    // The browser may stop a request before it tells of it.
    else if (this.#rulings.size < underwayMax) this.#rulings.set(requestId, ruling);
  }

  #of(session: Session, requestId: string): Underway | undefined {
    return this.#underway.get(session)?.get(requestId);
  }

  #sent(session: Session, tab: number, event: Protocol.Network.RequestWillBeSentEvent): void {
    const { requestId, request, type = "Other", wallTime, timestamp, redirectResponse, initiator } = event;
    const before = redirectResponse ? this.#of(session, requestId) : undefined;
    if (before && redirectResponse) {
      this.#answered(before, redirectResponse);
      before.exchange.transferredBytes = redirectResponse.encodedDataLength;
      before.exchange.redirectUrl = this.#url(request.url);
      this.#end(session, requestId, timestamp, "done");
    }
    if (request.url.startsWith("data:")) return;
    if (this.#exchanges.length >= exchangesMax) {
      this.#dropped++;
      return;
    }
    const exchange: Exchange = {
      tab,
      startedAt: Math.round(wallTime * 1_000),
      durationMs: null,
      method: request.method.slice(0, 30),
      url: this.#url(request.url + (request.urlFragment ?? "")),
      type: type.toLowerCase(),
      initiator: this.#initiator(initiator),
      state: "pending",
      ruling: this.#rulings.get(requestId) ?? null,
      failure: null,
      status: null,
      statusText: "",
      httpVersion: "",
      mimeType: "",
      remoteAddress: null,
      fromCache: false,
      redirectUrl: null,
      requestHeaders: this.#headers(request.headers),
      responseHeaders: [],
      requestBody: this.#requestBody(request),
      responseBody: null,
      bodyBytes: 0,
      transferredBytes: 0,
      timings: null,
    };
    this.#rulings.delete(requestId);
    this.#exchanges.push(exchange);
    const requests = this.#underway.get(session) ?? new Map<string, Underway>();
    this.#underway.set(session, requests);
    if (requests.size < underwayMax) requests.set(requestId, { exchange, timestamp, timing: null });
  }

  #answered(found: Underway, response: Protocol.Network.Response): void {
    const { exchange } = found;
    exchange.status = response.status;
    exchange.statusText = this.#mask.text(response.statusText.slice(0, 200));
    exchange.httpVersion = response.protocol ?? "";
    exchange.mimeType = response.mimeType.slice(0, 200);
    exchange.remoteAddress = response.remoteIPAddress ?? null;
    exchange.fromCache ||= response.fromDiskCache === true;
    exchange.responseHeaders = this.#headers(response.headers);
    found.timing = response.timing ?? null;
  }

  #end(session: Session, requestId: string, timestamp: number, state: Exchange["state"]): Underway | null {
    const found = this.#of(session, requestId);
    if (!found) return null;
    this.#underway.get(session)?.delete(requestId);
    const { exchange, timing } = found;
    exchange.state = state;
    exchange.durationMs = Math.max(0, Math.round((timestamp - found.timestamp) * 1_000));
    if (timing) exchange.timings = timingsOf(timing, timestamp);
    return found;
  }

  #fetchBody(session: Session, requestId: string, exchange: Exchange, bytes: number): void {
    const isText = textTypes.test(exchange.mimeType) && bodyTypes.has(exchange.type);
    if (!isText || Math.max(bytes, exchange.bodyBytes) > fetchedBytesMax) return;
    if (this.#bodiesChars >= bodiesCharsMax) return;
    const fetched = session
      .send("Network.getResponseBody", { requestId })
      .then(({ body, base64Encoded }) => {
        if (!base64Encoded) exchange.responseBody = this.#body(body);
      })
      .catch(() => {
        // Gone with its document: the exchange is shown without it.
      })
      .finally(() => this.#bodies.delete(fetched));
    this.#bodies.add(fetched);
  }

  #requestBody({ postData, hasPostData, headers }: Protocol.Network.Request): Body | null {
    if (!hasPostData || postData === undefined) return null;
    const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
    return type === "" || textTypes.test(type) ? this.#body(postData) : null;
  }

  /** Masked first, cut then: a cut secret would not be found any more. */
  #body(text: string): Body | null {
    const room = Math.min(bodyCharsMax, bodiesCharsMax - this.#bodiesChars);
    if (room <= 0) return null;
    const masked = this.#mask.text(text);
    const kept = masked.slice(0, room);
    this.#bodiesChars += kept.length;
    return { text: kept, isCut: kept.length < masked.length };
  }

  #headers(headers: Protocol.Network.Headers): Header[] {
    return Object.entries(headers)
      .slice(0, headersMax)
      .map(([name, value]) => ({
        name: name.slice(0, 200),
        value: credentials.test(name) ? redacted : this.#mask.text(String(value)).slice(0, headerCharsMax),
      }));
  }

  #initiator({ type, url, lineNumber, stack }: Protocol.Network.Initiator): Exchange["initiator"] {
    const frame = stack?.callFrames[0];
    const line = frame?.lineNumber ?? lineNumber;
    const from = frame?.url ?? url;
    return { type, url: from ? this.#url(from) : null, line: line === undefined ? null : line + 1 };
  }

  #url(url: string): string {
    return this.#mask.text(url).slice(0, urlCharsMax);
  }
}
