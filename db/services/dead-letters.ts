import { type SQL, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import type { BulkResult, Job } from "../domain/installation.ts";
import { limits } from "../domain/limits.ts";
import type { DeadChoice, DeadFilter } from "../domain/queries.ts";
import { enqueue, type NewJob } from "../outbox.ts";
import {
  authorizePlatform,
  type Ctx,
  inTenant,
  part,
  recordAudit,
  type TxCtx,
  transaction,
} from "./context.ts";
import { retryExecution } from "./executions.ts";
import type { JobRow } from "./job-rows.ts";
import { getJob, loadJob, matching } from "./jobs.ts";
import { knownId } from "./refusals.ts";

/** What platform administrators do about jobs that were given up. Each is dealt with once: tried again, or discarded. */

const refusedNamedMax = 20;

/**
 * Gives a dead job another try, as a new job; that of an execution as a new run of its case, since the execution itself has
 * its verdict.
 * @returns the new job.
 * @throws AppError `conflict` when it is not dead, was dealt with, or is about something that can't be run any more.
 */
export async function retryJob(ctx: Ctx, id: string): Promise<Job> {
  authorizePlatform(ctx, "jobs.manage");
  return getJob(ctx, await replay(ctx, id));
}

/** The same for many, each apart from the others: one that is refused keeps no other from its try. */
export async function replayJobs(ctx: Ctx, choice: DeadChoice): Promise<BulkResult> {
  authorizePlatform(ctx, "jobs.manage");
  return each(ctx, choice, (id) => replay(ctx, id));
}

/** Says of dead letters that nothing is to be done about them: they leave the list and stay in the history. */
export async function discardJobs(ctx: Ctx, choice: DeadChoice): Promise<BulkResult> {
  authorizePlatform(ctx, "jobs.manage");
  return each(ctx, choice, (id) =>
    part(ctx, async (ctx) => {
      const row = await holdDead(ctx, id);
      await settle(ctx, row, null);
      await recordAudit(ctx, change("job.discard", row, {}));
    }),
  );
}

/** How many dead letters that nobody has dealt with match. Counts no further than 10 000. */
export async function countDead(ctx: Ctx, filter: DeadFilter): Promise<number> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    const [row] = await ctx.tx.execute<{ jobs: number }>(
      sql`select count(*)::int as jobs from (select from outbox_done where ${isOpenDead(filter)}
        limit ${limits.depthMax}) as dead`,
    );
    return row?.jobs ?? 0;
  });
}

async function each(
  ctx: Ctx,
  choice: DeadChoice,
  act: (id: string) => Promise<unknown>,
): Promise<BulkResult> {
  const { ids, left } = await chosen(ctx, choice);
  const refused: BulkResult["refused"] = [];
  let done = 0;
  for (const id of ids) {
    try {
      await act(id);
      done++;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refused.push({ id, reason: error.message });
    }
  }
  return { done, refused: refused.slice(0, refusedNamedMax), refusedCount: refused.length, left };
}

/** The oldest first, so that what has waited longest is tried first. */
async function chosen(ctx: Ctx, choice: DeadChoice): Promise<{ ids: string[]; left: number }> {
  if (choice.ids) return { ids: [...new Set(choice.ids)], left: 0 };
  const { filter = {}, expected = 0 } = choice;
  const matches = await countDead(ctx, filter);
  if (matches !== expected) {
    throw new AppError(
      "conflict",
      `${matches} dead jobs match now, not ${expected}: look again before you act on all of them`,
    );
  }
  const rows = await transaction(ctx, ({ tx }) =>
    tx.execute<{ id: string }>(
      sql`select id from outbox_done where ${isOpenDead(filter)} order by id limit ${limits.bulkJobsMax}`,
    ),
  );
  return { ids: rows.map(({ id }) => id), left: Math.max(0, matches - rows.length) };
}

function isOpenDead(filter: DeadFilter): SQL {
  const conditions = [
    sql`outbox_done.outcome = 'dead' and outbox_done.handled_at is null`,
    ...matching(filter, sql`outbox_done`, sql`outbox_done.error`),
  ];
  return sql.join(conditions, sql` and `);
}

/** @returns the id of the job that tries it again. */
async function replay(ctx: Ctx, text: string): Promise<string> {
  const { organization_id } = await transaction(ctx, (ctx) => loadJob(ctx, text));
  // In the tenant that it works for: what it is about is theirs.
  return inTenant(ctx, organization_id, async (ctx) => {
    const row = await holdDead(ctx, text);
    const jobId = row.kind === "execution" ? await replayExecution(ctx, row) : await enqueueAgain(ctx, row);
    await settle(ctx, row, jobId);
    await recordAudit(ctx, change("job.retry", row, { job: jobId }));
    return jobId;
  });
}

/** The row of a dead letter, locked: of several who deal with it at once, one does. */
async function holdDead(ctx: TxCtx, text: string): Promise<JobRow> {
  const id = knownId(text, "job");
  await ctx.tx.execute(sql`select from outbox_done where id = ${id} for update`);
  const row = await loadJob(ctx, id);
  if (row.state !== "dead") {
    throw new AppError(
      "conflict",
      `only a dead job can be tried again or discarded; this one is ${row.state}`,
    );
  }
  if (row.handled_at !== null) {
    const how = row.replayed_as === null ? "discarded" : `tried again as job ${row.replayed_as}`;
    throw new AppError("conflict", `${row.handled_by} has dealt with it: it was ${how}`);
  }
  return row;
}

async function replayExecution(ctx: TxCtx, row: JobRow): Promise<string> {
  const fresh = await retryExecution(ctx, String(row.payload.executionId));
  const [job] = await ctx.tx.execute<{ id: string }>(
    sql`select id from outbox where kind = 'execution' and unique_key = ${fresh.id}`,
  );
  if (!job) throw new Error(`the new execution ${fresh.id} has no job`);
  return job.id;
}

/** @throws AppError `conflict` when an unfinished job has its unique key: then the work is under way already. */
async function enqueueAgain(ctx: TxCtx, row: JobRow): Promise<string> {
  const { kind, payload, unique_key: uniqueKey, organization_id: organizationId } = row;
  if (uniqueKey !== null) {
    const [same] = await ctx.tx.execute<{ id: string }>(
      sql`select id from outbox where kind = ${kind} and unique_key = ${uniqueKey}`,
    );
    if (same) throw new AppError("conflict", `job ${same.id} does the same and has not ended`);
  }
  const fresh = { kind, payload, organizationId, ...(uniqueKey === null ? {} : { uniqueKey }) };
  return enqueue(ctx.tx, fresh as NewJob);
}

async function settle(ctx: TxCtx, row: JobRow, replayedAs: string | null): Promise<void> {
  const { actor } = ctx;
  const by = actor.kind === "user" ? actor.email : actor.name;
  await ctx.tx.execute(sql`
    update outbox_done set handled_at = now(), handled_by = ${by}, replayed_as = ${replayedAs}::uuid where id = ${row.id}`);
}

function change(action: string, row: JobRow, after: Record<string, unknown>) {
  const { id: entityId, kind } = row;
  return { action, entity: "job", entityId, organizationId: null, after: { kind, ...after } };
}
