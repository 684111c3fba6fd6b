import type { EventType, LogItem } from "../db/domain/events.ts";
import { isFinal } from "../db/domain/states.ts";
import type { Ctx } from "../db/services/context.ts";
import { countEvents, type EventCounts, listEvents, type Period } from "../db/services/evidence.ts";
import { getExecution } from "../db/services/executions.ts";
import type { NetworkView } from "./execution-network.ts";
import type { ExecutionView } from "./execution-view.ts";

export const evidenceTabs = ["log", "errors", "console", "network", "files"] as const;
export type EvidenceTab = (typeof evidenceTabs)[number];

const evidenceTypes: Record<Exclude<EvidenceTab, "files">, readonly EventType[]> = {
  log: [],
  errors: ["page-error"],
  console: ["console"],
  network: ["navigation", "request-failed"],
};

export type Evidence = {
  tab: EvidenceTab;
  items: LogItem[];
  /** Numbers after this one have not been looked at. */
  after: number;
  more: boolean;
  counts: EventCounts;
  /** It has ended, and what it did is not kept any more. */
  expired: boolean;
  /** Every request of the attempt, where they were kept and are asked for. */
  network: NetworkView | null;
};

export type EvidenceQuery = {
  tab: EvidenceTab;
  attempt: number | null;
  after: number;
  during: Period | null;
  network?: NetworkView | null;
};

const logPageMax = 500;

/** One page of one tab of the evidence. */
export async function loadEvidence(ctx: Ctx, id: string, query: EvidenceQuery): Promise<Evidence> {
  const { tab, attempt, after, during } = query;
  // Counted first: what is logged between the two is found again from `after`, and nothing is passed over.
  const counts = await countEvents(ctx, id, attempt, during);
  // An execution that has ended has said so in its log.
  const expired = counts.lastSeq === 0 && isFinal((await getExecution(ctx, id)).status);
  const { network = null } = query;
  if (tab === "files" || network) return { tab, items: [], after, more: false, counts, expired, network };
  const wanted = { attempt, types: evidenceTypes[tab], after, during, limit: logPageMax };
  const page = await listEvents(ctx, id, wanted);
  const last = page.items.at(-1)?.seq ?? after;
  const more = page.nextAfter !== null;
  return { tab, items: page.items, after: page.nextAfter ?? last, more, counts, expired, network: null };
}

/** The tab that the address names; without one what says most: of a failure the request that broke it, where it is known. */
export function evidenceTabOf(text: string | undefined, view: ExecutionView | null = null): EvidenceTab {
  const isListed = view?.files.some(({ kind, lostReason }) => kind === "network" && lostReason === null);
  const usual = view?.clues.request && isListed ? "network" : "log";
  return evidenceTabs.find((tab) => tab === text) ?? usual;
}

/** The stretch of time of a window, in the time of the events. */
export function periodOf(startedAt: number, window: { from: number; to: number } | null): Period | null {
  return window && { from: new Date(startedAt + window.from), to: new Date(startedAt + window.to) };
}
