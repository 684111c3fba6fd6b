import type { Protocol } from "puppeteer";
import type { Event, Network } from "webdriver-bidi-protocol";
import type { FirefoxSession } from "./session.ts";

const underwayMax = 2_000;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const types: Record<string, Protocol.Network.ResourceType> = {
  document: "Document",
  iframe: "Document",
  frame: "Document",
  script: "Script",
  style: "Stylesheet",
  image: "Image",
  font: "Font",
  audio: "Media",
  video: "Media",
  track: "TextTrack",
  manifest: "Manifest",
};

/** Of those that steps know, by Firefox's names. */
const errors: readonly [RegExp, string][] = [
  [/UNKNOWN_HOST|UNKNOWN_PROXY_HOST/, "NAME_NOT_RESOLVED"],
  [/CONNECTION_REFUSED/, "CONNECTION_REFUSED"],
  [/NET_TIMEOUT/, "CONNECTION_TIMED_OUT"],
  [/NET_RESET/, "CONNECTION_RESET"],
  [/NET_INTERRUPT|NET_EMPTY_RESPONSE|ERROR_ABORT\b/, "CONNECTION_CLOSED"],
  [/OFFLINE/, "INTERNET_DISCONNECTED"],
  [/REDIRECT_LOOP/, "TOO_MANY_REDIRECTS"],
  [/PORT_ACCESS_NOT_ALLOWED|deniedPortAccess/, "UNSAFE_PORT"],
  [/BINDING_ABORTED/, "ABORTED"],
  [/CORRUPTED_CONTENT/, "UNSAFE_REDIRECT"],
  [/SSL_ERROR_RX_RECORD_TOO_LONG/, "SSL_PROTOCOL_ERROR"],
  [/SEC_ERROR|MOZILLA_PKIX|SSL_ERROR_BAD_CERT/, "CERT_INVALID"],
];

/** Firefox's error in the words of Chromium, which are what the rest knows; others stay what they are. */
export function errorName(said: string): string {
  const known = errors.find(([pattern]) => pattern.test(said));
  if (known) return `net::ERR_${known[1]}`;
  return `net::ERR_${/NS_ERROR_(\w+)/.exec(said)?.[1] ?? "FAILED"}`;
}

/** Requests and answers of a page, in the order in which Chromium tells of them. */
export class NetworkEvents {
  readonly #session: FirefoxSession;
  readonly #redirected = new Map<string, Protocol.Network.Response>();
  readonly #underway = new Map<string, Protocol.Network.ResourceType>();
  #collector: string | null = null;

  constructor(session: FirefoxSession) {
    this.#session = session;
  }

