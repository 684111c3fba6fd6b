import { type SQL, sql } from "drizzle-orm";
import type { Job } from "../domain/installation.ts";
import { explainJob, type JobFacts, type JobPlace, whyNotBegun } from "../domain/job-explanation.ts";
import type { JobTry } from "../domain/job-tries.ts";
import { type JobKind, policyOf, type QueueName } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import { redacted } from "../domain/redaction.ts";
import type { JobOutcome, JobState } from "../domain/states.ts";
import { isTaking, type WorkerAbility, whyNobody } from "../domain/workers.ts";
import { iso } from "./times.ts";

/** Jobs as they are read from the outbox and from what has left it, each with the sentence that explains it. */

/** Ages are computed by the database, whose clock judges leases and due times. */
export type JobRow = {
  id: string;
  kind: JobKind;
  state: JobState | JobOutcome;
  priority: number;
  attempt: number;
  failures: number;
  crashes: number;
  interruptions: number;
  organization_id: string | null;
  payload: Record<string, unknown>;
  unique_key: string | null;
  key: string | null;
  /** What a worker must have for it; null: nothing in particular. */
  browser: string | null;
  /** How many of the same key run, where keys have shares. */
  share_running: number | null;
  /** What was said about its project's share, and how many of the same key have started within their rate. */
  share_own: { atOnce: number | null; rateJobs: number | null; rateMs: number | null } | null;
  share_started: number | null;
  worker_id: string | null;
  worker: string | null;
  fence: string | null;
  lease_until: string | null;
  error: string | null;
  progress: number | null;
  progress_text: string | null;
  result: unknown;
  cancel_reason: string | null;
  history: JobTry[] | null;
  run_at: string;
  created_at: string;
  claimed_at: string | null;
  finished_at: string | null;
  handled_at: string | null;
  handled_by: string | null;
  replayed_as: string | null;
  /** Seconds since it is (negative: until it will be) due, since it was claimed, until its lease ends, since its end. */
  due_s: number;
  held_s: number | null;
  lease_s: number | null;
  ended_s: number | null;
};

const seconds = (from: SQL, to: SQL): SQL => sql`extract(epoch from ${to} - ${from})::float8`;
const now = sql`now()`;

export const unfinishedColumns = sql`outbox.id, outbox.kind, outbox.state::text, outbox.priority, outbox.attempt, outbox.failures,
  outbox.crashes, outbox.interruptions, outbox.organization_id, outbox.payload, outbox.unique_key, outbox.key, outbox.browser,
  outbox.worker_id,
  (select name from worker where worker.id = outbox.worker_id) as worker, left(outbox.lease_token::text, 8) as fence,
  outbox.lease_until, outbox.last_error as error, outbox.progress, outbox.progress_text, null::jsonb as result,
  outbox.cancel_reason, outbox.history,
  (select count(*)::int from outbox same where same.key = outbox.key and same.state = 'running') as share_running,
  (select jsonb_build_object('atOnce', own.at_once, 'rateJobs', own.rate_jobs, 'rateMs', own.rate_ms)
    from share_setting own where own.key = outbox.key) as share_own,
  (select count(*)::int from outbox_rate r cross join unnest(r.starts) as start where r.key = outbox.key
    and start > now() - r.per_ms * interval '1 millisecond') as share_started,
  outbox.run_at, outbox.created_at, outbox.claimed_at, null::timestamptz as finished_at,
  null::timestamptz as handled_at, null::text as handled_by, null::uuid as replayed_as,
  ${seconds(sql`outbox.run_at`, now)} as due_s, ${seconds(sql`outbox.claimed_at`, now)} as held_s,
  ${seconds(now, sql`outbox.lease_until`)} as lease_s, null::float8 as ended_s`;

export const finishedColumns = sql`outbox_done.id, outbox_done.kind, outbox_done.outcome as state, outbox_done.priority,
  outbox_done.attempt, outbox_done.failures, outbox_done.crashes, outbox_done.interruptions, outbox_done.organization_id,
  outbox_done.payload, outbox_done.unique_key, outbox_done.key, null::text as browser, outbox_done.worker_id,
  (select name from worker where worker.id = outbox_done.worker_id) as worker, null::text as fence,
  null::timestamptz as lease_until, outbox_done.error, null::real as progress, null::text as progress_text, outbox_done.result,
  null::text as cancel_reason, outbox_done.history,
  null::int as share_running, null::jsonb as share_own, null::int as share_started, outbox_done.run_at, outbox_done.created_at, outbox_done.claimed_at, outbox_done.finished_at,
  outbox_done.handled_at, outbox_done.handled_by, outbox_done.replayed_as,
  ${seconds(sql`outbox_done.run_at`, now)} as due_s,
  ${seconds(sql`outbox_done.claimed_at`, sql`outbox_done.finished_at`)} as held_s,
  null::float8 as lease_s, ${seconds(sql`outbox_done.finished_at`, now)} as ended_s`;

