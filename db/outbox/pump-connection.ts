import type { Sql } from "postgres";
import { type Address, connect } from "../client.ts";
import { queues } from "../domain/jobs.ts";
import { claimShared } from "./claim-shared.ts";
import { type Exchange, type ExchangeRequest, exchange } from "./exchange.ts";

/**
 * The connections on which a worker claims. Their plans are pinned to the indexes: the statistics of a queue's table are always
 * those of a moment ago, when it was empty, or full.
 */
export function openPumpConnection(address: Address): Sql {
  return connect(address, {
    name: "verdict-pump",
    // A worker has two round trips underway at most, when it is very busy.
    connectionsMax: 2,
    idleSeconds: 0,
    settings: {
      plan_cache_mode: "force_generic_plan",
      enable_seqscan: "off",
      enable_bitmapscan: "off",
      enable_hashjoin: "off",
      enable_mergejoin: "off",
      statement_timeout: 10_000,
    },
  });
}

/**
 * Completes and claims, by what the queue is: in one statement, or, where keys take turns, the claim after the completions,
 * so that nobody waits for the disk while he has the turn.
 */
export async function exchangeOn(sql: Sql, request: ExchangeRequest): Promise<Exchange> {
  if (!queues[request.queue].isShared) return exchange(sql, request);
  const { refused } =
    request.ended.length > 0 ? await exchange(sql, { ...request, slots: 0 }) : { refused: [] };
  return { claimed: request.slots > 0 ? await claimShared(sql, request) : [], refused };
}
