import type { WorkerMetrics } from "./metrics.ts";

/** What a worker has done since it started, for the list of workers. */
export class Tally {
  readonly counts = { processed: 0, failed: 0, faults: 0 };

  /** The same metrics, counted along. */
  counting(metrics: WorkerMetrics): WorkerMetrics {
    const { counts } = this;
    return {
      ...metrics,
      ended(kind, how) {
        if (how === "done" || how === "retried" || how === "dead" || how === "cancelled") counts.processed++;
        // Of executions each try is looked at, below.
        if (kind !== "execution" && (how === "retried" || how === "dead")) counts.faults++;
        metrics.ended(kind, how);
      },
      attemptEnded(status, browser, durationMs) {
        if (status === "failed") counts.failed++;
        if (status === "error") counts.faults++;
        metrics.attemptEnded(status, browser, durationMs);
      },
    };
  }
}
