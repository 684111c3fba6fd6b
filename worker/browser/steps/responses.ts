import { matchesAddress } from "../address.ts";
import type { SeenResponse, Witness } from "../witness.ts";

export type WantedResponse = { url: string; method?: string | undefined; status?: number | undefined };

/** A pattern that begins with / is meant on any host. */
export function isAt(url: string, response: SeenResponse): boolean {
  return (
    matchesAddress(url, response.url) || matchesAddress(url, response.url.replace(/^[a-z]+:\/\/[^/]*/i, ""))
  );
}

export function isWanted(wanted: WantedResponse, response: SeenResponse): boolean {
  return (
    isAt(wanted.url, response) &&
    (wanted.method === undefined || wanted.method === response.method) &&
    (wanted.status === undefined || wanted.status === response.status)
  );
}

/** The answers that may be the doing of the last act. */
export function recentResponses(witness: Witness): SeenResponse[] {
  return witness.responses.filter(({ at }) => at >= witness.actedAt);
}

const shownMax = 15;

export function responseWords({ url, method, status }: WantedResponse): string {
  return `a response${status === undefined ? "" : ` ${status}`} to ${method ? `${method} ` : ""}${url}`;
}

/** What came instead, those at the same address first, for the reader of a failure. */
export function listResponses(responses: readonly SeenResponse[], wanted: WantedResponse): string {
  if (responses.length === 0) return "No response has come since the last act.";
  const nearest = responses.toSorted((a, b) => Number(isAt(wanted.url, b)) - Number(isAt(wanted.url, a)));
  const lines = nearest
    .slice(0, shownMax)
    .map(({ method, url, status }) => `${status} ${method} ${url.slice(0, 300)}`);
  const more = responses.length - lines.length;
  return ["Responses since the last act:", ...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join("\n");
}
