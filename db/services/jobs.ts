import { and, eq, type SQL, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import type { Job } from "../domain/installation.ts";
import { jobKinds, policyOf } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { DeadFilter, JobQuery, Page } from "../domain/queries.ts";
import { type JobOutcome, type JobState, jobOutcomes, jobStates } from "../domain/states.ts";
import { windows } from "../domain/tally.ts";
import { cancel } from "../outbox.ts";
import { outbox, outboxDone } from "../schema/jobs.ts";
import { executions } from "../schema/runs.ts";
import {
  afterCommit,
  authorizePlatform,
  type Ctx,
  inTenant,
  recordAudit,
  type TxCtx,
  transaction,
} from "./context.ts";
import {
  finishedColumns,
  type JobRow,
  jobOf,
  keyOfProject,
  unfinishedColumns,
  whyNotBegunOf,
} from "./job-rows.ts";
import { notifyExecution } from "./live.ts";
import { behind, type Order, pageOf } from "./pages.ts";
import { found, knownId } from "./refusals.ts";
import { loadExecution } from "./run-rows.ts";
import { stopExecutions } from "./stop-executions.ts";
import { workforceOf } from "./workforce.ts";

/** Jobs belong to the installation: these verbs are for platform administrators, whatever their tenant. */

const newestFirst = (id: Order["id"]): Order => ({ name: "newest", key: null, id, descending: true });
const ofOutbox = newestFirst(outbox.id);
const ofDone = newestFirst(outboxDone.id);

/** Newest first, waiting, running and ended ones together. */
export async function listJobs(ctx: Ctx, query: JobQuery): Promise<Page<Job>> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    // Each side ordered and cut by its own index, so that a long history costs no more than its newest rows.
    const sides = [...openSides(query), ...endedSides(query)].map(
      (side) => sql`(${side} order by id desc limit ${query.limit + 1})`,
    );
    if (sides.length === 0) return { items: [], nextCursor: null };
    const rows = await ctx.tx.execute<JobRow>(
      sql`select * from (${sql.join(sides, sql` union all `)}) as jobs order by id desc limit ${query.limit + 1}`,
    );
    const workforce = await workforceOf(ctx);
    const keyed = rows.map((row) => ({ ...row, cursorKey: "" }));
    return pageOf(
      ofOutbox,
      query.limit,
      keyed,
      (row) => jobOf(row, workforce),
      ({ id }) => id,
    );
  });
}

function openSides(query: JobQuery): SQL[] {
  if (query.handled === "true" || (query.state && !jobStates.includes(query.state as JobState))) return [];
  const conditions = [
    query.state ? sql`outbox.state = ${query.state}` : undefined,
    ...matching(query, sql`outbox`, sql`outbox.last_error`),
    behind(ofOutbox, query.cursor),
  ];
  return [sql`select ${unfinishedColumns} from outbox where ${all(conditions)}`];
}

/**
 * Nothing that was done has an error: who searches for one is served from the index of what was not, outcome by outcome. A filter
 * becomes one side for each kind or key that it means, so that each is read in the order of an index, from its newest row on:
 * however long the history, and however rare what is asked for.
 */
function endedSides(query: JobQuery): SQL[] {
  const asked = jobOutcomes.filter((outcome) => !query.state || outcome === query.state);
  const outcomes = query.search ? asked.filter((outcome) => outcome !== "done") : asked;
  if (outcomes.length === 0) return [];
  const isAny = outcomes.length === jobOutcomes.length;
  const common = [
    query.handled ? sql`(outbox_done.handled_at is null) = ${query.handled === "false"}` : undefined,
    query.search ? saying(query.search, sql`outbox_done.error`) : undefined,
    behind(ofDone, query.cursor),
  ];
  return scopesOf(query).flatMap(({ condition, needsOutcome }) =>
    (isAny && !needsOutcome ? [undefined] : outcomes).map((outcome) => {
      const conditions = [condition, outcome ? sql`outbox_done.outcome = ${outcome}` : undefined, ...common];
      return sql`select ${finishedColumns} from outbox_done where ${all(conditions)}`;
    }),
  );
}

/** `needsOutcome`: its index is by outcome as well. */
type Scope = { condition: SQL | undefined; needsOutcome: boolean };

function scopesOf({ kind, queue, projectId }: DeadFilter): Scope[] {
  const kinds = jobKinds.filter(
    (each) =>
      (kind === undefined || each === kind) && (queue === undefined || policyOf(each).queue === queue),
  );
  if (projectId) {
    return kinds.map((each) => ({
      condition: sql`outbox_done.key = ${keyOfProject(each, projectId)}`,
      needsOutcome: false,
    }));
  }
  if (kinds.length === jobKinds.length) return [{ condition: undefined, needsOutcome: false }];
  return kinds.map((each) =>
    // Executions are nearly all of the history, and have no index of their own (migration 0009).
    each === "execution"
      ? { condition: sql`outbox_done.kind = 'execution'`, needsOutcome: false }
      : {
          condition: sql`outbox_done.kind = ${each} and outbox_done.kind <> 'execution'`,
          needsOutcome: true,
        },
  );
}

/** The conditions that a filter means, for `outbox` or `outbox_done`, each with its own column for the error. */
export function matching({ kind, queue, projectId, search }: DeadFilter, table: SQL, error: SQL): SQL[] {
  const ofQueue = jobKinds.filter((each) => queue === undefined || policyOf(each).queue === queue);
  const keys = jobKinds.map((each) => keyOfProject(each, projectId ?? ""));
  return [
    kind ? sql`${table}.kind = ${kind}` : undefined,
    queue ? sql`${table}.kind = any (${textArray(ofQueue)})` : undefined,
    projectId ? sql`${table}.key = any (${textArray(keys)})` : undefined,
    search ? saying(search, error) : undefined,
  ].filter((condition) => condition !== undefined);
}

