import type { Sql } from "postgres";
import type { JobKind } from "../db/domain/jobs.ts";
import { addTally, count, noTally, type Tally } from "../db/domain/tally.ts";
import { addTallies } from "../db/outbox/tally.ts";
import type { WorkerMetrics } from "./metrics.ts";

/**
 * Counts what this worker does: since it started, for the list of workers; since the last time, for the Jobs page, added
 * every other second to what all workers have counted. Beside the claims and completions, which are not made to wait for
 * it; what a worker had counted when it was killed is missing from the charts and from nothing else.
 */
export class JobCounts {
  /** Since the worker started: jobs that it ended; of executions the tries that failed, and those that we had trouble with. */
  readonly totals = { processed: 0, failed: 0, faults: 0 };
  readonly #sql: Sql;
  #counted = new Map<JobKind, Tally>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The same metrics, counted here as well. */
  beside(metrics: WorkerMetrics): WorkerMetrics {
    const { totals } = this;
    return {
      ...metrics,
      claimed: (kind, waitedMs) => {
        const tally = this.#of(kind);
        tally.started++;
        count(tally.waits, waitedMs);
        metrics.claimed(kind, waitedMs);
      },
      ran: (kind, ms) => {
        count(this.#of(kind).runs, ms);
        metrics.ran(kind, ms);
      },
      ended: (kind, how) => {
        const isBroken = how === "retried" || how === "dead";
        if (how === "done") this.#of(kind).finished++;
        else if (isBroken) this.#of(kind).failed++;
        if (how === "done" || how === "cancelled" || isBroken) totals.processed++;
        // Of executions each try is looked at, below.
        if (kind !== "execution" && isBroken) totals.faults++;
        metrics.ended(kind, how);
      },
      attemptEnded: (status, browser, durationMs) => {
        if (status === "failed") totals.failed++;
        if (status === "error") totals.faults++;
        metrics.attemptEnded(status, browser, durationMs);
      },
      rescued: (kind, how) => {
        if (how !== "cancelled") this.#of(kind).failed++;
        metrics.rescued(kind, how);
      },
    };
  }

  /** Writes down what was counted since the last time. What the database does not take is kept for the next. */
  async flush(): Promise<void> {
    const counted = this.#counted;
    this.#counted = new Map();
    try {
      await addTallies(this.#sql, counted);
    } catch (error) {
      for (const [kind, tally] of counted) addTally(this.#of(kind), tally);
      throw error;
    }
  }

  #of(kind: JobKind): Tally {
    const tally = this.#counted.get(kind) ?? noTally();
    this.#counted.set(kind, tally);
    return tally;
  }
}
