import { sql } from "drizzle-orm";
import type { PgInsertValue } from "drizzle-orm/pg-core";
import type { Db, Tx } from "./client.ts";
import { AppError } from "./domain/errors.ts";
import { newId } from "./domain/ids.ts";
import { type JobKind, type JobPayload, jobPolicies } from "./domain/jobs.ts";
import { moveToDone } from "./outbox/finish.ts";
import { outbox } from "./schema/jobs.ts";

/** The producer's side of the outbox. The worker's side is in `db/outbox/`. */

/** Says that there is something to claim (empty payload) or that a held job was cancelled (its id). Only ever a hint. */
export const JOBS_CHANNEL = "verdict_jobs";

export type NewJob = {
  [K in JobKind]: {
    kind: K;
    payload: JobPayload<K>;
    /** The tenant in whose name it works; null for the installation's own. */
    organizationId: string | null;
    /** At most one unfinished job of a kind has it. */
    uniqueKey?: string;
    /** Not before this; default: at once. */
    runAt?: Date;
    /** Smaller is claimed earlier; default: the kind's. */
    priority?: number;
  };
}[JobKind];

const insertRowsMax = 1_000;

/**
 * Adds a job in the caller's transaction: it exists if and only if that commits. When an unfinished job of the kind has the
 * unique key, that one is meant.
 * @returns the job's id.
 * @throws AppError `internal` when the payload is not what the kind takes.
 */
export async function enqueue(tx: Tx, job: NewJob): Promise<string> {
  const [id] = await enqueueMany(tx, [job]);
  if (!id) throw new Error("the outbox took a job and gave no id");
  return id;
}

/** The same for many: the ids in the order of the jobs. */
export async function enqueueMany(tx: Tx, jobs: readonly NewJob[]): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < jobs.length; start += insertRowsMax) {
    ids.push(...(await insert(tx, jobs.slice(start, start + insertRowsMax))));
  }
  return ids;
}

async function insert(tx: Tx, jobs: readonly NewJob[]): Promise<string[]> {
  if (jobs.length === 0) return [];
  const rows = jobs.map(toRow);
  const inserted = await tx.insert(outbox).values(rows).onConflictDoNothing().returning({ id: outbox.id });
  const fresh = new Set(inserted.map(({ id }) => id));
  const ids: string[] = [];
  for (const row of rows) ids.push(fresh.has(row.id) ? row.id : await idOfSame(tx, row));
  return ids;
}

function toRow(job: NewJob): PgInsertValue<typeof outbox> & { id: string } {
  const policy = jobPolicies[job.kind];
  const payload = policy.payload.safeParse(job.payload);
  if (!payload.success) {
    throw new AppError("internal", `the payload of a job of kind "${job.kind}" is wrong`, {
      cause: payload.error,
    });
  }
  const runAt = job.runAt?.toISOString();
  return {
    id: newId(),
    kind: job.kind,
    priority: job.priority ?? policy.priority,
    organizationId: job.organizationId,
    payload: payload.data,
    uniqueKey: job.uniqueKey ?? null,
    // The database's clock decides, as it does when the job is claimed.
    state: runAt ? sql`case when ${runAt}::timestamptz > now() then 'scheduled' else 'ready' end` : "ready",
    runAt: runAt ? sql`${runAt}::timestamptz` : sql`now()`,
  };
}

async function idOfSame(tx: Tx, row: ReturnType<typeof toRow>): Promise<string> {
  // The one with our key may finish between our insert and our look; then there is room for ours.
  for (let tries = 0; tries < 5; tries++) {
    const [same] = await tx.execute<{ id: string }>(
      sql`select id from outbox where kind = ${row.kind} and unique_key = ${row.uniqueKey}`,
    );
    if (same) return same.id;
    const [own] = await tx.insert(outbox).values(row).onConflictDoNothing().returning({ id: outbox.id });
    if (own) return own.id;
  }
  throw new AppError(
    "conflict",
    `jobs of kind "${row.kind}" with one key come and go too quickly; try again`,
  );
}

export type CancelTarget = { id: string } | { kind: JobKind; uniqueKey: string };

/** `ended`: it waited and is out of the outbox. `stopping`: its worker was told and ends it. `none`: there is no such job. */
export type CancelResult = "ended" | "stopping" | "none";

/** Cancels a job in the caller's transaction. When several are cancelled in one, do it in a fixed order of ids. */
export async function cancel(tx: Tx, target: CancelTarget, reason: string): Promise<CancelResult> {
  const which =
    "id" in target ? sql`id = ${target.id}` : sql`kind = ${target.kind} and unique_key = ${target.uniqueKey}`;
  const [row] = await tx.execute<{ ended: number; told: number }>(sql`
    with target as materialized (select id, state from outbox where ${which} for update),
    gone as (delete from outbox o using target t where o.id = t.id and t.state <> 'running' returning o.*),
    moved as (${moveToDone("gone", "cancelled", sql`${reason}::text`)} returning id),
    marked as (update outbox o set cancel_reason = coalesce(o.cancel_reason, ${reason}) from target t
      where o.id = t.id and t.state = 'running' returning o.id),
    told as materialized (select pg_notify(${JOBS_CHANNEL}, id::text) from marked)
    select (select count(*)::int from moved) as ended, (select count(*)::int from told) as told`);
  if (row?.ended) return "ended";
  return row?.told ? "stopping" : "none";
}

/**
 * Tells idle workers that there is something to claim. To be called after the commit: inside the transaction it would take
 * a lock that serialises all producers. Never throws; without it the workers' poll finds the job.
 */
export async function wakeWorkers(db: Pick<Db, "sql">): Promise<void> {
  await db.sql`select pg_notify(${JOBS_CHANNEL}, '')`.catch(() => undefined);
}
