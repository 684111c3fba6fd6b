import { and, eq, type SQL, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import type { Job } from "../domain/installation.ts";
import type { QueueName } from "../domain/jobs.ts";
import type { JobQuery, Page } from "../domain/queries.ts";
import { type JobOutcome, type JobState, jobOutcomes, jobStates } from "../domain/states.ts";
import { wakeWorkers } from "../outbox/wake.ts";
import { cancel, enqueue, type NewJob } from "../outbox.ts";
import { outbox, outboxDone } from "../schema/jobs.ts";
import { executions } from "../schema/runs.ts";
import { authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { finishedColumns, type JobRow, jobOf, unfinishedColumns, type Workforce } from "./job-rows.ts";
import { notifyExecution } from "./live.ts";
import { behind, type Order, pageOf } from "./pages.ts";
import { found, knownId } from "./refusals.ts";
import { stopExecutions } from "./stop-executions.ts";
import { abilities } from "./workers.ts";

/** Jobs belong to the installation: these verbs are for platform administrators, whatever their tenant. */

const newestFirst = (id: Order["id"]): Order => ({ name: "newest", key: null, id, descending: true });
const ofOutbox = newestFirst(outbox.id);
const ofDone = newestFirst(outboxDone.id);

/** Newest first, waiting, running and ended ones together. */
export async function listJobs(ctx: Ctx, query: JobQuery): Promise<Page<Job>> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    const state = query.state ? sql`= ${query.state}` : sql`is not null`;
    const kind = query.kind ? sql`= ${query.kind}` : sql`is not null`;
    const where = (column: SQL, kindColumn: SQL, cursor: SQL | undefined) =>
      sql`where ${column} ${state} and ${kindColumn} ${kind}${cursor ? sql` and ${cursor}` : sql``}`;
    const isOpen = !query.state || jobStates.includes(query.state as JobState);
    const isEnded = !query.state || jobOutcomes.includes(query.state as JobOutcome);
    const open = sql`select ${unfinishedColumns} from outbox
      ${where(sql`outbox.state`, sql`outbox.kind`, behind(ofOutbox, query.cursor))}`;
    const ended = sql`select ${finishedColumns} from outbox_done
      ${where(sql`outbox_done.outcome`, sql`outbox_done.kind`, behind(ofDone, query.cursor))}`;
    // Each side ordered and cut by its own index, so that a long history costs no more than its newest rows.
    const sides = [...(isOpen ? [open] : []), ...(isEnded ? [ended] : [])].map(
      (side) => sql`(${side} order by id desc limit ${query.limit + 1})`,
    );
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

export async function getJob(ctx: Ctx, id: string): Promise<Job> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => jobOf(await loadJob(ctx, id), await workforceOf(ctx)));
}

/** How many jobs are in each state; of the ended ones those of the last 24 hours. Counts no further than 100 000 of each side. */
export async function jobCounts(ctx: Ctx): Promise<Record<JobState | JobOutcome, number>> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    const rows = await ctx.tx.execute<{ state: JobState | JobOutcome; jobs: number }>(sql`
      select state, count(*)::int as jobs from (select state from outbox limit 100000) as open group by state
      union all
      select outcome, count(*)::int from (select outcome from outbox_done
        where finished_at > now() - interval '1 day' limit 100000) as ended group by outcome`);
    const counts = { ready: 0, scheduled: 0, running: 0, done: 0, cancelled: 0, dead: 0 };
    for (const { state, jobs } of rows) counts[state] = jobs;
    return counts;
  });
}

/**
 * Gives a dead job another try, as a new job.
 * @throws AppError `conflict` when it is not dead, or is the job of an execution: that has its verdict, and is retried itself.
 */
export async function retryJob(ctx: Ctx, id: string): Promise<Job> {
  authorizePlatform(ctx, "jobs.manage");
  const { job, kind } = await transaction(ctx, async (ctx) => {
    const row = await loadJob(ctx, id);
    if (row.state !== "dead") {
      throw new AppError("conflict", `only a dead job can be tried again; this one is ${row.state}`);
    }
    if (row.kind === "execution") {
      throw new AppError("conflict", "its execution has ended with an error; retry the execution instead");
    }
    const { kind, payload, unique_key: uniqueKey } = row;
    const fresh = {
      kind,
      payload,
      organizationId: row.organization_id,
      ...(uniqueKey === null ? {} : { uniqueKey }),
    };
    const newId = await enqueue(ctx.tx, fresh as NewJob);
    await recordAudit(ctx, audit("job.retry", row, { job: newId }));
    return { job: jobOf(await loadJob(ctx, newId), await workforceOf(ctx)), kind };
  });
  if (!ctx.tx) await wakeWorkers(ctx.db, kind);
  return job;
}

/**
 * Cancels a job that has not ended; with it the execution that it is about. A running one ends when its worker has heard.
 * @throws AppError `conflict` when it has ended.
 */
export async function cancelJob(ctx: Ctx, id: string): Promise<Job> {
  authorizePlatform(ctx, "jobs.manage");
  const row = await transaction(ctx, (ctx) => loadJob(ctx, id));
  const inTenant = tenantCtx(ctx, row.organization_id);
  const stopped = await transaction(inTenant, async (ctx) => {
    const stopped = await stop(ctx, row);
    await recordAudit(ctx, audit("job.cancel", row, {}));
    return stopped;
  });
  if (stopped) await notifyExecution(ctx.db, stopped.id, stopped.runId, stopped.projectId);
  return getJob(ctx, id);
}

async function workforceOf(ctx: TxCtx): Promise<Workforce> {
  const rows = await ctx.tx.execute<{ queue: QueueName; jobs: number }>(
    sql`select queue, count(*)::int as jobs from outbox where state = 'running' group by queue`,
  );
  const running = (queue: QueueName) => rows.find((row) => row.queue === queue)?.jobs ?? 0;
  return {
    workers: await abilities(ctx),
    running: { browser: running("browser"), light: running("light") },
  };
}

async function loadJob(ctx: TxCtx, text: string): Promise<JobRow> {
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

/** The administrator, acting in the organization that the job works for, of which they need not be a member. */
function tenantCtx(ctx: Ctx, organizationId: string | null): Ctx {
  const { db, keys, now, requestId, address, userAgent, actor } = ctx;
  const name = actor.kind === "user" ? actor.email : actor.name;
  return { db, keys, now, requestId, address, userAgent, actor: { kind: "system", name, organizationId } };
}

function audit(action: string, row: JobRow, after: Record<string, unknown>) {
  const { id: entityId, kind, organization_id } = row;
  const organizationId = action === "job.cancel" ? organization_id : null;
  return { action, entity: "job", entityId, organizationId, after: { kind, ...after } };
}
