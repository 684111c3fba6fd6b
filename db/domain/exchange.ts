export type Header = { name: string; value: string };
export type Body = { text: string; isCut: boolean };

/** What a rule of the test (mock, modifyResponse, blockRequests) made of a request. */
export type Ruling = "mocked" | "modified" | "blocked";

/** Phases in milliseconds; -1 for those that were not needed. `ssl` is part of `connect`, as in HAR. */
export type Timings = {
  blocked: number;
  dns: number;
  connect: number;
  ssl: number;
  send: number;
  wait: number;
  receive: number;
};

/** One request and its answer. A redirect is an exchange of its own. */
export type Exchange = {
  /** The tab, in the order of opening, from 0. */
  tab: number;
  /** Epoch milliseconds. */
  startedAt: number;
  durationMs: number | null;
  method: string;
  url: string;
  /** What the browser wants it for: `document`, `xhr`, `fetch`, `image`, … */
  type: string;
  initiator: { type: string; url: string | null; line: number | null };
  state: "pending" | "done" | "failed" | "blocked" | "canceled";
  ruling: Ruling | null;
  failure: string | null;
  status: number | null;
  statusText: string;
  httpVersion: string;
  mimeType: string;
  remoteAddress: string | null;
  fromCache: boolean;
  redirectUrl: string | null;
  requestHeaders: Header[];
  responseHeaders: Header[];
  requestBody: Body | null;
  responseBody: Body | null;
  /** As the page got it, unpacked; and as it went over the network, headers included. */
  bodyBytes: number;
  transferredBytes: number;
  timings: Timings | null;
};

/** As it stands in the list of an attempt: bodies are in the HAR. */
export type ListedExchange = Omit<Exchange, "requestBody" | "responseBody"> & { hasBody: boolean };

/** The list of an attempt. Null for what is none: the file is ours, what stands in it came from pages. */
export function readExchanges(text: string): { exchanges: ListedExchange[]; dropped: number } | null {
  try {
    const { exchanges, dropped } = JSON.parse(text) as { exchanges: unknown; dropped: unknown };
    if (!Array.isArray(exchanges)) return null;
    return {
      exchanges: exchanges as ListedExchange[],
      dropped: typeof dropped === "number" ? dropped : 0,
    };
  } catch {
    return null;
  }
}

export type Bodies = { request: Body | null; response: Body | null };

/** The bodies of one exchange of a list, from the HAR of the same attempt: which has those that have ended, in the same order. */
export function readBodies(har: string, exchanges: readonly ListedExchange[], index: number): Bodies {
  const none: Bodies = { request: null, response: null };
  if (exchanges[index]?.state === "pending") return none;
  const place = exchanges.slice(0, index).filter(({ state }) => state !== "pending").length;
  try {
    const { log } = JSON.parse(har) as { log: { entries: HarEntry[] } };
    const entry = log.entries[place];
    if (!entry) return none;
    return { request: bodyOf(entry.request?.postData), response: bodyOf(entry.response?.content) };
  } catch {
    return none;
  }
}

type HarBody = { text?: unknown; comment?: unknown };
type HarEntry = { request?: { postData?: HarBody }; response?: { content?: HarBody } };

function bodyOf(body: HarBody | undefined): Body | null {
  return typeof body?.text === "string" ? { text: body.text, isCut: body.comment === "cut" } : null;
}
