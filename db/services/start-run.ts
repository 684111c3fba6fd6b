import { sql } from "drizzle-orm";
import type { ShownIn } from "../domain/devices.ts";
import { AppError, type FieldError, invalidInput } from "../domain/errors.ts";
import type { Failure } from "../domain/events.ts";
import type { EvidencePolicy } from "../domain/evidence.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Run } from "../domain/resources.ts";
import { noCounts, runStatusOf } from "../domain/states.ts";
import { type BrowserName, browserTitles } from "../domain/steps/definition.ts";
import { enqueueMany } from "../outbox.ts";
import { executions, runs } from "../schema/runs.ts";
import {
  refuseDevices,
  sentenceOf,
  type Unsupported,
  unsupportedAmong,
  whySkipped,
} from "./browser-support.ts";
import { afterCommit, type Ctx, recordAudit, type TxCtx } from "./context.ts";
import { notifyExecution } from "./live.ts";
import { shareWeightOf } from "./share-weight.ts";

export type Trigger = Run["trigger"];

/** One execution to be: which version of which case, and how. */
export type PlannedExecution = {
  browser: BrowserName;
  testCaseId: string;
  version: number;
  testCaseName: string;
  groupName: string | null;
  viewport: ShownIn;
  environmentId: string | null;
  variables: Record<string, string>;
  attemptsMax: number;
};

export type RunPlan = {
  organizationId: string;
  projectId: string;
  suiteId: string | null;
  name: string;
  trigger: Trigger;
  /** As the project says where it is not given. */
  evidence?: EvidencePolicy | null | undefined;
  video?: EvidencePolicy | null | undefined;
  /** Of what is tested; the default branch of the project when not given. */
  branch?: string | null | undefined;
  /** In the order in which they are shown and claimed. */
  executions: readonly PlannedExecution[];
};

/** A statement takes 65,535 parameters. */
const ROWS_MAX = 1_000;

/** Faults that are listed; whoever has more of them learns enough from these. */
const faultsMax = 20;

/**
 * The run, its executions, their jobs and the audit row, in one transaction: all of them or none. An execution whose browser
 * can't do a step of its case is `skipped` from the beginning and says why.
 * @throws AppError `invalid-input` on `browser` when nothing would be left to run.
 */
export async function startRun(
  ctx: TxCtx,
  plan: RunPlan,
): Promise<{ runId: string; executionIds: string[] }> {
  const count = plan.executions.length;
  if (count === 0 || count > limits.executionsPerRunMax) {
    throw new AppError(
      "conflict",
      `a run has 1 to ${limits.executionsPerRunMax} executions; this would have ${count}`,
    );
  }
  const { organizationId, projectId, suiteId, name, trigger } = plan;
  refuseDevices(plan.executions);
  const skips = await skipsOf(ctx, plan);
  const at = ctx.now();
  const run = { id: newId(), organizationId, projectId, suiteId, name, trigger, createdAt: at };
  const createdBy = ctx.actor.kind === "user" ? ctx.actor.userId : null;
  const kept = { evidence: plan.evidence ?? null, video: plan.video ?? null, branch: plan.branch ?? null };
  const shared = { organizationId, projectId, runId: run.id, createdAt: at };
  const rows = plan.executions.map((execution) => ({
    id: newId(),
    ...shared,
    ...execution,
    ...skips(execution, at),
  }));
  const open = rows.filter(({ status }) => status === "queued");
  const skipped = rows.length - open.length;
  const status = runStatusOf({ ...noCounts(), queued: open.length, skipped });
  await ctx.tx.insert(runs).values({ ...run, createdBy, status, queued: open.length, skipped, ...kept });
  for (let start = 0; start < rows.length; start += ROWS_MAX) {
    await ctx.tx.insert(executions).values(rows.slice(start, start + ROWS_MAX));
  }
  if (skipped > 0) await tellOfSkipped(ctx, run.id);
  const weight = await shareWeightOf(ctx, organizationId);
  await enqueueMany(
    ctx.tx,
    open.map(({ id: executionId, browser }) => ({
      kind: "execution",
      payload: { executionId },
      organizationId,
      uniqueKey: executionId,
      shareKey: projectId,
      browser,
      weight,
    })),
  );
  await recordAudit(ctx, {
    action: "run.start",
    entity: "run",
    entityId: run.id,
    organizationId,
    after: { name, trigger, suiteId, executions: count, ...(skipped > 0 ? { skipped } : {}) },
  });
  return { runId: run.id, executionIds: rows.map(({ id }) => id) };
}

type Beginning = { status: "queued" | "skipped"; failure: Failure | null; finishedAt: Date | null };

/** How each execution of the plan begins. @throws AppError when each of them would be skipped */
async function skipsOf(
  ctx: TxCtx,
  { projectId, executions }: RunPlan,
): Promise<(execution: PlannedExecution, at: Date) => Beginning> {
  const unsupported = await unsupportedAmong(ctx, projectId, executions);
  const keyOf = ({ testCaseId, version, browser }: Pick<Unsupported, "testCaseId" | "version" | "browser">) =>
    `${testCaseId} ${version} ${browser}`;
  const reasons = new Map(unsupported.map((each) => [keyOf(each), whySkipped(each)]));
  if (executions.every((execution) => reasons.has(keyOf(execution)))) throw nothingLeft(unsupported);
  return (execution, at) => {
    const failure = reasons.get(keyOf(execution)) ?? null;
    return failure
      ? { status: "skipped", failure, finishedAt: at }
      : { status: "queued", failure: null, finishedAt: null };
  };
}

function nothingLeft(unsupported: readonly Unsupported[]): AppError {
  const faults = unsupported.flatMap(({ name, browser, faults }): FieldError[] =>
    faults.map((fault) => ({
      path: "browser",
      message: `"${name}" can't run in ${browserTitles[browser]}: ${sentenceOf(fault)}`,
    })),
  );
  return invalidInput(faults.slice(0, faultsMax));
}

/** The first and last event of those that will never be begun. */
async function tellOfSkipped(ctx: TxCtx, runId: string): Promise<void> {
  await ctx.tx.execute(sql`
    insert into event (execution_id, seq, organization_id, attempt, at, type, body)
    select e.id, 1, e.organization_id, 0, e.finished_at, 'execution-finished',
      jsonb_build_object('type', 'execution-finished', 'status', 'skipped', 'failure', e.failure)
    from execution e where e.run_id = ${runId} and e.status = 'skipped'`);
}

/** After the commit: pages show the run. */
export async function announceRun(ctx: Ctx, run: { id: string; projectId: string }): Promise<void> {
  await afterCommit(ctx, () => notifyExecution(ctx.db, null, run.id, run.projectId));
}
