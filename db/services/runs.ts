import { and, eq, inArray, isNull } from "drizzle-orm";
import type { z } from "zod";
import { AppError, invalidInput } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import { defaultBrowsers, screensFor } from "../domain/matrix.ts";
import type { Page, RunQuery } from "../domain/queries.ts";
import type { Execution, Run } from "../domain/resources.ts";
import type { executeSuiteSchema, executeTestCaseSchema, startRunSchema } from "../domain/start-resources.ts";
import { isFinal } from "../domain/states.ts";
import { users } from "../schema/identity.ts";
import { runs } from "../schema/runs.ts";
import { testCases } from "../schema/tests.ts";
import { afterCommit, type Ctx, isVisible, recordAudit, type TxCtx, transaction } from "./context.ts";
import { requireEnvironment } from "./environments.ts";
import { notifyLive } from "./live.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadOpenProject, loadProject } from "./projects.ts";
import { planRetry } from "./retries.ts";
import { executionOf, loadExecution, loadRun, runColumns, runOf } from "./run-rows.ts";
import { announceRun, type RunPlan, startRun, type Trigger } from "./start-run.ts";
import { stopExecutions } from "./stop-executions.ts";
import {
  casesLimit,
  casesOrder,
  casesWhere,
  inSuiteOrder,
  type LoadedSuite,
  loadSuite,
} from "./suite-rows.ts";
import { loadTestCase } from "./test-case-rows.ts";

export type { Trigger } from "./start-run.ts";
export type ExecuteSuiteInput = z.output<typeof executeSuiteSchema>;
export type ExecuteTestCaseInput = z.output<typeof executeTestCaseSchema>;
export type StartRunInput = z.output<typeof startRunSchema>;

/**
 * Starts every active or quarantined case of a suite, in its order, each in every browser and on every screen of the suite's
 * matrix or of the one that is given.
 * @throws AppError `invalid-input` on `testCaseIds` when there is none.
 */
export async function executeSuite(
  ctx: Ctx,
  suiteId: string,
  input: ExecuteSuiteInput,
  trigger: Trigger,
): Promise<Run> {
  const run = await transaction(ctx, async (ctx) => {
    const suite = await loadSuite(ctx, suiteId, "run.start");
    const { row } = suite;
    const project = await loadOpenProject(ctx, row.projectId, "run.start");
    const environmentId = input.environmentId === undefined ? row.environmentId : input.environmentId;
    await requireEnvironment(ctx, row.projectId, environmentId);
    const attemptsMax = 1 + (input.retries ?? row.retries);
    const cases = await runnableCases(ctx, suite);
    const browsers = browsersOf(input) ?? row.browsers;
    const { device, viewports } = input;
    const cells = screensFor({ browsers, device, viewports }, project, row.viewports);
    const { runId } = await startRun(ctx, {
      organizationId: row.organizationId,
      projectId: row.projectId,
      suiteId: row.id,
      name: row.name,
      trigger,
      evidence: input.evidence,
      video: input.video,
      branch: input.branch,
      executions: cases.flatMap(({ id, name, ...testCase }) =>
        cells.map((cell) => ({
          testCaseId: id,
          testCaseName: name,
          ...testCase,
          ...cell,
          environmentId,
          variables: input.variables ?? {},
          attemptsMax,
        })),
      ),
    });
    return runOf(await loadRun(ctx, runId, "run.read"));
  });
  await announceRun(ctx, run);
  return run;
}

function browsersOf({ browser, browsers }: ExecuteSuiteInput) {
  if (browser !== undefined && browsers !== undefined) {
    throw invalidInput([{ path: "browsers", message: "say either `browser` or `browsers`" }]);
  }
  return browser === undefined ? browsers : [browser];
}

async function runnableCases(ctx: TxCtx, suite: LoadedSuite) {
  const { id, name, version, groupName } = testCases;
  const runnable = and(isNull(testCases.archivedAt), inArray(testCases.status, ["active", "quarantined"]));
  const cases = await ctx.tx
    .select({ id, name, version, groupName })
    .from(testCases)
    .where(and(casesWhere(suite), runnable))
    .orderBy(...casesOrder)
    .limit(casesLimit);
  if (cases.length > limits.casesPerSuiteMax) {
    const message = `these tags choose more than ${limits.casesPerSuiteMax} cases; add a tag`;
    throw invalidInput([{ path: "tagQuery", message }]);
  }
  if (cases.length === 0) {
    throw invalidInput([{ path: "testCaseIds", message: "the suite has no case that can run" }]);
  }
  return inSuiteOrder(suite, cases);
}

