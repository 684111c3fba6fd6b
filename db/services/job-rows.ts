import { type SQL, sql } from "drizzle-orm";
import type { Job } from "../domain/installation.ts";
import { type JobKind, policyOf, type QueueName } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { JobOutcome, JobState } from "../domain/states.ts";
import { isTaking, type WorkerAbility, whyNobody } from "../domain/workers.ts";
import { iso, isoOrNull } from "./times.ts";

/** Jobs as they are read from the outbox and from what has left it, and the sentence that explains each. */

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
  /** What a worker must have for it; null: nothing in particular. */
  browser: string | null;
  /** How many of the same key run, where keys have shares. */
  share_running: number | null;
  worker_id: string | null;
  worker: string | null;
  error: string | null;
  progress: number | null;
  progress_text: string | null;
  result: unknown;
  cancel_reason: string | null;
  run_at: string;
  created_at: string;
  claimed_at: string | null;
  finished_at: string | null;
  /** Seconds since it is (negative: until it will be) due, since it was claimed, until its lease ends, since its end. */
  due_s: number;
  held_s: number | null;
  lease_s: number | null;
  ended_s: number | null;
};

const seconds = (from: SQL, to: SQL): SQL => sql`extract(epoch from ${to} - ${from})::float8`;
const now = sql`now()`;

export const unfinishedColumns = sql`outbox.id, outbox.kind, outbox.state, outbox.priority, outbox.attempt, outbox.failures,
  outbox.crashes, outbox.interruptions, outbox.organization_id, outbox.payload, outbox.unique_key, outbox.browser, outbox.worker_id,
  (select name from worker where worker.id = outbox.worker_id) as worker, outbox.last_error as error,
  outbox.progress, outbox.progress_text, null::jsonb as result, outbox.cancel_reason,
  (select count(*)::int from outbox same where same.key = outbox.key and same.state = 'running') as share_running,
  outbox.run_at, outbox.created_at, outbox.claimed_at, null::timestamptz as finished_at,
  ${seconds(sql`outbox.run_at`, now)} as due_s, ${seconds(sql`outbox.claimed_at`, now)} as held_s,
  ${seconds(now, sql`outbox.lease_until`)} as lease_s, null::float8 as ended_s`;

export const finishedColumns = sql`outbox_done.id, outbox_done.kind, outbox_done.outcome as state, outbox_done.priority,
  outbox_done.attempt, outbox_done.failures, outbox_done.crashes, outbox_done.interruptions, outbox_done.organization_id,
  outbox_done.payload, outbox_done.unique_key, null::text as browser, outbox_done.worker_id,
  (select name from worker where worker.id = outbox_done.worker_id) as worker, outbox_done.error,
  null::real as progress, null::text as progress_text, outbox_done.result,
  null::text as cancel_reason, null::int as share_running, outbox_done.run_at, outbox_done.created_at, outbox_done.claimed_at, outbox_done.finished_at,
  ${seconds(sql`outbox_done.run_at`, now)} as due_s,
  ${seconds(sql`outbox_done.claimed_at`, sql`outbox_done.finished_at`)} as held_s,
  null::float8 as lease_s, ${seconds(sql`outbox_done.finished_at`, now)} as ended_s`;

/** What a sentence about a waiting job needs to know of the workers, and of how many jobs of each queue run. */
export type Workforce = {
  workers: readonly (WorkerAbility & { slots: number })[];
  running: Record<QueueName, number>;
};

export function jobOf(row: JobRow, workforce: Workforce): Job {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    explanation: explain(row, workforce),
    priority: row.priority,
    attempt: row.attempt,
    failures: row.failures,
    crashes: row.crashes,
    organizationId: row.organization_id,
    payload: row.payload,
    workerId: row.worker_id,
    error: row.error,
    progress: row.progress === null ? null : { fraction: row.progress, text: row.progress_text ?? "" },
    result: row.result,
    runAt: iso(new Date(row.run_at)),
    createdAt: iso(new Date(row.created_at)),
    claimedAt: isoOrNull(row.claimed_at === null ? null : new Date(row.claimed_at)),
    finishedAt: isoOrNull(row.finished_at === null ? null : new Date(row.finished_at)),
  };
}

