/**
 * The words, once. A *test case* is what a person edits; a *version* an immutable save of it; a *run* one start of a suite
 * or of one case; an *execution* one case x browser x environment in a run; an *attempt* one try of it; an *event* one
 * numbered thing that happened in an attempt; an *artifact* a stored file; a *job* a row of the outbox; a *schedule* a suite that is
 * run by the clock; a *tick* a time at which it is due.
 */

/** How an execution (and a run) can end. `error` is our or the environment's trouble, never a product failure. */
export const verdicts = ["passed", "failed", "flaky", "error", "cancelled", "skipped"] as const;
export type Verdict = (typeof verdicts)[number];

export const executionStatuses = ["queued", "running", ...verdicts] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export const runStatuses = executionStatuses;
export type RunStatus = ExecutionStatus;

/** `lost`: the worker died or was stopped in the middle; the try says nothing about the page under test. */
export const attemptStatuses = ["running", "passed", "failed", "error", "cancelled", "lost"] as const;
export type AttemptStatus = (typeof attemptStatuses)[number];

export const jobStates = ["ready", "scheduled", "running"] as const;
export type JobState = (typeof jobStates)[number];

/** How a job can leave the outbox. */
export const jobOutcomes = ["done", "cancelled", "dead"] as const;
export type JobOutcome = (typeof jobOutcomes)[number];

export const testCaseStatuses = ["draft", "active", "deprecated", "quarantined"] as const;
export type TestCaseStatus = (typeof testCaseStatuses)[number];

export const priorities = ["critical", "high", "medium", "low"] as const;
export type Priority = (typeof priorities)[number];

/** Where an execution may go from each status; a verdict is final. The database refuses everything else as well. */
export const executionTransitions: Record<ExecutionStatus, readonly ExecutionStatus[]> = {
  queued: ["running", "cancelled", "error", "skipped"],
  running: ["queued", "passed", "failed", "flaky", "error", "cancelled"],
  passed: [],
  failed: [],
  flaky: [],
  error: [],
  cancelled: [],
  skipped: [],
};

export function isFinal(status: ExecutionStatus): status is Verdict {
  return executionTransitions[status].length === 0;
}

export type RunCounts = Record<ExecutionStatus, number>;

export function noCounts(): RunCounts {
  return { queued: 0, running: 0, passed: 0, failed: 0, flaky: 0, error: 0, cancelled: 0, skipped: 0 };
}

/** The status of a run from those of its executions; the gravest verdict names the run. */
export function runStatusOf(counts: RunCounts): RunStatus {
  const finished = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0);
  if (counts.running > 0) return "running";
  if (counts.queued > 0) return finished > 0 ? "running" : "queued";
  if (counts.failed > 0) return "failed";
  if (counts.error > 0) return "error";
  if (counts.cancelled > 0) return "cancelled";
  if (counts.flaky > 0) return "flaky";
  return counts.passed > 0 ? "passed" : "skipped";
}

/**
 * The verdict of an execution from its finished attempts, oldest first. A lost or broken try neither fails a test nor
 * makes it flaky.
 */
export function verdictOf(attempts: readonly AttemptStatus[]): Verdict {
  const last = attempts.at(-1);
  if (last === "passed") return attempts.includes("failed") ? "flaky" : "passed";
  if (last === "failed" || last === "cancelled") return last;
  return "error";
}