/** Starts one case in one browser, a draft as well. The run that it is part of has no suite. */
export async function executeTestCase(
  ctx: Ctx,
  { browser, viewport, ...input }: ExecuteTestCaseInput,
  trigger: Trigger,
): Promise<Execution> {
  const browsers = browser === undefined ? defaultBrowsers : [browser];
  const viewports = viewport && [viewport];
  const execution = await transaction(ctx, async (ctx) => {
    const { executionIds } = await startRun(
      ctx,
      await planOfCase(ctx, { ...input, browsers, viewports }, trigger),
    );
    return executionOf(await loadExecution(ctx, executionIds[0] ?? "", "run.read"));
  });
  await announceRun(ctx, { id: execution.runId, projectId: execution.projectId });
  return execution;
}

/** Starts one case, a draft as well, in several browsers and on several screens. */
export async function executeInMatrix(ctx: Ctx, input: StartRunInput, trigger: Trigger): Promise<Run> {
  const run = await transaction(ctx, async (ctx) => {
    const { runId } = await startRun(ctx, await planOfCase(ctx, input, trigger));
    return runOf(await loadRun(ctx, runId, "run.read"));
  });
  await announceRun(ctx, run);
  return run;
}

async function planOfCase(ctx: TxCtx, input: StartRunInput, trigger: Trigger): Promise<RunPlan> {
  const { row } = await loadTestCase(ctx, input.testCaseId, "run.start");
  const project = await loadOpenProject(ctx, row.projectId, "run.start");
  if (row.archivedAt) throw new AppError("conflict", "the test case is archived; restore it first");
  const environmentId = input.environmentId ?? null;
  await requireEnvironment(ctx, row.projectId, environmentId);
  return {
    organizationId: row.organizationId,
    projectId: row.projectId,
    suiteId: null,
    name: row.name,
    trigger,
    evidence: input.evidence,
    video: input.video,
    branch: input.branch,
    executions: screensFor(input, project).map((cell) => ({
      testCaseId: row.id,
      version: row.version,
      testCaseName: row.name,
      groupName: row.groupName,
      ...cell,
      environmentId,
      variables: input.variables ?? {},
      attemptsMax: 1 + (input.retries ?? 0),
    })),
  };
}

const newestFirst: Order = { name: "-id", key: null, id: runs.id, descending: true };

/** Runs of a suite, a project or all the caller's organizations, the newest first. */
export async function listRuns(ctx: Ctx, query: RunQuery): Promise<Page<Run>> {
  return transaction(ctx, async (ctx) => {
    if (query.projectId) await loadProject(ctx, query.projectId, "run.read");
    if (query.suiteId) await loadSuite(ctx, query.suiteId, "run.read");
    const rows = await ctx.tx
      .select({ ...runColumns, cursorKey: cursorKey(newestFirst) })
      .from(runs)
      .leftJoin(users, eq(users.id, runs.createdBy))
      .where(
        and(
          query.projectId ? eq(runs.projectId, query.projectId) : undefined,
          query.suiteId ? eq(runs.suiteId, query.suiteId) : undefined,
          query.status ? eq(runs.status, query.status) : undefined,
          isVisible(ctx, runs.projectId),
          behind(newestFirst, query.cursor),
        ),
      )
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(newestFirst, query.limit, rows, runOf, ({ row }) => row.id);
  });
}

export async function getRun(ctx: Ctx, id: string): Promise<Run> {
  return transaction(ctx, async (ctx) => runOf(await loadRun(ctx, id, "run.read")));
}

/** Ends what is queued and tells what runs to stop. A run that has ended stays as it is. */
export async function stopRun(ctx: Ctx, id: string): Promise<Run> {
  const { run, stopped } = await transaction(ctx, async (ctx) => {
    const { row } = await loadRun(ctx, id, "run.stop");
    const stopped = await stopExecutions(ctx, row.id);
    if (stopped.length > 0) {
      await recordAudit(ctx, {
        action: "run.stop",
        entity: "run",
        entityId: row.id,
        organizationId: row.organizationId,
        after: { executions: stopped.length },
      });
    }
    return { run: runOf(await loadRun(ctx, id, "run.read")), stopped };
  });
  const hints = [null, ...stopped].map((executionId) => ({
    executionId,
    runId: run.id,
    projectId: run.projectId,
  }));
  await afterCommit(ctx, () => notifyLive(ctx.db, hints));
  return run;
}

/**
 * A new run of those cases that did not pass, or of all: current versions, the same environment and variables.
 * @throws AppError `conflict` while the run goes on, and when there is nothing to try again.
 */
export async function retryRun(
  ctx: Ctx,
  id: string,
  { failedOnly = true }: { failedOnly?: boolean | undefined } = {},
): Promise<Run> {
  const run = await transaction(ctx, async (ctx) => {
    const { row } = await loadRun(ctx, id, "run.start");
    if (!isFinal(row.status)) {
      throw new AppError("conflict", "the run is not finished; stop it first, or retry single executions");
    }
    const { runId } = await startRun(ctx, await planRetry(ctx, row, { failedOnly }));
    return runOf(await loadRun(ctx, runId, "run.read"));
  });
  await announceRun(ctx, run);
  return run;
}
