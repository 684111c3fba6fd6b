import { type Bodies, type ListedExchange, readBodies, readExchanges } from "../db/domain/exchange.ts";
import { type BlobReader, textOfKind } from "../db/services/artifact-content.ts";
import type { Ctx } from "../db/services/context.ts";
import { type TimeWindow, wholeNumber } from "./execution-query.ts";

export const requestTypes = ["data", "document", "script", "style", "image", "other", "failed"] as const;
export type RequestType = (typeof requestTypes)[number];

export type NetworkQuery = { text: string; type: RequestType | null; request: number | null };

export type NumberedExchange = ListedExchange & { number: number };

/** What went over the network in an attempt, as far as a filter lets it through, and one of it with all that is known. */
export type NetworkView = {
  total: number;
  shown: NumberedExchange[];
  /** Of those that the filter leaves, how many are not listed. */
  left: number;
  dropped: number;
  query: NetworkQuery;
  selected: { exchange: NumberedExchange; bodies: Bodies } | null;
};

const rowsMax = 500;

export function readNetworkQuery(of: (name: string) => string | undefined): NetworkQuery {
  return {
    text: (of("nq") ?? "").trim().slice(0, 200),
    type: requestTypes.find((type) => type === of("type")) ?? null,
    request: wholeNumber(of("request")),
  };
}

/** Null where no list was kept: while it runs, or by the policy of the project. */
export async function loadNetwork(
  ctx: Ctx,
  blobs: BlobReader,
  of: { executionId: string; attempt: number; startedAt: number; window: TimeWindow | null },
  query: NetworkQuery,
): Promise<NetworkView | null> {
  const text = await textOfKind(ctx, blobs, { ...of, kind: "network" });
  const read = text === null ? null : readExchanges(text);
  if (!read) return null;
  const all = read.exchanges.map((exchange, index) => ({ ...exchange, number: index + 1 }));
  const left = all.filter((exchange) => isWanted(exchange, query) && isDuring(exchange, of));
  // Nobody has chosen one: the first that failed is the one that most look for.
  const chosen = all.find(({ number }) => number === query.request) ?? left.find(isFailed);
  const har = chosen?.hasBody ? await textOfKind(ctx, blobs, { ...of, kind: "har" }) : null;
  const bodies = har && chosen ? readBodies(har, all, chosen.number - 1) : { request: null, response: null };
  return {
    total: all.length,
    shown: left.slice(0, rowsMax),
    left: Math.max(0, left.length - rowsMax),
    dropped: read.dropped,
    query,
    selected: chosen ? { exchange: chosen, bodies } : null,
  };
}

export function isFailed({ state, status }: ListedExchange): boolean {
  return state === "failed" || state === "blocked" || (status !== null && status >= 400);
}

function isWanted(exchange: ListedExchange, { text, type }: NetworkQuery): boolean {
  const said = `${exchange.method} ${exchange.url} ${exchange.status ?? ""} ${exchange.failure ?? ""}`;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => said.toLowerCase().includes(word))) return false;
  return type === null || (type === "failed" ? isFailed(exchange) : typeOf(exchange) === type);
}

function typeOf({ type }: ListedExchange): RequestType {
  if (type === "xhr" || type === "fetch" || type === "eventsource") return "data";
  if (type === "stylesheet") return "style";
  return type === "document" || type === "script" || type === "image" ? type : "other";
}

function isDuring(
  { startedAt, durationMs }: ListedExchange,
  of: { startedAt: number; window: TimeWindow | null },
): boolean {
  if (of.window === null) return true;
  const from = startedAt - of.startedAt;
  return from <= of.window.to && from + (durationMs ?? 0) >= of.window.from;
}