const saying = (text: string, error: SQL): SQL => sql`position(lower(${text}) in lower(${error})) > 0`;

const textArray = (texts: readonly string[]): SQL => sql`${`{${texts.join(",")}}`}::text[]`;

function all(conditions: readonly (SQL | undefined)[]): SQL {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? sql`true` : sql.join(given, sql` and `);
}

export async function getJob(ctx: Ctx, id: string): Promise<Job> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    const row = await loadJob(ctx, id);
    return jobOf(row, await workforceOf(ctx), await jobsAhead(ctx, row));
  });
}

/**
 * Why an execution that is queued has not begun, in one sentence; null when it waits no more. Its job is for administrators,
 * its reason for everybody who may see the run.
 */
export async function whyExecutionWaits(ctx: Ctx, executionId: string): Promise<string | null> {
  return transaction(ctx, async (ctx) => {
    const { id } = await loadExecution(ctx, executionId, "run.read");
    const [row] = await ctx.tx.execute<JobRow>(
      sql`select ${unfinishedColumns} from outbox where outbox.kind = 'execution' and outbox.unique_key = ${id}`,
    );
    return row ? whyNotBegunOf(row, await workforceOf(ctx), await jobsAhead(ctx, row)) : null;
  });
}

/** How many jobs that could be claimed are before this one in its queue, of the same key where there are keys. */
async function jobsAhead(ctx: TxCtx, { id, kind, state, key, priority }: JobRow): Promise<number | null> {
  if (state !== "ready") return null;
  const sameKey = key === null ? sql`o.key is null` : sql`o.key = ${key}`;
  const [row] = await ctx.tx.execute<{ jobs: number }>(sql`
    select count(*)::int as jobs from (select from outbox o where o.queue = ${policyOf(kind).queue} and o.state = 'ready'
      and ${sameKey} and (o.priority, o.id) < (${priority}::smallint, ${id}::uuid) limit ${limits.depthMax}) as before`);
  return row?.jobs ?? null;
}

/**
 * How many jobs are in each state: of the dead ones those that nobody has dealt with, of those that were done and cancelled
 * those of the last 24 hours. What was done is taken from what the workers have counted, and not from the history. Counts no
 * further than 100 000 open jobs and 10 000 of the others.
 */
export async function jobCounts(ctx: Ctx): Promise<Record<JobState | JobOutcome, number>> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    const { spanS } = windows["24h"];
    const rows = await ctx.tx.execute<{ state: JobState | JobOutcome; jobs: number }>(sql`
      select state::text, count(*)::int as jobs from (select state from outbox limit 100000) as open group by state
      union all
      select 'done', coalesce(sum(finished), 0)::int from queue_tally
        where span_s = ${spanS} and at > now() - interval '1 day'
      union all
      select 'dead', count(*)::int from (select from outbox_done
        where outcome = 'dead' and handled_at is null limit ${limits.depthMax}) as dead
      union all
      select 'cancelled', count(*)::int from (select from outbox_done
        where outcome = 'cancelled' and finished_at > now() - interval '1 day' limit ${limits.depthMax}) as cancelled`);
    const counts = { ready: 0, scheduled: 0, running: 0, done: 0, cancelled: 0, dead: 0 };
    for (const { state, jobs } of rows) counts[state] = jobs;
    return counts;
  });
}

/**
 * Cancels a job that has not ended; with it the execution that it is about. A running one ends when its worker has heard.
 * @throws AppError `conflict` when it has ended.
 */
export async function cancelJob(ctx: Ctx, id: string): Promise<Job> {
  authorizePlatform(ctx, "jobs.manage");
  const row = await transaction(ctx, (ctx) => loadJob(ctx, id));
  const stopped = await inTenant(ctx, row.organization_id, async (ctx) => {
    const stopped = await stop(ctx, row);
    await recordAudit(ctx, {
      action: "job.cancel",
      entity: "job",
      entityId: row.id,
      organizationId: row.organization_id,
      after: { kind: row.kind },
    });
    return stopped;
  });
  if (stopped) {
    await afterCommit(ctx, () => notifyExecution(ctx.db, stopped.id, stopped.runId, stopped.projectId));
  }
  return getJob(ctx, id);
}

export async function loadJob(ctx: TxCtx, text: string): Promise<JobRow> {
  const id = knownId(text, "job");
  const [row] = await ctx.tx.execute<JobRow>(sql`
    select ${unfinishedColumns} from outbox where outbox.id = ${id}
    union all select ${finishedColumns} from outbox_done where outbox_done.id = ${id}`);
  return found(row, "job");
}

/** What it was about, when that is an execution. */
async function stop(
  ctx: TxCtx,
  row: JobRow,
): Promise<{ id: string; runId: string; projectId: string } | null> {
  const [execution] =
    row.kind === "execution" && row.unique_key !== null
      ? await ctx.tx
          .select({ id: executions.id, runId: executions.runId, projectId: executions.projectId })
          .from(executions)
          .where(and(eq(executions.id, row.unique_key)))
      : [];
  if (execution) {
    const stopped = await stopExecutions(ctx, execution.runId, eq(executions.id, execution.id));
    if (stopped.length > 0) return execution;
  }
  const reason = `cancelled by ${ctx.actor.kind === "user" ? ctx.actor.email : ctx.actor.name}`;
  if ((await cancel(ctx.tx, { id: row.id }, reason)) === "none") {
    throw new AppError("conflict", "the job has ended already");
  }
  return null;
}
