import type { Protocol } from "puppeteer";

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

/** The phases of a request that ended at a time on the browser's own clock, in seconds. */
export function timingsOf(timing: Protocol.Network.ResourceTiming, endedAt: number): Timings {
  const { dnsStart, dnsEnd, connectStart, connectEnd, sslStart, sslEnd, sendStart, sendEnd } = timing;
  const headersAt = timing.receiveHeadersEnd;
  const firsts = [dnsStart, connectStart, sendStart].filter((ms) => ms >= 0);
  const receive = endedAt * 1_000 - timing.requestTime * 1_000 - headersAt;
  return {
    blocked: round(Math.min(...firsts, Number.MAX_SAFE_INTEGER)),
    dns: phase(dnsStart, dnsEnd),
    connect: phase(connectStart, connectEnd),
    ssl: phase(sslStart, sslEnd),
    send: Math.max(0, round(sendEnd - sendStart)),
    wait: Math.max(0, round(headersAt - sendEnd)),
    receive: Math.max(0, round(receive)),
  };
}

function phase(start: number, end: number): number {
  return start < 0 || end < 0 ? -1 : round(end - start);
}

function round(ms: number): number {
  return ms === Number.MAX_SAFE_INTEGER ? -1 : Math.round(ms * 100) / 100;
}
