import type { Run, TestCaseSummary } from "../domain/resources.ts";
import type { Ctx } from "./context.ts";
export type ProjectOverview = {
  projectId: string;
  caseCount: number;
  suiteCount: number;
  queued: number;
  running: number;
  /** Runs started in the last seven days. */
  runs7d: number;
  executions7d: number;
  flaky7d: number;
  /** Share of passed and flaky among the decided (passed, flaky, failed) executions, 0..1; null when there were none. */
  passRate7d: number | null;
  p50DurationMs: number | null;
  p95DurationMs: number | null;
  /** Cases whose last execution failed, the newest first; at most 10. */
  failing: TestCaseSummary[];
  /** The newest first; at most 20. */
  lastRuns: Run[];
};
export declare function projectOverview(ctx: Ctx, projectId: string): Promise<ProjectOverview>;
