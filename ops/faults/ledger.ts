import type { EventType } from "../../db/domain/events.ts";
import type { Verdict } from "../../db/domain/states.ts";

/** What a client was promised: an execution that was acknowledged with a 202. */
export type Promised = {
  executionId: string;
  runId: string;
  tenant: string;
  /** In every event that the page under test causes: nobody else's log may hold it. */
  marker: string;
  /** How it may end. */
  expected: Verdict[];
  ackedAt: number;
};

/** What a `/ws` subscription delivered, in the order of delivery. */
export type Delivered = { seq: number; type: EventType };

/** An answer to a request that was made to see how the API bears a fault. */
export type Answer = {
  path: string;
  at: number;
  ms: number;
  /** Null: no answer, and `error` says why. */
  status: number | null;
  retryAfter: string | null;
  error: string | null;
};

/** An artifact that was asked for. `sha256`: of what came, when it came to its end; `promised`: the ETag. */
export type Read = { artifactId: string; status: number; sha256: string | null; promised: string | null };

/** The clients' own log: what they know without looking into the database. */
export class Ledger {
  readonly promised = new Map<string, Promised>();
  readonly delivered = new Map<string, Delivered[]>();
  readonly answers: Answer[] = [];
  readonly reads: Read[] = [];
  /** Requests to which no answer came: they may have been carried out, once. */
  readonly unanswered = new Set<string>();

  acknowledge(promised: Promised): void {
    this.promised.set(promised.executionId, promised);
  }

  /** From now on its transcript is held against the log. */
  watch(executionId: string): Delivered[] {
    const known = this.delivered.get(executionId) ?? [];
    this.delivered.set(executionId, known);
    return known;
  }

  expect(executionId: string, expected: Verdict[]): void {
    const promised = this.promised.get(executionId);
    if (!promised) throw new Error(`nobody was promised execution ${executionId}`);
    promised.expected = expected;
  }
}
