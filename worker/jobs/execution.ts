import { messageOf } from "../../db/domain/errors.ts";
import type { Failure } from "../../db/domain/events.ts";
import { policyOfAttempt } from "../../db/domain/evidence.ts";
import { limits } from "../../db/domain/limits.ts";
import { browserTitles } from "../../db/domain/steps/definition.ts";
import {
  abandonExecution,
  type Ending,
  finishAttempt,
  interruptAttempt,
  loseAttempt,
} from "../../db/services/attempt-endings.ts";
import { type AttemptStart, beginAttempt } from "../../db/services/attempts.ts";
import type { Ctx } from "../../db/services/context.ts";
import { answerBaseline } from "../baselines.ts";
import type { AttemptOutcome, AttemptPlan, BrowserOptions } from "../browser/protocol.ts";
import { withDatabase } from "../database-retry.ts";
import type { HeldJob } from "../held-job.ts";
import type { JobHandler, JobResult, JobServices } from "../job-handler.ts";
import { knock } from "../remote-browser.ts";
import { Sink } from "../sink.ts";

/** One attempt of an execution in a browser. Job, attempt and verdict end in one transaction. */
export const execution: JobHandler<"execution"> = {
  async run(services, held, { executionId }) {
    const ctx = services.ctx(held.job.organizationId);
    try {
      return await attempt(services, held, ctx, executionId);
    } catch (error) {
      if (held.isLost) return left(services, held);
      services.log.error({ event: "attempt-broke", executionId, error });
      const failure = failureOf("worker-error", messageOf(error));
      const ending = await withDatabase(held.lostSignal, () =>
        abandonExecution(ctx, held.job, executionId, failure),
      );
      count(services, held, ending);
      return "settled";
    }
  },

  async rescue({ ctx }, expired, { executionId }) {
    const ending = await loseAttempt(ctx(expired.organizationId), expired, executionId);
    if (ending.state === "lost") return "gone";
    if (ending.state === "requeued") return "ready";
    return ending.verdict === "cancelled" ? "cancelled" : "dead";
  },
};

async function attempt(
  services: JobServices,
  held: HeldJob,
  ctx: Ctx,
  executionId: string,
): Promise<JobResult> {
  const start = await withDatabase(held.lostSignal, () =>
    beginAttempt(ctx, held.job, executionId, services.worker),
  );
  if (!start) return "done";
  const reported = await reportOf(services, held, ctx, start);
  if (held.isLost) return left(services, held);
  if (!held.reason) {
    services.sickness.ended(start.organizationId, reported.status === "error" ? reported.failure : null);
  }
  const outcome = judged(held, reported);
  services.metrics.attemptEnded(
    held.reason?.kind === "interrupted" && outcome === null ? "lost" : (outcome ?? reported).status,
    start.browser,
    reported.durationMs,
  );
  const ending = await withDatabase(held.lostSignal, () =>
    outcome
      ? finishAttempt(ctx, held.job, start, outcome)
      : interruptAttempt(ctx, held.job, start, held.reason?.message ?? "the worker stops"),
  );
  count(services, held, ending, start);
  return "settled";
}

/** What became of it: in the thread, unless its browser is not to be had here. */
async function reportOf(
  services: JobServices,
  held: HeldJob,
  ctx: Ctx,
  start: AttemptStart,
): Promise<AttemptOutcome> {
  const browser = services.browsers[start.browser];
  // Jobs go to those that have registered their browser; this one has lost it since, or was told a wrong one.
  const failure =
    browser === undefined
      ? failureOf("no-browser", `this worker has no ${browserTitles[start.browser]}`)
      : await knock(services.outside, browser);
  if (browser === undefined || failure) return { status: "error", failure, durationMs: 0 };
  return inThread(services, held, ctx, start, browser);
}

