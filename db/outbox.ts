import { setImmediate as immediate } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { sqlOf, type Tx } from "./client.ts";
import { AppError } from "./domain/errors.ts";
import { newId } from "./domain/ids.ts";
import { type JobKind, type JobPayload, jobKinds, policyOf, type QueueName, queues } from "./domain/jobs.ts";
import { moveToDone } from "./outbox/finish.ts";
import { WORKER_CHANNEL, wakeOnCommit } from "./outbox/wake.ts";

/** The producer's side of the outbox. The worker's side is in `db/outbox/`. */

export type NewJob = {
  [K in JobKind]: {
    kind: K;
    payload: JobPayload<K>;
    /** The tenant in whose name it works; null for the installation's own. */
    organizationId: string | null;
    /** At most one unfinished job of a kind has it. */
    uniqueKey?: string;
    /** Whose share of the workers it takes (a project's id), in a shared queue; default: all of its kind share one. */
    shareKey?: string;
    /** How many of the share key start in one turn; default: one. */
    weight?: number;
    /** Which browser a worker must have, where the queue asks for one; default: Chromium. */
    browser?: string;
    /** Not before this; default: at once. */
    runAt?: Date;
    /** Smaller is claimed earlier; default: the kind's. */
    priority?: number;
  };
}[JobKind];

const insertRowsMax = 5_000;

/**
 * Adds a job in the caller's transaction: it exists if and only if that commits, and then an idle worker hears of it. When an
 * unfinished job of the kind has the unique key, that one is meant.
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
  const batches: { rows: Row[]; fresh: ReturnType<typeof insert> }[] = [];
  for (let start = 0; start < jobs.length; start += insertRowsMax) {
    const rows = jobs.slice(start, start + insertRowsMax).map(toRow);
    hintAt(tx, rows);
    const fresh = insert(tx, rows);
    // Waited for below, where its error is thrown, if not that of one before it.
    fresh.catch(() => undefined);
    batches.push({ rows, fresh });
    // The database inserts these while the next ones are made ready.
    if (start + insertRowsMax < jobs.length) await Promise.all([batches.at(-2)?.fresh, immediate()]);
  }
  const ids: string[] = [];
  for (const { rows, fresh } of batches) {
    const inserted = await fresh;
    for (const row of rows) {
      ids.push(inserted === "all" || inserted.has(row.id) ? row.id : await idOfSame(tx, row));
    }
  }
  return ids;
}

function hintAt(tx: Tx, rows: readonly Row[]): void {
  let last: Row | null = null;
  for (const row of rows) {
    if (row.queue !== last?.queue || row.browser !== last.browser)
      wakeOnCommit(sqlOf(tx), row.queue, row.browser);
    last = row;
  }
}

type Row = {
  id: string;
  kind: JobKind;
  queue: QueueName;
  key: string | null;
  browser: string | null;
  weight: number;
  priority: number;
  organizationId: string | null;
  payload: string;
  uniqueKey: string | null;
  runAt: string | null;
};

function toRow(job: NewJob): Row {
  const { kind, organizationId, uniqueKey = null, shareKey = "", browser = "chromium" } = job;
  const policy = policyOf(kind);
  const payload = policy.payload.safeParse(job.payload);
  if (!payload.success) {
    throw new AppError("internal", `the payload of a job of kind "${kind}" is wrong`, {
      cause: payload.error,
    });
  }
  return {
    id: newId(),
    kind,
    queue: policy.queue,
    // Begins with the kind, so that a key has one policy.
    key: queues[policy.queue].isShared ? `${kind}:${shareKey}` : null,
    browser: queues[policy.queue].needsBrowser ? browser : null,
    weight: job.weight ?? 1,
    priority: job.priority ?? policy.priority,
    organizationId,
    payload: JSON.stringify(payload.data),
    uniqueKey,
    runAt: job.runAt?.toISOString() ?? null,
  };
}

/** @returns those that were not there, by unique key, before. */
async function insert(tx: Tx, rows: readonly Row[]): Promise<Set<string> | "all"> {
  const [first] = rows;
  if (!first) return "all";
  if (areAlike(rows)) {
    await insertAlike(tx, first, rows);
    return "all";
  }
  const inserted = rows.length === 1 ? await insertOne(tx, first) : await insertMany(tx, rows);
  const [unique, others] = [[] as Row[], [] as Row[]];
  for (const row of rows) (row.uniqueKey === null ? others : unique).push(row);
  if (inserted.length === unique.length) return "all";
  return new Set([...inserted, ...others].map(({ id }) => id));
}

/** Whether they differ by their ids and payloads only, can't have been there before, and are due: so are most, one or many. */
function areAlike(rows: readonly Row[]): boolean {
  return rows.every(
    (row, _, [first = row]) =>
      row.uniqueKey === null &&
      row.runAt === null &&
      row.kind === first.kind &&
      row.key === first.key &&
      row.browser === first.browser &&
      row.weight === first.weight &&
      row.priority === first.priority &&
      row.organizationId === first.organizationId,
  );
}

