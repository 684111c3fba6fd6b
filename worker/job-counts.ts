import type { Sql } from "postgres";
import type { JobKind } from "../db/domain/jobs.ts";
import { addTally, count, noTally, type Tally } from "../db/domain/tally.ts";
import { addTallies } from "../db/outbox/tally.ts";
import type { WorkerMetrics } from "./metrics.ts";

/**
 * Counts what this worker does for the Jobs page and adds it, every other second, to what all workers have counted. Beside
 * the claims and completions, which are not made to wait for it; what a worker had counted when it was killed is missing
 * from the charts and from nothing else.
 */
export class JobCounts {
  readonly #sql: Sql;
  #counted = new Map<JobKind, Tally>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The same metrics, counted here as well. */
  beside(metrics: WorkerMetrics): WorkerMetrics {
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
        if (how === "done") this.#of(kind).finished++;
        else if (how === "retried" || how === "dead") this.#of(kind).failed++;
        metrics.ended(kind, how);
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
