import type { Registry } from "prom-client";
import type { WorkerMetrics } from "../worker/metrics.ts";
import { queueMetrics, runMetrics, scheduleMetrics } from "./metrics.ts";

const browser = "chromium";
const states = ["ready", "scheduled", "running"] as const;

/** What a worker counts, in its process's registry. */
export function workerMetrics(registry: Registry): WorkerMetrics {
  const jobs = queueMetrics(registry);
  const run = runMetrics(registry);
  const schedule = scheduleMetrics(registry);
  return {
    queue: (queue, figures) => {
      for (const state of states) jobs.depth.set({ queue, state }, figures[state]);
      jobs.oldest.set({ queue }, figures.oldestReadyMs / 1_000);
      jobs.paused.set({ queue }, figures.paused ? 1 : 0);
      if (figures.slotsMax === null) jobs.slotsMax.remove({ queue });
      else jobs.slotsMax.set({ queue }, figures.slotsMax);
    },
    deadLetters: (count) => jobs.deadLetters.set(count),
    waiting: (kind, count) => jobs.waiting.set({ kind }, count),
    holding: (kind, count) => jobs.running.set({ kind }, count),
    claimed: (kind, waitedMs) => {
      jobs.attempts.inc({ kind });
      jobs.wait.observe({ kind }, waitedMs / 1_000);
    },
    ran: (kind, ms) => jobs.run.observe({ kind }, ms / 1_000),
    ended: (kind, outcome) => {
      jobs.finished.inc({ kind, outcome });
      if (outcome === "retried") jobs.retries.inc({ kind });
      if (outcome === "dead") jobs.dead.inc({ kind });
      if (outcome === "lost") jobs.fenced.inc({ kind });
    },
    rescued: (kind, how) => {
      jobs.rescues.inc({ kind });
      if (how === "dead") jobs.dead.inc({ kind });
      jobs.finished.inc({ kind, outcome: how === "ready" ? "rescued" : how });
    },
    ticked: (outcome, ticks, lateMs) => {
      schedule.ticks.inc({ outcome }, ticks);
      if (outcome === "started") schedule.lag.observe(lateMs / 1_000);
    },
    attemptEnded: (status, name, durationMs) => {
      run.attempts.inc({ status, browser: name });
      run.duration.observe({ browser: name }, durationMs / 1_000);
    },
    executionEnded: (status, name) => run.executions.inc({ status, browser: name }),
    browsers: (running) => run.browsers.set({ browser }, running),
    browserStarted: () => run.launches.inc({ outcome: "started" }),
    browserKilled: () => run.launches.inc({ outcome: "killed" }),
  };
}
