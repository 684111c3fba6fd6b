import { and, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { ShownIn } from "../domain/devices.ts";
import { invalidInput } from "../domain/errors.ts";
import { isId } from "../domain/ids.ts";
import { cellKey } from "../domain/matrix.ts";
import type { BrowserSupport, MatrixCell, MatrixRow, RunMatrix } from "../domain/matrix-resources.ts";
import type { PageQuery } from "../domain/queries.ts";
import { type ExecutionStatus, noCounts } from "../domain/states.ts";
import { type BrowserName, browserNames } from "../domain/steps/definition.ts";
import { whyNobody } from "../domain/workers.ts";
import { testCases } from "../schema/tests.ts";
import { unsupportedAmong } from "./browser-support.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { loadRun } from "./run-rows.ts";
import { casesLimit, casesOrder, casesWhere, loadSuite } from "./suite-rows.ts";
import { loadTestCase } from "./test-case-rows.ts";
import { abilities } from "./workers.ts";

const listedMax = 50;

type Case = { testCaseId: string; version: number };

/** What each browser can run of a suite, told before a start: the cases that would run now, and those that would be skipped. */
export async function browsersForSuite(ctx: Ctx, id: string): Promise<BrowserSupport[]> {
  return transaction(ctx, async (ctx) => {
    const suite = await loadSuite(ctx, id, "suite.read");
    const runnable = and(isNull(testCases.archivedAt), inArray(testCases.status, ["active", "quarantined"]));
    const cases = await ctx.tx
      .select({ testCaseId: testCases.id, version: testCases.version })
      .from(testCases)
      .where(and(casesWhere(suite), runnable))
      .orderBy(...casesOrder)
      .limit(casesLimit);
    return supportOf(ctx, suite.row.projectId, cases);
  });
}

/** The same of one test case, as it is saved. */
export async function browsersForCase(ctx: Ctx, id: string): Promise<BrowserSupport[]> {
  return transaction(ctx, async (ctx) => {
    const { row } = await loadTestCase(ctx, id, "testCase.read");
    return supportOf(ctx, row.projectId, [{ testCaseId: row.id, version: row.version }]);
  });
}

async function supportOf(ctx: TxCtx, projectId: string, cases: readonly Case[]): Promise<BrowserSupport[]> {
  const planned = browserNames.flatMap((browser) => cases.map((each) => ({ ...each, browser })));
  const unsupported = await unsupportedAmong(ctx, projectId, planned);
  const workers = await abilities(ctx);
  return browserNames.map((browser) => {
    const without = unsupported.filter((each) => each.browser === browser);
    return {
      browser,
      cases: cases.length - without.length,
      skipped: without.length,
      unsupported: without
        .slice(0, listedMax)
        .map(({ testCaseId, name, faults }) => ({ testCaseId, name, faults })),
      waits: whyNobody(workers, browser),
    };
  });
}

/** How the cells of a run stand: one for each browser and screen that it has. */
export async function cellsOfRun(ctx: Ctx, runId: string): Promise<MatrixCell[]> {
  return transaction(ctx, async (ctx) => cells(ctx, (await loadRun(ctx, runId, "run.read")).row.id));
}

/** The cases of a run by its cells, those with failures first. @throws AppError `not-found` */
export async function matrixOfRun(ctx: Ctx, runId: string, query: PageQuery): Promise<RunMatrix> {
  return transaction(ctx, async (ctx) => {
    const { row: run } = await loadRun(ctx, runId, "run.read");
    const columns = await cells(ctx, run.id);
    const rows = await casesByCells(ctx, run.id, query);
    const items = rows.slice(0, query.limit);
    const last = rows.length > query.limit ? items.at(-1) : undefined;
    return {
      cells: columns,
      items: items.map((row) => rowOf(row, columns)),
      nextCursor: last ? `${last.rank}.${last.first}` : null,
    };
  });
}

async function cells(ctx: TxCtx, runId: string): Promise<MatrixCell[]> {
  type Row = { browser: BrowserName; viewport: ShownIn; status: ExecutionStatus; executions: number };
  const rows = await ctx.tx.execute<Row>(sql`
    select browser, viewport, status, count(*)::int as executions from execution where run_id = ${runId}
    group by browser, viewport, status
    order by browser, (viewport ->> 'width')::int desc, (viewport ->> 'height')::int desc`);
  const found = new Map<string, MatrixCell>();
  for (const { browser, viewport, status, executions } of rows) {
    const key = cellKey({ browser, viewport });
    const cell = found.get(key) ?? { browser, viewport, counts: noCounts() };
    cell.counts[status] += executions;
    found.set(key, cell);
  }
  return [...found.values()];
}

type ExecutionInCell = {
  id: string;
  browser: BrowserName;
  viewport: ShownIn;
  status: ExecutionStatus;
  durationMs: number | null;
  reason: string | null;
};
type CaseRow = {
  testCaseId: string;
  name: string;
  group: string | null;
  rank: number;
  first: string;
  executions: ExecutionInCell[];
};

async function casesByCells(ctx: TxCtx, runId: string, { cursor, limit }: PageQuery): Promise<CaseRow[]> {
  return ctx.tx.execute<CaseRow>(sql`
    select * from (
      select test_case_id as "testCaseId", min(test_case_name) as name, min(group_name) as "group",
        min(case when status in ('failed', 'error') then 0 else 1 end) as rank, min(id::text) as first,
        jsonb_agg(jsonb_build_object('id', id, 'browser', browser, 'viewport', viewport, 'status', status,
          'durationMs', round(extract(epoch from finished_at - started_at) * 1000)::int,
          'reason', left(failure ->> 'message', 300)) order by id) as executions
      from execution where run_id = ${runId} group by test_case_id) as cases
    where ${cursor === undefined ? sql`true` : behindCase(cursor)}
    order by rank, first limit ${limit + 1}`);
}

function behindCase(cursor: string): SQL {
  const [, rank, first] = /^([01])\.([0-9a-f-]{36})$/.exec(cursor) ?? [];
  if (rank === undefined || first === undefined || !isId(first)) {
    throw invalidInput([
      { path: "cursor", message: "is not one of this list; take nextCursor of its last page" },
    ]);
  }
  return sql`(rank, first) > (${rank}::int, ${first}::text)`;
}

function rowOf({ testCaseId, name, group, executions }: CaseRow, columns: readonly MatrixCell[]): MatrixRow {
  const byCell = new Map(executions.map((execution) => [cellKey(execution), execution]));
  return {
    testCaseId,
    testCaseName: name,
    group,
    executions: columns.map((cell) => {
      const execution = byCell.get(cellKey(cell));
      if (!execution) return null;
      const { id, status, durationMs, reason } = execution;
      return { id, status, durationMs, reason };
    }),
  };
}