async function inThread(
  services: JobServices,
  held: HeldJob,
  ctx: Ctx,
  start: AttemptStart,
  browser: BrowserOptions,
): Promise<AttemptOutcome> {
  const { blobs, egress, pool, live, worker } = services;
  const pass = await egress.open(start.egressAllow, (trouble) => {
    running.tell({ type: "egress-trouble", trouble });
    if (trouble.kind === "unreachable") return;
    const { host, port } = trouble;
    services.log.info({ event: "egress-refused", executionId: start.executionId, host, port });
  });
  const sink = new Sink({
    ctx,
    held,
    start,
    blobs,
    onFailed: () => running.stop("what it does can't be written down", "ask"),
    onLost: ({ id, name }, error) =>
      services.log.warn({
        event: "artifact-lost",
        executionId: start.executionId,
        artifactId: id,
        name,
        error,
      }),
  });
  const plan = { ...planOf(start, worker.name, browser), proxy: pass.plan };
  const running = pool.run(plan, (message, taken) => {
    if (message.type === "events" || message.type === "artifact") sink.take(message, taken);
    else if (message.type === "egress-asked") running.tell({ type: "egress-told" });
    else if (message.type === "baseline-asked") {
      const { id } = message;
      void answerBaseline({ ctx, held, start, blobs }, message).then((answer) =>
        running.tell({ type: "baseline", id, answer }),
      );
    } else if (message.type !== "browser") view.hear(message);
    if (message.type !== "standing") return;
    if (message.isPaused) held.timeLimit?.standStill();
    else held.timeLimit?.goOn();
  });
  const { log } = services;
  const view = live.open({ ctx, held, start, log, tell: (message) => running.tell(message) });
  const stop = () => {
    const { kind, message } = held.reason ?? { kind: "interrupted", message: "the worker stops" };
    running.stop(message, kind === "lost" ? "kill" : "ask");
  };
  held.signal.addEventListener("abort", stop);
  held.lostSignal.addEventListener("abort", stop);
  if (held.signal.aborted) stop();
  const outcome = await running.outcome;
  pass.close();
  live.close(view, start.executionId);
  held.signal.removeEventListener("abort", stop);
  held.lostSignal.removeEventListener("abort", stop);
  await sink.drain();
  if (sink.error === null) return outcome;
  services.log.error({ event: "sink-failed", executionId: start.executionId, error: sink.error });
  const message = `what the attempt did could not be written down: ${messageOf(sink.error)}`;
  return { ...outcome, status: "error", failure: failureOf("evidence-lost", message) };
}

function planOf(start: AttemptStart, workerName: string, browser: BrowserOptions): AttemptPlan {
  const { executionId, organizationId, steps, groups, variables, secrets, baseUrl, viewport } = start;
  return {
    executionId,
    attempt: start.attempt,
    organizationId,
    workerName,
    steps,
    groups,
    variables,
    secrets,
    baseUrl,
    browser,
    viewport,
    timeoutMs: limits.attemptTimeoutMs,
    ...evidenceOf(start),
    hold: start.hold,
    newSnapshots: start.snapshots.onNew,
  };
}

function evidenceOf(start: AttemptStart): Pick<AttemptPlan, "screenshots" | "evidence"> {
  const policy = policyOfAttempt(start.evidence, start.attempt);
  const screenshots = { on: "each-step", "on-failure": "on-failure", off: "never" } as const;
  return {
    // The first of several tries shows at least where it failed.
    screenshots: start.evidence === "on-retry" && policy === "off" ? "on-failure" : screenshots[policy],
    evidence: {
      replay: policy,
      network: policy,
      video: policyOfAttempt(start.video, start.attempt),
      metrics: policy !== "off",
    },
  };
}

/** What an attempt that we stopped means; null: it was interrupted and counts for nothing. */
function judged(held: HeldJob, outcome: AttemptOutcome): AttemptOutcome | null {
  const { reason } = held;
  // Ended by itself before our word reached it: that is what counts.
  if (!reason || outcome.status === "passed" || outcome.status === "failed") return outcome;
  if (reason.kind === "interrupted") return null;
  if (reason.kind === "timeout")
    return { ...outcome, status: "error", failure: failureOf("job-timeout", reason.message) };
  return { ...outcome, status: "cancelled", failure: failureOf("cancelled", reason.message) };
}

/** Somebody else decides about it now: not a word more of ours is written. */
function left({ metrics }: JobServices, { job }: HeldJob): JobResult {
  metrics.ended(job.kind, "lost");
  return "settled";
}

function failureOf(code: string, message: string): Failure {
  return { code, message, detail: null, step: null };
}

function count(services: JobServices, held: HeldJob, ending: Ending, start?: AttemptStart): void {
  const { metrics, log } = services;
  const { kind, jobId } = held.job;
  if (ending.state === "lost") metrics.ended(kind, "lost");
  else if (ending.state === "requeued")
    metrics.ended(kind, held.reason?.kind === "interrupted" ? "interrupted" : "retried");
  else {
    const how = { cancelled: "cancelled", error: "dead" } as const;
    metrics.ended(kind, how[ending.verdict as keyof typeof how] ?? "done");
    metrics.executionEnded(ending.verdict, start?.browser ?? "chromium");
  }
  log.info({ event: "attempt", jobId, executionId: start?.executionId, attempt: start?.attempt, ...ending });
}
