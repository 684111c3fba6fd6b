import type { Protocol } from "puppeteer";
import type { Timings } from "../../../db/domain/exchange.ts";

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