/** What a sentence about a waiting job needs to know of the workers that are there, and of the queues. */
export type Workforce = {
  workers: readonly (WorkerAbility & { slots: number })[];
  queues: Record<QueueName, JobPlace["queue"] & { running: number; suspects: number }>;
};

/** `ahead`: how many jobs are before it, where that was asked. */
export function jobOf(row: JobRow, workforce: Workforce, ahead: number | null = null): Job {
  return {
    id: row.id,
    kind: row.kind,
    queue: policyOf(row.kind).queue,
    projectId: projectOf(row.key),
    state: row.state,
    explanation: explainJob(factsOf(row, ahead), placeOf(row, workforce)),
    priority: row.priority,
    attempt: row.attempt,
    failures: row.failures,
    crashes: row.crashes,
    interruptions: row.interruptions,
    attemptsMax: policyOf(row.kind).retry.attemptsMax,
    organizationId: row.organization_id,
    payload: redacted(row.payload) as Record<string, unknown>,
    workerId: row.worker_id,
    worker: row.worker,
    fence: row.fence,
    leaseUntil: timeOf(row.lease_until),
    error: row.error,
    history: row.history ?? [],
    progress: progressOf(row),
    result: row.result,
    runAt: iso(new Date(row.run_at)),
    createdAt: iso(new Date(row.created_at)),
    claimedAt: timeOf(row.claimed_at),
    finishedAt: timeOf(row.finished_at),
    handledAt: timeOf(row.handled_at),
    handledBy: row.handled_by,
    replayedAs: row.replayed_as,
  };
}

export function whyNotBegunOf(row: JobRow, workforce: Workforce, ahead: number | null): string | null {
  return whyNotBegun(factsOf(row, ahead), placeOf(row, workforce));
}

function timeOf(text: string | null): string | null {
  return text === null ? null : iso(new Date(text));
}

/** The key of a project's jobs is the kind and the project. */
export function keyOfProject(kind: JobKind, projectId: string): string {
  return `${kind}:${projectId}`;
}

function projectOf(key: string | null): string | null {
  return key?.slice(key.indexOf(":") + 1) || null;
}

function factsOf(row: JobRow, ahead: number | null): JobFacts {
  return {
    kind: row.kind,
    state: row.state,
    failures: row.failures,
    crashes: row.crashes,
    interruptions: row.interruptions,
    worker: row.worker ?? (row.worker_id ? `${row.worker_id} (gone)` : null),
    cancelReason: row.cancel_reason,
    error: row.error,
    progress: progressOf(row),
    history: row.history ?? [],
    shareRunning: row.share_running,
    shareMax: row.share_own?.atOnce ?? null,
    rate: rateOf(row),
    ahead,
    handledBy: row.handled_by,
    replayedAs: row.replayed_as,
    dueS: row.due_s,
    heldS: row.held_s,
    leaseS: row.lease_s,
    endedS: row.ended_s,
  };
}

function rateOf({ kind, share_own, share_started }: JobRow): JobFacts["rate"] {
  const rate = policyOf(kind).share?.rate;
  const jobs = share_own?.rateJobs ?? rate?.jobs;
  const perMs = share_own?.rateMs ?? rate?.perMs;
  return jobs === undefined || perMs === undefined ? null : { jobs, perMs, started: share_started ?? 0 };
}

function progressOf({ progress, progress_text }: JobRow): JobFacts["progress"] {
  return progress === null ? null : { fraction: progress, text: progress_text ?? "" };
}

function placeOf({ kind, browser }: JobRow, workforce: Workforce): JobPlace {
  const name = policyOf(kind).queue;
  const { running, suspects, ...queue } = workforce.queues[name];
  const able = workforce.workers.filter((worker) => isTaking(worker, browser));
  const nobody = whyNobody(workforce.workers, browser);
  return { nobody, workers: able.length, slots: slotsOf(able, name), running, suspects, queue };
}

/** Jobs of a queue that these workers run at once. */
export function slotsOf(workers: Workforce["workers"], queue: QueueName): number {
  const own = { light: limits.lightJobsMax, media: limits.mediaJobsMax, browser: null }[queue];
  return workers.reduce((sum, { slots }) => sum + (own ?? slots), 0);
}