/** One statement, as lean as it can be: a job is what most transactions add. */
async function insertAlike(tx: Tx, alike: Row, rows: readonly Row[]): Promise<void> {
  if (rows.length === 1) return insertDue(tx, alike);
  const { kind, queue, key, browser, weight, priority, organizationId } = alike;
  const sql = sqlOf(tx);
  await sql`
    insert into outbox (id, kind, queue, key, browser, weight, priority, organization_id, payload, state)
    select id, ${kind}, ${queue}, ${key}, ${browser}, ${weight}::smallint, ${priority}::smallint, ${organizationId}::uuid,
      payload::jsonb, 'ready'
    from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.payload)}::text[]) as job (id, payload)`;
}

/** The words of a kind stand in the statement: each parameter costs both sides something. */
async function insertDue(tx: Tx, row: Row): Promise<void> {
  const { id, key, browser, weight, priority, organizationId, payload } = row;
  const parameters = [id, key, browser, weight, priority, organizationId, payload];
  await sqlOf(tx).unsafe(insertDueOf[row.kind], parameters, { prepare: true });
}

const insertDueOf = Object.fromEntries(
  jobKinds.map((kind) => [
    kind,
    `insert into outbox (id, kind, queue, key, browser, weight, priority, organization_id, payload, state)
      values ($1, '${kind}', '${policyOf(kind).queue}', $2, $3, $4, $5, $6, $7::text::jsonb, 'ready')`,
  ]),
) as Record<JobKind, string>;

type Inserted = { id: string }[];

/** As `insertMany`, without what its arrays cost: for one job with a key or a time. @returns its id if it has a key. */
async function insertOne(tx: Tx, row: Row): Promise<Inserted> {
  const { id, kind, queue, key, browser, weight, priority, organizationId, payload, uniqueKey, runAt } = row;
  const sql = sqlOf(tx);
  const inserted = await sql<Inserted>`
    insert into outbox (id, kind, queue, key, browser, weight, priority, organization_id, payload, unique_key, state, run_at)
    select ${id}::uuid, ${kind}, ${queue}, ${key}, ${browser}, ${weight}::smallint, ${priority}::smallint,
      ${organizationId}::uuid, ${payload}::text::jsonb, ${uniqueKey},
      case when ${runAt}::text::timestamptz > now() then 'scheduled' else 'ready' end::outbox_state,
      coalesce(${runAt}::text::timestamptz, now())
    on conflict (kind, unique_key) where unique_key is not null do nothing
    returning id`;
  return uniqueKey === null ? [] : inserted;
}

/** One statement, whatever the number: an array for each column. @returns the ids of those that have a key. */
async function insertMany(tx: Tx, rows: readonly Row[]): Promise<Inserted> {
  const column = <K extends keyof Row>(name: K) => rows.map((row) => row[name]);
  const sql = sqlOf(tx);
  // The database's clock decides what is due, as it does when the job is claimed.
  return sql<Inserted>`
    with inserted as (
      insert into outbox (id, kind, queue, key, browser, weight, priority, organization_id, payload, unique_key, state,
        run_at)
      select id, kind, queue, key, browser, weight, priority, organization_id, payload::jsonb, unique_key,
        case when run_at::timestamptz > now() then 'scheduled' else 'ready' end::outbox_state,
        coalesce(run_at::timestamptz, now())
      from unnest(${column("id")}::uuid[], ${column("kind")}::text[], ${column("queue")}::text[], ${column("key")}::text[],
          ${column("browser")}::text[], ${column("weight")}::smallint[], ${column("priority")}::smallint[], ${column("organizationId")}::uuid[], ${column("payload")}::text[],
          ${column("uniqueKey")}::text[], ${column("runAt")}::text[])
        as job (id, kind, queue, key, browser, weight, priority, organization_id, payload, unique_key, run_at)
      on conflict (kind, unique_key) where unique_key is not null do nothing
      returning id, unique_key)
    select id from inserted where unique_key is not null`;
}

async function idOfSame(tx: Tx, row: Row): Promise<string> {
  // The one with our key may finish between our insert and our look; then there is room for ours.
  for (let tries = 0; tries < 5; tries++) {
    const [same] = await tx.execute<{ id: string }>(
      sql`select id from outbox where kind = ${row.kind} and unique_key = ${row.uniqueKey}`,
    );
    if (same) return same.id;
    if ((await insert(tx, [row])) === "all") return row.id;
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
      where o.id = t.id and t.state = 'running' returning o.id, o.worker_id),
    told as materialized (select pg_notify(${WORKER_CHANNEL} || worker_id, id::text) from marked)
    select (select count(*)::int from moved) as ended, (select count(*)::int from told) as told`);
  if (row?.ended) return "ended";
  return row?.told ? "stopping" : "none";
}
