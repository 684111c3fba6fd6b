import { messageOf } from "../db/domain/errors.ts";
import { type JobKind, jobPolicies } from "../db/domain/jobs.ts";
import { complete, fail, release, snooze } from "../db/outbox/finish.ts";
import { Countdown } from "./browser/attempt-clock.ts";
import { withDatabase } from "./database-retry.ts";
import type { HeldJob } from "./held-job.ts";
import type { JobHandler, JobResult, JobServices } from "./job-handler.ts";
import { jobHandlers } from "./jobs/index.ts";
import type { JobEnd } from "./metrics.ts";
import { Progress, type Report } from "./progress.ts";
import type { RunResult } from "./pump.ts";
import { Cancel, Permanent, Snooze } from "./verdicts.ts";

/** From a job's time-out, or another reason to stop, until we no longer wait for its handler. */
const obeyMsMax = 30_000;

/** The registry is total and each handler gets the payload that its own kind's schema has parsed. */
export function handlerOf(kind: JobKind): JobHandler<JobKind> {
  return jobHandlers[kind] as JobHandler<JobKind>;
}

/** Does a held job and ends it, unless it is only to be completed. Never rejects. */
export async function runJob(services: JobServices, held: HeldJob): Promise<RunResult> {
  const { job } = held;
  const { log, metrics } = services;
  try {
    const result = await attend(services, held);
    if (result === "done" || result === "settled" || typeof result === "object") return result;
    metrics.ended(job.kind, result);
    log.info({ event: "job", jobId: job.jobId, kind: job.kind, how: result });
  } catch (error) {
    // Its lease ends by itself, and the sweep of any worker finds it.
    metrics.ended(job.kind, "lost");
    log.error({ event: "job-left", jobId: job.jobId, kind: job.kind, error });
  }
  return "settled";
}

/** Its handler's result, or how the job ended otherwise. */
async function attend(services: JobServices, held: HeldJob): Promise<JobResult | JobEnd> {
  const { job } = held;
  const { timeoutMs, payload } = jobPolicies[job.kind];
  const parsed = payload.safeParse(job.payload);
  if (!parsed.success) {
    return endBroken(services, held, new Permanent(`the payload is wrong: ${parsed.error.message}`));
  }
  held.timeLimit = new Countdown(timeoutMs, () => {
    held.stop({ kind: "timeout", message: `it took longer than ${timeoutMs} ms` });
  });
  const progress = new Progress(services.db.sql, held, services.log);
  const report: Report = (fraction, text) => progress.report(fraction, text);
  try {
    return await obeying(held, handlerOf(job.kind).run(services, held, parsed.data, report));
  } catch (error) {
    return await endBroken(services, held, error);
  } finally {
    held.timeLimit.clear();
    progress.end();
  }
}

async function endBroken(services: JobServices, held: HeldJob, error: unknown): Promise<JobEnd> {
  if (held.isLost) return "lost";
  return withDatabase(held.lostSignal, () => end(services, held, error));
}

/** What becomes of a job whose handler threw: by why it was stopped, or by what it threw. */
async function end({ db, log }: JobServices, { job, reason }: HeldJob, error: unknown): Promise<JobEnd> {
  if (reason?.kind === "interrupted") {
    return (await release(db.orm, job)) === "lost" ? "lost" : "interrupted";
  }
  if (reason?.kind === "cancelled" || (error instanceof Cancel && !reason)) {
    const isOurs = await complete(db.orm, job, "cancelled", reason?.message ?? messageOf(error));
    return isOurs ? "cancelled" : "lost";
  }
  if (error instanceof Snooze && !reason) return (await snooze(db.orm, job, error.ms)) ? "snoozed" : "lost";
  log.warn({ event: "job-failed", jobId: job.jobId, kind: job.kind, error });
  const isPermanent = error instanceof Permanent;
  const result = await fail(db.orm, job, reason?.message ?? messageOf(error), { isPermanent });
  return result === "scheduled" ? "retried" : result;
}

/** The handler's result; an error when it goes on for long although it was told to stop. */
async function obeying(held: HeldJob, work: Promise<JobResult>): Promise<JobResult> {
  const { promise: disobeyed, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    timer = setTimeout(() => reject(new Error("it went on although it was told to stop")), obeyMsMax);
  };
  if (held.signal.aborted) begin();
  else held.signal.addEventListener("abort", begin, { once: true });
  try {
    return await Promise.race([work, disobeyed]);
  } finally {
    held.signal.removeEventListener("abort", begin);
    clearTimeout(timer);
  }
}
