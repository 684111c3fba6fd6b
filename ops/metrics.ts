import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { dependencies } from "../db/outside-calls/policies.ts";
import type { BreakerState, OutsideCalls, OutsideMetrics } from "../db/outside-calls.ts";

/** Makes the process's registry, with Node's own figures and the process's role as a label on everything. */
export function createRegistry(role: "api" | "worker"): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  return registry;
}

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10];
const waitSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const runSeconds = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** HTTP and WebSocket figures. `route` is the pattern, never the path; unmatched requests share one label. */
export function httpMetrics(registry: Registry) {
  const registers = [registry];
  const requests = new Histogram({
    name: "verdict_http_request_seconds",
    help: "Duration of HTTP requests by route pattern.",
    labelNames: ["method", "route", "status"] as const,
    buckets: requestSeconds,
    registers,
  });
  const active = new Gauge({
    name: "verdict_http_requests_active",
    help: "HTTP requests being answered now.",
    registers,
  });
  const limited = new Counter({
    name: "verdict_http_limited_total",
    help: "Requests refused by a rate limit.",
    labelNames: ["limit"] as const,
    registers,
  });
  const sockets = new Gauge({
    name: "verdict_websocket_connections",
    help: "Open WebSocket connections.",
    registers,
  });
  const pushed = new Counter({
    name: "verdict_websocket_messages_total",
    help: "Messages sent to WebSocket clients.",
    registers,
  });
  return { requests, active, limited, sockets, pushed };
}

/**
 * Figures of the outbox. Gauges by queue are true of the whole installation, and every worker gives them: take the maximum.
 * Counters and histograms are of what this process did: add them up.
 */
export function queueMetrics(registry: Registry) {
  return { ...queueGauges(registry), ...jobCounters(registry) };
}

function queueGauges(registry: Registry) {
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers });
  return {
    depth: gauge("verdict_queue_jobs", "Jobs of a queue by state, counted no further than 10 000 each.", [
      "queue",
      "state",
    ]),
    oldest: gauge(
      "verdict_queue_oldest_ready_seconds",
      "For how long the oldest job of a queue that could be claimed has been waiting; 0 when there is none.",
      ["queue"],
    ),
    paused: gauge("verdict_queue_paused", "1 while a queue is paused, else 0.", ["queue"]),
    slotsMax: gauge(
      "verdict_queue_slots_max",
      "Jobs of a queue that may run at once, on all workers together; absent where there is no limit.",
      ["queue"],
    ),
    deadLetters: gauge("verdict_dead_letters", "Jobs that were given up and that nobody has dealt with.", []),
    waiting: gauge("verdict_jobs_waiting", "Jobs that are due and not claimed.", ["kind"]),
    running: gauge("verdict_jobs_running", "Jobs this process holds.", ["kind"]),
  };
}

function jobCounters(registry: Registry) {
  const registers = [registry];
  const labelNames = ["kind"] as const;
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
  return {
    wait: new Histogram({
      name: "verdict_job_wait_seconds",
      help: "Time from due to claimed.",
      labelNames,
      buckets: waitSeconds,
      registers,
    }),
    run: new Histogram({
      name: "verdict_job_run_seconds",
      help: "For how long this process was busy with a job, however that ended.",
      labelNames,
      buckets: runSeconds,
      registers,
    }),
    attempts: counter(
      "verdict_job_attempts_total",
      "Tries that began: jobs this process claimed and started.",
    ),
    retries: counter("verdict_job_retries_total", "Tries that ended with another one to come."),
    rescues: counter(
      "verdict_job_rescues_total",
      "Jobs this process took away from workers whose lease had ended.",
    ),
    fenced: counter(
      "verdict_job_fence_refusals_total",
      "Jobs this process lost: a write of its was refused, or its lease ended before it was renewed.",
    ),
    dead: counter("verdict_job_dead_letters_total", "Jobs that were given up."),
    finished: new Counter({
      name: "verdict_jobs_finished_total",
      help: "Tries by how they ended: done, retried, snoozed, interrupted, cancelled, dead, lost (the lease was taken over); rescued: another worker's.",
      labelNames: ["kind", "outcome"] as const,
      registers,
    }),
  };
}

