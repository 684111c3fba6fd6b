import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import { executions } from "../schema/runs.ts";
import { testCases } from "../schema/tests.ts";
import type { TxCtx } from "./context.ts";
import { requireEnvironment } from "./environments.ts";
import { loadOpenProject } from "./projects.ts";
import type { RunRow } from "./run-state.ts";
import type { RunPlan } from "./start-run.ts";

/**
 * The plan of a run that tries executions of an older one again: each case in its current version, with the same
 * environment, variables and number of attempts. Archived cases are left out.
 * @throws AppError `conflict` when nothing is left.
 */
export async function planRetry(
  ctx: TxCtx,
  run: RunRow,
  { failedOnly, executionId }: { failedOnly: boolean; executionId?: string },
): Promise<RunPlan> {
  await loadOpenProject(ctx, run.projectId, "run.start");
  const planned = await ctx.tx
    .select({
      testCaseId: testCases.id,
      version: testCases.version,
      testCaseName: testCases.name,
      groupName: testCases.groupName,
      browser: executions.browser,
      viewport: executions.viewport,
      environmentId: executions.environmentId,
      variables: executions.variables,
      attemptsMax: executions.attemptsMax,
    })
    .from(executions)
    .innerJoin(testCases, eq(testCases.id, executions.testCaseId))
    .where(
      and(
        eq(executions.runId, run.id),
        isNull(testCases.archivedAt),
        failedOnly ? inArray(executions.status, ["failed", "error", "cancelled"]) : undefined,
        executionId ? eq(executions.id, executionId) : undefined,
      ),
    )
    .orderBy(asc(executions.id));
  if (planned.length === 0) throw new AppError("conflict", nothing(failedOnly));
  for (const environmentId of new Set(planned.map((execution) => execution.environmentId))) {
    await requireEnvironment(ctx, run.projectId, environmentId);
  }
  const { organizationId, projectId } = run;
  const isWhole = executionId === undefined;
  return {
    organizationId,
    projectId,
    suiteId: isWhole ? run.suiteId : null,
    name: isWhole ? run.name : (planned[0]?.testCaseName ?? run.name),
    trigger: "retry",
    evidence: run.evidence,
    video: run.video,
    branch: run.branch,
    executions: planned,
  };
}

function nothing(failedOnly: boolean): string {
  return failedOnly
    ? "there is nothing to retry: no execution failed, or their test cases are archived"
    : "there is nothing to retry: the test cases are archived";
}