  /** From now on the texts of answers are kept for so many bytes. */
  async collect(bytesMax: number): Promise<void> {
    if (bytesMax <= 0 || this.#collector !== null) return;
    const { connection, page } = this.#session;
    const { collector } = await connection.send("network.addDataCollector", {
      dataTypes: ["response"],
      maxEncodedDataSize: bytesMax,
      contexts: [page.id],
    });
    this.#collector = collector;
  }

  async bodyOf(request: string): Promise<Protocol.Network.GetResponseBodyResponse> {
    const { bytes } = await this.#session.connection.send("network.getData", {
      dataType: "response",
      request,
    });
    return bytes.type === "string"
      ? { body: bytes.value, base64Encoded: false }
      : { body: bytes.value, base64Encoded: true };
  }

  hear(event: Event): void {
    switch (event.method) {
      case "network.beforeRequestSent":
        this.#session.interception.stopped("Request", event.params);
        this.#sent(event.params);
        break;
      case "network.responseStarted":
        this.#session.interception.stopped("Response", event.params);
        this.#started(event.params);
        break;
      case "network.responseCompleted":
        this.#completed(event.params);
        break;
      case "network.fetchError":
        this.#failed(event.params);
        break;
      default:
    }
  }

  #sent({ request, context, navigation, timestamp, initiator }: Network.BeforeRequestSentParameters): void {
    const id = request.request;
    const redirectResponse = this.#redirected.get(id);
    this.#redirected.delete(id);
    const type = typeOf(request);
    if (this.#underway.size < underwayMax) this.#underway.set(id, type);
    const { href, hash } = URL.parse(request.url) ?? { href: request.url, hash: "" };
    this.#session.emit("Network.requestWillBeSent", {
      requestId: id,
      loaderId: navigation ?? "",
      documentURL: this.#session.page.url(),
      request: {
        url: hash === "" ? request.url : href.slice(0, -hash.length),
        ...(hash === "" ? {} : { urlFragment: hash }),
        method: request.method,
        headers: headersOf(request.headers),
        initialPriority: "Medium",
        referrerPolicy: "no-referrer",
      },
      timestamp: timestamp / 1_000,
      wallTime: timestamp / 1_000,
      initiator: { type: "other", ...(initiator?.lineNumber ? { lineNumber: initiator.lineNumber } : {}) },
      redirectHasExtraInfo: false,
      type,
      ...(context === null ? {} : { frameId: context }),
      ...(redirectResponse ? { redirectResponse } : {}),
    });
  }

  #started({ request, response, context, timestamp }: Network.ResponseStartedParameters): void {
    const told = responseOf(request, response);
    if (redirects.has(response.status) && response.headers.some(({ name }) => /^location$/i.test(name))) {
      this.#redirected.set(request.request, told);
      return;
    }
    if (response.fromCache) {
      this.#session.emit("Network.requestServedFromCache", { requestId: request.request });
    }
    this.#session.emit("Network.responseReceived", {
      requestId: request.request,
      loaderId: "",
      timestamp: timestamp / 1_000,
      type: this.#underway.get(request.request) ?? typeOf(request),
      response: told,
      hasExtraInfo: false,
      ...(context === null ? {} : { frameId: context }),
    });
  }

  #completed({ request, response, timestamp }: Network.ResponseCompletedParameters): void {
    const requestId = request.request;
    if (this.#redirected.has(requestId)) return;
    this.#underway.delete(requestId);
    this.#session.emit("Network.dataReceived", {
      requestId,
      timestamp: timestamp / 1_000,
      dataLength: response.bodySize ?? response.content.size,
      encodedDataLength: response.bytesReceived,
    });
    this.#session.emit("Network.loadingFinished", {
      requestId,
      timestamp: timestamp / 1_000,
      encodedDataLength: response.bytesReceived,
    });
  }

  #failed({ request, errorText, timestamp }: Network.FetchErrorParameters): void {
    const requestId = request.request;
    const error = this.#session.interception.failureOf(requestId) ?? errorName(errorText);
    this.#session.emit("Network.loadingFailed", {
      requestId,
      timestamp: timestamp / 1_000,
      type: this.#underway.get(requestId) ?? typeOf(request),
      errorText: error,
      canceled: error === "net::ERR_ABORTED",
    });
    this.#underway.delete(requestId);
  }
}

export function typeOf({ destination, initiatorType }: Network.RequestData): Protocol.Network.ResourceType {
  // The icon of a site, which Firefox asks for by itself.
  if (destination === "image" && initiatorType === null) return "Other";
  const known = types[destination];
  if (known) return known;
  if (initiatorType === "fetch") return "Fetch";
  if (initiatorType === "xmlhttprequest") return "XHR";
  return "Other";
}

function responseOf(request: Network.RequestData, response: Network.ResponseData): Protocol.Network.Response {
  const { url, status, statusText, headers, mimeType, protocol, fromCache, bytesReceived } = response;
  return {
    url,
    status,
    statusText,
    headers: headersOf(headers),
    mimeType: mimeType.split(";")[0]?.trim() ?? "",
    charset: "",
    connectionReused: false,
    connectionId: 0,
    encodedDataLength: bytesReceived,
    securityState: "unknown",
    protocol,
    fromDiskCache: fromCache,
    timing: timingOf(request.timings),
  };
}

/** Milliseconds since its own beginning, as Chromium counts them. */
function timingOf(times: Network.FetchTimingInfo): Protocol.Network.ResourceTiming {
  const from = times.requestTime || times.fetchStart;
  const at = (ms: number) => (ms > 0 ? ms - from : -1);
  return {
    requestTime: from / 1_000,
    proxyStart: -1,
    proxyEnd: -1,
    dnsStart: at(times.dnsStart),
    dnsEnd: at(times.dnsEnd),
    connectStart: at(times.connectStart),
    connectEnd: at(times.connectEnd),
    sslStart: at(times.tlsStart),
    sslEnd: times.tlsStart > 0 ? at(times.connectEnd) : -1,
    workerStart: -1,
    workerReady: -1,
    workerFetchStart: -1,
    workerRespondWithSettled: -1,
    sendStart: at(times.requestStart),
    sendEnd: at(times.requestStart),
    pushStart: 0,
    pushEnd: 0,
    receiveHeadersStart: at(times.responseStart),
    receiveHeadersEnd: at(times.responseStart),
  };
}

export function headersOf(headers: readonly Network.Header[]): Record<string, string> {
  return Object.fromEntries(
    headers.map(({ name, value }) => [
      name,
      value.type === "string" ? value.value : Buffer.from(value.value, "base64").toString("latin1"),
    ]),
  );
}
