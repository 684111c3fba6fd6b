import { asc, count, eq, inArray } from "drizzle-orm";
import { limits } from "../domain/limits.ts";
import type { ReportedExecution, RunReport } from "../domain/reports/reported.ts";
import { attempts, executions } from "../schema/runs.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { listExecutions } from "./executions.ts";
import { attemptOf, loadRun, runOf } from "./run-rows.ts";

/**
 * What a report of a run tells. Its executions are read page by page while they are taken, each page as it is then: of a run
 * that goes on, the later pages may know more than the counts.
 */
export async function readRunReport(ctx: Ctx, id: string): Promise<RunReport> {
  const { run, hasCells } = await transaction(ctx, async (ctx) => {
    const loaded = await loadRun(ctx, id, "run.read");
    const cells = await ctx.tx
      .select({ count: count() })
      .from(executions)
      .where(eq(executions.runId, loaded.row.id))
      .groupBy(executions.browser, executions.viewport)
      .limit(2);
    return { run: runOf(loaded), hasCells: cells.length > 1 };
  });
  return { run, hasCells, executions: reportedExecutions(ctx, run.id) };
}

async function* reportedExecutions(ctx: Ctx, runId: string): AsyncGenerator<ReportedExecution[]> {
  let cursor: string | undefined;
  do {
    const page = await transaction(ctx, async (ctx) => {
      const { items, nextCursor } = await listExecutions(ctx, { runId, limit: limits.pageSizeMax, cursor });
      return { items: await withAttempts(ctx, items), nextCursor };
    });
    if (page.items.length > 0) yield page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

type Listed = Awaited<ReturnType<typeof listExecutions>>["items"];

/** Of each execution the first ones, as many as a page has: what fails for ever is bounded long before. */
async function withAttempts(ctx: TxCtx, listed: Listed): Promise<ReportedExecution[]> {
  const ids = listed.map(({ id }) => id);
  const rows = await ctx.tx
    .select()
    .from(attempts)
    .where(inArray(attempts.executionId, ids))
    .orderBy(asc(attempts.executionId), asc(attempts.number));
  const byExecution = Map.groupBy(rows, ({ executionId }) => executionId);
  return listed.map((execution) => ({
    ...execution,
    attempts: (byExecution.get(execution.id) ?? []).map(attemptOf),
  }));
}
