import { and, eq, inArray, sql } from "drizzle-orm";
import type { Run, TestCaseSummary } from "../domain/resources.ts";
import { testCases } from "../schema/tests.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { loadProject } from "./projects.ts";
import { listRuns } from "./runs.ts";
import { selectSummaries, summaryOf } from "./test-case-rows.ts";

export type ProjectOverview = {
  projectId: string;
  /** Without archived ones. */
  caseCount: number;
  suiteCount: number;
  /** Executions at this moment. */
  queued: number;
  running: number;
  /** Runs and executions started in the last seven days. */
  runs7d: number;
  executions7d: number;
  flaky7d: number;
  /** Share of passed and flaky among those that were decided (passed, flaky, failed), 0..1; null when none was. */
  passRate7d: number | null;
  /** Of executions that passed or failed in the last seven days, from start to end; null when none did. */
  p50DurationMs: number | null;
  p95DurationMs: number | null;
  /** Cases whose last finished execution of the last seven days failed, the newest first; at most 10. */
  failing: TestCaseSummary[];
  /** The newest first; at most 20. */
  lastRuns: Run[];
};

const DAYS_MS = 7 * 24 * 3_600_000;

/** What the first page of a project shows; each figure is one query along an index. */
export async function projectOverview(ctx: Ctx, projectId: string): Promise<ProjectOverview> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "project.read");
    const since = firstIdAt(new Date(ctx.now().getTime() - DAYS_MS));
    const recent = await recentFigures(ctx, project.id, since);
    const { passed, flaky7d, failed, ...figures } = recent;
    const decided = passed + flaky7d + failed;
    const { items: lastRuns } = await listRuns(ctx, { projectId: project.id, limit: 20 });
    return {
      projectId: project.id,
      ...(await presentFigures(ctx, project.id, since)),
      ...figures,
      flaky7d,
      passRate7d: decided === 0 ? null : (passed + flaky7d) / decided,
      failing: await failingCases(ctx, project.id, since),
      lastRuns,
    };
  });
}

type Present = Pick<ProjectOverview, "caseCount" | "suiteCount" | "queued" | "running" | "runs7d">;

async function presentFigures({ tx }: TxCtx, projectId: string, since: string): Promise<Present> {
  const [row] = await tx.execute<Present>(sql`select
    (select count(*)::int from test_case where project_id = ${projectId} and archived_at is null) as "caseCount",
    (select count(*)::int from suite where project_id = ${projectId}) as "suiteCount",
    (select count(*)::int from run where project_id = ${projectId} and id >= ${since}::uuid) as "runs7d",
    coalesce(sum(queued), 0)::int as queued, coalesce(sum(running), 0)::int as running
    from run where project_id = ${projectId} and finished_at is null`);
  return row ?? { caseCount: 0, suiteCount: 0, queued: 0, running: 0, runs7d: 0 };
}

type Recent = Pick<ProjectOverview, "executions7d" | "flaky7d" | "p50DurationMs" | "p95DurationMs"> & {
  passed: number;
  failed: number;
};

async function recentFigures({ tx }: TxCtx, projectId: string, since: string): Promise<Recent> {
  const duration = sql`extract(epoch from finished_at - started_at) * 1000`;
  const decided = sql`status in ('passed', 'flaky', 'failed')`;
  const [row] = await tx.execute<Recent>(sql`select
    count(*)::int as "executions7d",
    count(*) filter (where status = 'passed')::int as passed,
    count(*) filter (where status = 'failed')::int as failed,
    count(*) filter (where status = 'flaky')::int as "flaky7d",
    round(percentile_cont(0.5) within group (order by ${duration}) filter (where ${decided}))::int as "p50DurationMs",
    round(percentile_cont(0.95) within group (order by ${duration}) filter (where ${decided}))::int as "p95DurationMs"
    from execution where project_id = ${projectId} and id >= ${since}::uuid`);
  return (
    row ?? { executions7d: 0, passed: 0, failed: 0, flaky7d: 0, p50DurationMs: null, p95DurationMs: null }
  );
}

async function failingCases(ctx: TxCtx, projectId: string, since: string): Promise<TestCaseSummary[]> {
  const last = await ctx.tx.execute<{ test_case_id: string }>(sql`
    select e.test_case_id from execution e join test_case t on t.id = e.test_case_id and t.archived_at is null
    where e.project_id = ${projectId} and e.id >= ${since}::uuid and e.status = 'failed'
      and not exists (select 1 from execution newer where newer.test_case_id = e.test_case_id and newer.id > e.id
        and newer.finished_at is not null)
    order by e.id desc limit 10`);
  if (last.length === 0) return [];
  const ids = last.map((row) => row.test_case_id);
  const rows = await selectSummaries(
    ctx,
    and(eq(testCases.projectId, projectId), inArray(testCases.id, ids)),
  ).limit(ids.length);
  return rows.map(summaryOf).sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}

/** The smallest UUIDv7 of a millisecond: ids sort by time, so an index on ids serves ranges of time. */
function firstIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