/** Figures of schedules: what became of their ticks, and how late they were fired. */
export function scheduleMetrics(registry: Registry) {
  const registers = [registry];
  const ticks = new Counter({
    name: "verdict_schedule_ticks_total",
    help: "Ticks of schedules by what became of them: started, failed (no run could be started), missed, skipped (an earlier run went on).",
    labelNames: ["outcome"] as const,
    registers,
  });
  const lag = new Histogram({
    name: "verdict_schedule_lag_seconds",
    help: "Time from when a tick was due to the start of its run.",
    buckets: waitSeconds,
    registers,
  });
  return { ticks, lag };
}

/** Figures of executions and browsers. */
export function runMetrics(registry: Registry) {
  const registers = [registry];
  const executions = new Counter({
    name: "verdict_executions_total",
    help: "Finished executions by verdict and browser.",
    labelNames: ["status", "browser"] as const,
    registers,
  });
  const attempts = new Counter({
    name: "verdict_attempts_total",
    help: "Attempts by how they ended: passed, failed, error, cancelled, lost.",
    labelNames: ["status", "browser"] as const,
    registers,
  });
  const duration = new Histogram({
    name: "verdict_execution_seconds",
    help: "Duration of the attempts of executions by browser.",
    labelNames: ["browser"] as const,
    buckets: runSeconds,
    registers,
  });
  const browsers = new Gauge({
    name: "verdict_browsers",
    help: "Running browsers.",
    labelNames: ["browser"] as const,
    registers,
  });
  const launches = new Counter({
    name: "verdict_browser_launches_total",
    help: "Browser launches by outcome: started, failed, killed.",
    labelNames: ["outcome"] as const,
    registers,
  });
  return { executions, attempts, duration, browsers, launches };
}

const breakerFigures: Record<BreakerState, number> = { closed: 0, "half-open": 1, open: 2 };

/**
 * Calls of everything outside that is not PostgreSQL.
 * @returns what `OutsideCalls` reports to, and `watch`, which has its state read at each scrape
 */
export function outsideMetrics(registry: Registry): OutsideMetrics & { watch(calls: OutsideCalls): void } {
  const registers = [registry];
  const ended = new Histogram({
    name: "verdict_outside_call_seconds",
    help: "Calls out of the process by dependency and outcome: ok, refused, failed, timeout, open, full, cancelled.",
    labelNames: ["dependency", "outcome"] as const,
    buckets: requestSeconds,
    registers,
  });
  const retried = new Counter({
    name: "verdict_outside_call_retries_total",
    help: "Calls out of the process that were tried again.",
    labelNames: ["dependency"] as const,
    registers,
  });
  const rejected = new Counter({
    name: "verdict_outside_call_rejected_total",
    help: "Calls that were not made: by the breaker, or because too many waited (bulkhead).",
    labelNames: ["dependency", "by"] as const,
    registers,
  });
  const tripped = new Counter({
    name: "verdict_outside_call_breaker_trips_total",
    help: "How often a breaker opened.",
    labelNames: ["dependency"] as const,
    registers,
  });
  return {
    ended(dependency, outcome, durationMs) {
      ended.observe({ dependency, outcome }, durationMs / 1_000);
      if (outcome === "open") rejected.inc({ dependency, by: "breaker" });
      if (outcome === "full") rejected.inc({ dependency, by: "bulkhead" });
    },
    retried: (dependency) => retried.inc({ dependency }),
    tripped: (dependency) => tripped.inc({ dependency }),
    watch: (calls) => watchOutside(registry, calls),
  };
}

function watchOutside(registry: Registry, calls: OutsideCalls): void {
  const labelNames = ["dependency"] as const;
  new Gauge({
    name: "verdict_outside_call_breaker_state",
    help: "The breaker of a dependency, the worst where there are several: 0 closed, 1 half-open, 2 open.",
    labelNames,
    registers: [registry],
    collect() {
      for (const dependency of dependencies) {
        this.set({ dependency }, breakerFigures[calls.state(dependency).breaker]);
      }
    },
  });
  new Gauge({
    name: "verdict_outside_calls_active",
    help: "Calls out of the process that are underway (state: active) or wait for a place (waiting).",
    labelNames: ["dependency", "state"] as const,
    registers: [registry],
    collect() {
      for (const dependency of dependencies) {
        const { active, waiting } = calls.state(dependency);
        this.set({ dependency, state: "active" }, active);
        this.set({ dependency, state: "waiting" }, waiting);
      }
    },
  });
}

export type HttpMetrics = ReturnType<typeof httpMetrics>;
export type QueueMetrics = ReturnType<typeof queueMetrics>;
export type RunMetrics = ReturnType<typeof runMetrics>;
