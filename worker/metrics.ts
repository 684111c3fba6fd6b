import type { JobKind, QueueName } from "../db/domain/jobs.ts";
import type { TickOutcome } from "../db/domain/schedule-resources.ts";
import type { AttemptStatus, Verdict } from "../db/domain/states.ts";

/** How a job left this worker. `lost`: a write of ours was refused, or the lease could not be renewed in time. */
export type JobEnd = "done" | "retried" | "snoozed" | "dead" | "cancelled" | "interrupted" | "lost";

export type QueueFigures = {
  ready: number;
  scheduled: number;
  running: number;
  /** For how long the oldest job that could be claimed has been waiting; 0 when there is none. */
  oldestReadyMs: number;
  paused: boolean;
  /** Jobs that may run at once, on all workers together; null: no limit but the workers' slots. */
  slotsMax: number | null;
};

/** What the worker counts. `main.ts` connects it to the process's registry. */
export type WorkerMetrics = {
  /** What is true of the whole queue, as any worker sees it. */
  queue(queue: QueueName, figures: QueueFigures): void;
  deadLetters(jobs: number): void;
  waiting(kind: JobKind, jobs: number): void;
  holding(kind: JobKind, jobs: number): void;
  claimed(kind: JobKind, waitedMs: number): void;
  /** For how long this worker was busy with it, whatever the end. */
  ran(kind: JobKind, ms: number): void;
  ended(kind: JobKind, how: JobEnd): void;
  /** Leases of other workers that were found to have ended. */
  rescued(kind: JobKind, how: "ready" | "dead" | "cancelled"): void;
  /** What became of ticks of schedules. `lateMs`: from its time to its run, by the database's clock. */
  ticked(outcome: TickOutcome, ticks: number, lateMs: number): void;
  attemptEnded(status: AttemptStatus, browser: string, durationMs: number): void;
  executionEnded(verdict: Verdict, browser: string): void;
  browsers(running: number): void;
  browserStarted(): void;
  browserKilled(): void;
};

const nothing = (): void => {};

export const noMetrics: WorkerMetrics = {
  queue: nothing,
  deadLetters: nothing,
  waiting: nothing,
  holding: nothing,
  claimed: nothing,
  ran: nothing,
  ended: nothing,
  rescued: nothing,
  ticked: nothing,
  attemptEnded: nothing,
  executionEnded: nothing,
  browsers: nothing,
  browserStarted: nothing,
  browserKilled: nothing,
};

/** One line per thing that happened: fields, not sentences. */
export type WorkerLog = {
  info(fields: Record<string, unknown>): void;
  warn(fields: Record<string, unknown>): void;
  error(fields: Record<string, unknown>): void;
};

export const noLog: WorkerLog = { info: nothing, warn: nothing, error: nothing };
