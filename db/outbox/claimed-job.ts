import { randomUUID } from "node:crypto";
import type { JobKind, QueueName } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { Lease } from "./finish.ts";

/** A job that this worker holds until its lease ends. */
export type ClaimedJob = Lease & {
  kind: JobKind;
  payload: unknown;
  organizationId: string | null;
  /** Whose share it takes; null where there are no shares. */
  key: string | null;
  /** How often it was claimed, this one included; how often it failed by an error of ours; was lost with its worker. */
  attempt: number;
  failures: number;
  crashes: number;
  /** Between being due and being claimed. */
  waitedMs: number;
};

export type ClaimRequest = {
  workerId: string;
  queue: QueueName;
  /** How many at most. */
  slots: number;
  /** How many of them may be suspects; default 1. Not to be had by who holds one. */
  suspects?: number;
  leaseMs?: number;
  /** Those that the worker has, where jobs need one; default: all that there are. */
  browsers?: readonly string[];
  /** Where turns go on; see `nextTurn`. */
  after?: Turn;
};

/** Which key was served last, and how many of its jobs were in its turn. */
export type Turn = { key: string; served: number };

/** The turn that a claim ended with. */
export function nextTurn(before: Turn, claimed: readonly ClaimedJob[]): Turn {
  const key = claimed.at(-1)?.key ?? null;
  if (key === null) return before;
  const others = claimed.findLastIndex((job) => job.key !== key);
  const served = claimed.length - 1 - others;
  return { key, served: others === -1 && before.key === key ? before.served + served : served };
}

/**
 * A job that was lost with its worker so often that once more ends it. A worker has one at a time, so that the next loss
 * blames the right one. (The same number is in the statements and indexes.)
 */
export function isSuspect({ crashes }: { crashes: number }): boolean {
  return crashes >= limits.crashesMax - 1;
}

/** One for each claim; together with the job's id it is new each time the job is claimed. */
export const newLeaseToken = (): string => randomUUID();

/** The columns of `outbox` that make a `ClaimedJob`. */
export type ClaimedRow = {
  id: string;
  kind: JobKind;
  payload: unknown;
  organization_id: string | null;
  key: string | null;
  attempt: number;
  failures: number;
  crashes: number;
  waited_ms: number;
};

export function claimedJob(row: ClaimedRow, leaseToken: string): ClaimedJob {
  return {
    jobId: row.id,
    leaseToken,
    kind: row.kind,
    payload: row.payload,
    organizationId: row.organization_id,
    key: row.key,
    attempt: row.attempt,
    failures: row.failures,
    crashes: row.crashes,
    waitedMs: row.waited_ms,
  };
}
