import { type SQL, sql } from "drizzle-orm";
import type { Sql } from "postgres";
import type { Db, Tx } from "../client.ts";
import { type TryEnd, triesMax, tryErrorCharsMax } from "../domain/job-tries.ts";
import { type JobKind, jobPolicies, retryDelayMs } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { JobOutcome } from "../domain/states.ts";
import { storable } from "../storable.ts";

/** A transaction, or the connections of a process for a statement of its own. */
export type Executor = Pick<Tx | Db["orm"], "execute">;

/** The right to say anything about a job. A new token with every claim: whoever has an old one has nothing. */
export type Lease = { jobId: string; leaseToken: string };

const errorCharsMax = 4_000;

/** The insert that keeps deleted rows of `outbox`, given the name of what returned them. */
export function moveToDone(rows: string, outcome: JobOutcome, error: SQL, result = sql`null`): SQL {
  return sql`insert into outbox_done (id, kind, outcome, priority, organization_id, payload, unique_key, attempt, failures,
      crashes, interruptions, worker_id, error, run_at, created_at, claimed_at, history, key, result)
    select id, kind, ${outcome}, priority, organization_id, payload, unique_key, attempt, failures,
      crashes, interruptions, worker_id, ${error}, run_at, created_at, claimed_at, history, key, ${result}
    from ${sql.raw(rows)}`;
}

/** What came of a job, as the JSON text that is kept; of what is too large only its size. */
export function resultText(result: unknown): string {
  const text = JSON.stringify(storable(result ?? null)) ?? "null";
  const bytes = Buffer.byteLength(text);
  return bytes <= limits.jobResultBytesMax ? text : JSON.stringify({ tooLargeBytes: bytes });
}

const isoTime = (at: SQL): SQL => sql`to_char(${at} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The history of a row of `outbox` with the try that ends now, given the row's name in the statement. */
export function historyWith(row: string, how: TryEnd, error: SQL): SQL {
  const of = (column: string): SQL => sql.raw(`${row}.${column}`);
  return sql`case when jsonb_array_length(${of("history")}) >= ${triesMax} then ${of("history")} - 0
      else coalesce(${of("history")}, '[]'::jsonb) end
    || jsonb_build_object('attempt', ${of("attempt")}, 'how', ${how}::text, 'claimedAt', ${isoTime(of("claimed_at"))},
      'endedAt', ${isoTime(sql`now()`)}, 'workerId', ${of("worker_id")},
      'worker', (select name from worker where worker.id = ${of("worker_id")}),
      'fence', left(${of("lease_token")}::text, 8), 'error', left(${error}, ${tryErrorCharsMax}))`;
}

const held = ({ jobId, leaseToken }: Lease): SQL =>
  sql`id = ${jobId} and lease_token = ${leaseToken} and state = 'running'`;

const handedBack = sql`worker_id = null, lease_token = null, lease_until = null, progress = null, progress_text = null`;

/**
 * Ends a job. `error` says why a cancelled or dead one ended, `result` what came of it.
 * @returns false when the lease is lost: somebody else decides about the job now.
 */
export async function complete(
  db: Executor,
  lease: Lease,
  outcome: JobOutcome = "done",
  error: string | null = null,
  result: unknown = null,
): Promise<boolean> {
  const errorOf = error === null ? sql`null` : sql`${cut(error)}::text`;
  const resultOf = result === null ? sql`null` : sql`${resultText(result)}::text::jsonb`;
  const rows = await db.execute(sql`
    with gone as (delete from outbox where ${held(lease)} returning *)
    ${moveToDone("gone", outcome, errorOf, resultOf)} returning id`);
  return rows.length > 0;
}

export type Failing = Lease & { kind: JobKind; failures: number };

/** `scheduled`: it is tried again after a while. `dead`: it was its last try, or trying again can't help. */
export type FailResult = "scheduled" | "dead" | "lost";

/** Counts a failed try (an error of ours, not of a tested page) and decides by the kind's policy what becomes of the job. */
export async function fail(
  db: Executor,
  job: Failing,
  error: string,
  { random = Math.random(), isPermanent = false } = {},
): Promise<FailResult> {
  const { retry } = jobPolicies[job.kind];
  const failures = job.failures + 1;
  if (isPermanent || failures >= retry.attemptsMax) {
    const rows = await db.execute(sql`
      with gone as (delete from outbox where ${held(job)} returning *),
      counted as (select id, kind, priority, organization_id, payload, unique_key, attempt, failures + 1 as failures,
        crashes, interruptions, worker_id, run_at, created_at, claimed_at, history, key from gone)
      ${moveToDone("counted", "dead", sql`${cut(error)}::text`)} returning id`);
    return rows.length > 0 ? "dead" : "lost";
  }
  const delayMs = retryDelayMs(retry, failures, random);
  const rows = await db.execute(sql`
    update outbox set state = 'scheduled', failures = failures + 1, last_error = ${cut(error)},
      history = ${historyWith("outbox", "failed", sql`${cut(error)}::text`)},
      run_at = now() + ${delayMs} * interval '1 millisecond', ${handedBack}
    where ${held(job)} returning id`);
  return rows.length > 0 ? "scheduled" : "lost";
}

/** `ready`: another worker may take it. `dead`: it has been handed back so often that something must be wrong with it. */
export type ReleaseResult = "ready" | "dead" | "lost";

/** Hands a job back because this worker stops: that is not a try. */
export async function release(db: Executor, lease: Lease): Promise<ReleaseResult> {
  const [row] = await db.execute<{ interruptions: number }>(sql`
    update outbox set state = 'ready', interruptions = interruptions + 1,
      history = ${historyWith("outbox", "interrupted", sql`'its worker stopped'`)}, ${handedBack}
    where ${held(lease)} and interruptions < ${limits.interruptionsMax} returning interruptions`);
  if (row) return "ready";
  const reason = `interrupted more than ${limits.interruptionsMax} times by workers that stopped`;
  return (await complete(db, lease, "dead", reason)) ? "dead" : "lost";
}

/** Puts a job off: that is not a try. @returns false when the lease is lost. */
export async function snooze(db: Executor, lease: Lease, ms: number): Promise<boolean> {
  const rows = await db.execute(sql`
    update outbox set state = 'scheduled', run_at = now() + ${ms} * interval '1 millisecond',
      history = ${historyWith("outbox", "snoozed", sql`null::text`)}, ${handedBack}
    where ${held(lease)} returning id`);
  return rows.length > 0;
}

/**
 * Says how far a job has come: 0 to 1, and a few words. Forgotten when it is handed back.
 * @returns false when the lease is lost.
 */
export async function writeProgress(db: Sql, lease: Lease, fraction: number, text: string): Promise<boolean> {
  const { count } = await db`update outbox set progress = ${fraction}, progress_text = ${text}
    where id = ${lease.jobId} and lease_token = ${lease.leaseToken} and state = 'running'`;
  return count > 0;
}

/** Hands back jobs that were claimed ahead and not begun, as if they had never been claimed. */
export async function unclaim(db: Sql, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return;
  await db`update outbox o set state = 'ready', attempt = o.attempt - 1, worker_id = null, lease_token = null, lease_until = null
    from unnest(${leases.map(({ jobId }) => jobId)}::uuid[], ${leases.map(({ leaseToken }) => leaseToken)}::uuid[]) as l (id, token)
    where o.id = l.id and o.lease_token = l.token and o.state = 'running'`;
}

function cut(text: string): string {
  return text.length <= errorCharsMax ? text : `${text.slice(0, errorCharsMax - 1)}…`;
}
