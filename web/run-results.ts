import type { z } from "zod";
import { sizeOf } from "../db/domain/matrix.ts";
import type { MatrixCell, RunMatrix } from "../db/domain/matrix-resources.ts";
import { executionQuerySchema } from "../db/domain/queries.ts";
import type { Run } from "../db/domain/resources.ts";
import { type ExecutionStatus, executionStatuses, noCounts, type RunCounts } from "../db/domain/states.ts";
import { parseInput } from "../db/domain/validation.ts";
import type { Ctx } from "../db/services/context.ts";
import { listExecutions } from "../db/services/executions.ts";
import { cellsOfRun, matrixOfRun } from "../db/services/matrix.ts";
import type { ExecutionGroup } from "./pages/run.tsx";
import type { CellFilter } from "./pages/run-grid.tsx";
import { countOrder } from "./parts/segment-bar.tsx";

/** How many executions of one status a run's page shows before it refers to the list of that status. */
const perGroupMax = 50;
const gridRowsMax = 100;

const querySchema = executionQuerySchema.pick({ status: true, cursor: true, browser: true, viewport: true });
type Asked = Partial<z.output<typeof querySchema>>;

/** What the page of a run shows of its executions: the grid of its cells, or lists by status of what is chosen. */
export type RunResults = {
  status: ExecutionStatus | null;
  /** Its browsers and screens, which of them are looked at, and how many executions those have. */
  cells: MatrixCell[];
  filter: CellFilter;
  counts: RunCounts;
  grid: RunMatrix | null;
  groups: ExecutionGroup[];
};

/** @param of a parameter of the address. @throws AppError `invalid-input` for a status, browser, size that there is not */
export async function loadResults(
  ctx: Ctx,
  run: Run,
  of: (name: string) => string | undefined,
): Promise<RunResults> {
  const given = (["status", "cursor", "browser", "viewport"] as const).map(
    (name) => [name, of(name)] as const,
  );
  const asked: Asked = parseInput(querySchema, Object.fromEntries(given.filter(([, value]) => value)));
  const { browser, viewport, status, cursor } = asked;
  const cells = await cellsOfRun(ctx, run.id);
  const isFiltered = browser !== undefined || viewport !== undefined;
  const isGrid = cells.length > 1 && !isFiltered && !status && of("view") !== "list";
  const counts = isFiltered ? sumOf(cells, asked) : run.counts;
  const page = { limit: gridRowsMax, ...(cursor ? { cursor } : {}) };
  return {
    status: status ?? null,
    cells,
    filter: { browser: browser ?? null, viewport: viewport ?? null },
    counts,
    grid: isGrid ? await matrixOfRun(ctx, run.id, page) : null,
    groups: isGrid ? [] : await groupsOf(ctx, run, asked, counts),
  };
}

function sumOf(cells: readonly MatrixCell[], { browser, viewport }: Asked): RunCounts {
  const sum = noCounts();
  for (const cell of cells) {
    if (browser && cell.browser !== browser) continue;
    if (viewport && sizeOf(cell.viewport) !== viewport) continue;
    for (const status of executionStatuses) sum[status] += cell.counts[status];
  }
  return sum;
}

/** Those of the one status that is asked for, page by page, or the first of every status that there is. */
function groupsOf(ctx: Ctx, run: Run, asked: Asked, counts: RunCounts): Promise<ExecutionGroup[]> {
  const { status, cursor, browser, viewport } = asked;
  const cell = { ...(browser ? { browser } : {}), ...(viewport ? { viewport } : {}) };
  const statuses = status ? [status] : countOrder.filter((known) => counts[known] > 0);
  return Promise.all(
    statuses.map(async (known) => {
      const behind = status && cursor ? { cursor } : {};
      const query = { runId: run.id, status: known, limit: perGroupMax, ...cell, ...behind };
      const page = await listExecutions(ctx, query);
      return { status: known, items: page.items, next: page.nextCursor };
    }),
  );
}