/** Why the job is where it is, in one sentence. */
export function explain(row: JobRow, workforce: Workforce): string {
  const worker = row.worker ?? (row.worker_id ? `${row.worker_id} (gone)` : "no worker");
  switch (row.state) {
    case "ready":
      return `Waits since ${span(row.due_s)}: ${whyWaiting(row, workforce)}${past(row)}`;
    case "scheduled":
      return waitsUntil(row);
    case "running":
      return runs(row, worker);
    case "done":
      return `Done ${span(row.ended_s)} ago by worker ${worker} in ${span(row.held_s)}${past(row)}`;
    case "cancelled":
      return `Cancelled ${span(row.ended_s)} ago: ${row.error ?? "no reason was given"}`;
    case "dead":
      return `Given up ${span(row.ended_s)} ago after ${tries(row.failures)} and ${row.crashes} lost workers: ${row.error ?? "no error was kept"}`;
  }
}

function runs(row: JobRow, worker: string): string {
  const since = `${worker} since ${span(row.held_s)}`;
  if (row.cancel_reason !== null) return `Is being stopped on worker ${since}: ${row.cancel_reason}`;
  if ((row.lease_s ?? 0) < 0) {
    return `Was running on worker ${since}, which has not been heard of: its lease ended ${span(row.lease_s)} ago and another worker takes over`;
  }
  return `Runs on worker ${since}${howFar(row)}, lease for another ${span(row.lease_s)}`;
}

function howFar({ progress, progress_text }: JobRow): string {
  if (progress === null) return "";
  return `, ${Math.floor(progress * 100)} % done${progress_text ? ` (${progress_text})` : ""}`;
}

function waitsUntil(row: JobRow): string {
  const when = row.due_s < 0 ? `Waits another ${span(row.due_s)}` : `Is due since ${span(row.due_s)}`;
  if (row.failures === 0) return `${when} until its time`;
  return `${when} until its try after ${tries(row.failures)}: ${row.error ?? "no error was kept"}`;
}

function whyWaiting(row: JobRow, workforce: Workforce): string {
  const nobody = whyNobody(workforce.workers, row.browser);
  if (nobody !== null) return nobody;
  const { queue, share } = policyOf(row.kind);
  const able = workforce.workers.filter((worker) => isTaking(worker, row.browser));
  const workers = able.length;
  const slots = able.reduce(
    (sum, worker) => sum + (queue === "light" ? limits.lightJobsMax : worker.slots),
    0,
  );
  const running = workforce.running[queue];
  if (share && (row.share_running ?? 0) >= share.atOnce) {
    return `its project has ${row.share_running} such jobs running, which is all that it may have at once`;
  }
  if (running >= slots) {
    return `all ${slots} slots of the ${workers === 1 ? "connected worker" : `${workers} connected workers`} are taken`;
  }
  return `${slots - running} of ${slots} slots are free, so a worker takes it within a second`;
}

function past({ failures, crashes, interruptions }: JobRow): string {
  const parts = [
    failures > 0 ? tries(failures) : null,
    crashes > 0 ? `${crashes} lost workers` : null,
    interruptions > 0 ? `handed back ${interruptions} times` : null,
  ].filter((part) => part !== null);
  return parts.length > 0 ? ` (before: ${parts.join(", ")})` : "";
}

function tries(failures: number): string {
  return failures === 1 ? "1 failed try" : `${failures} failed tries`;
}

function span(value: number | null): string {
  const rest = Math.abs(value ?? 0);
  if (rest < 1) return `${Math.round(rest * 1_000)} ms`;
  if (rest < 120) return `${Math.round(rest)} s`;
  if (rest < 7_200) return `${Math.round(rest / 60)} min`;
  return rest < 172_800 ? `${Math.round(rest / 3_600)} h` : `${Math.round(rest / 86_400)} days`;
}
