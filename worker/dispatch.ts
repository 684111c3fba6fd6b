import { messageOf } from "../db/domain/errors.ts";
import { type JobKind, jobPolicies } from "../db/domain/jobs.ts";
import { complete, fail, release } from "../db/outbox/finish.ts";
import { withDatabase } from "./database-retry.ts";
import type { HeldJob } from "./held-job.ts";
import type { JobHandler, JobResult, JobServices } from "./job-handler.ts";
import { jobHandlers } from "./jobs/index.ts";
import type { JobEnd } from "./metrics.ts";

/** From a job's time-out, or another reason to stop, until we no longer wait for its handler. */
const obeyMsMax = 30_000;

/** The registry is total and each handler gets the payload that its own kind's schema has parsed. */
export function handlerOf(kind: JobKind): JobHandler<JobKind> {
  return jobHandlers[kind] as JobHandler<JobKind>;
}

/** Does a held job and ends it: done, tried again, dead, handed back. Never rejects. */
export async function runJob(services: JobServices, held: HeldJob): Promise<void> {
  const { job } = held;
  const { log, metrics } = services;
  try {
    const how = await attend(services, held);
    if (how) metrics.ended(job.kind, how);
    if (how) log.info({ event: "job", jobId: job.jobId, kind: job.kind, how });
  } catch (error) {
    // Its lease ends by itself, and the sweep of any worker finds it.
    metrics.ended(job.kind, "lost");
    log.error({ event: "job-left", jobId: job.jobId, kind: job.kind, error });
  }
}

/** How the job ended, or null when its handler has seen to that. */
async function attend(services: JobServices, held: HeldJob): Promise<JobEnd | null> {
  const { job } = held;
  const { timeoutMs, payload } = jobPolicies[job.kind];
  const { db } = services;
  const parsed = payload.safeParse(job.payload);
  if (!parsed.success) {
    const result = await withDatabase(held.lostSignal, () =>
      fail(db.orm, job, `the payload is wrong: ${parsed.error.message}`, { isPermanent: true }),
    );
    return result === "dead" ? "dead" : "lost";
  }
  const timer = setTimeout(() => {
    held.stop({ kind: "timeout", message: `it took longer than ${timeoutMs} ms` });
  }, timeoutMs);
  try {
    const result = await obeying(held, handlerOf(job.kind).run(services, held, parsed.data));
    if (result === "settled") return null;
    return (await withDatabase(held.lostSignal, () => complete(db.orm, job))) ? "done" : "lost";
  } catch (error) {
    return endBroken(services, held, error);
  } finally {
    clearTimeout(timer);
  }
}

async function endBroken({ db, log }: JobServices, held: HeldJob, error: unknown): Promise<JobEnd> {
  const { job, reason, lostSignal } = held;
  if (held.isLost) return "lost";
  if (reason?.kind === "interrupted") {
    return (await withDatabase(lostSignal, () => release(db.orm, job))) === "lost" ? "lost" : "interrupted";
  }
  if (reason?.kind === "cancelled") {
    const isOurs = await withDatabase(lostSignal, () => complete(db.orm, job, "cancelled", reason.message));
    return isOurs ? "cancelled" : "lost";
  }
  const message = reason?.message ?? messageOf(error);
  log.warn({ event: "job-failed", jobId: job.jobId, kind: job.kind, error });
  const result = await withDatabase(lostSignal, () => fail(db.orm, job, message));
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
