import { type ShownIn, shownInDevice } from "../domain/devices.ts";
import { AppError } from "../domain/errors.ts";
import type { EvidencePolicy } from "../domain/evidence.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Run } from "../domain/resources.ts";
import type { BrowserName } from "../domain/steps/definition.ts";
import { enqueueMany } from "../outbox.ts";
import { executions, runs } from "../schema/runs.ts";
import { refuseUnsupported } from "./browser-support.ts";
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
  /** In the order in which they are shown and claimed. */
  executions: readonly PlannedExecution[];
};

const defaultViewport = { width: 1280, height: 720 };

type AskedScreen = {
  browser?: BrowserName | undefined;
  device?: string | null | undefined;
  viewport?: ShownIn | undefined;
};

/** The screen that a run was asked for: of a device, or of a size; else, in Chromium, of the project's device, or the usual one. */
export function viewportOf(asked: AskedScreen, project: { device: string | null }): ShownIn {
  const {
    browser = "chromium",
    viewport,
    device = viewport || browser !== "chromium" ? null : project.device,
  } = asked;
  return (device === null ? null : shownInDevice(device)) ?? viewport ?? defaultViewport;
}

/** A statement takes 65,535 parameters. */
const ROWS_MAX = 1_000;

/** The run, its executions, their jobs and the audit row, in one transaction: all of them or none. */
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
  await refuseUnsupported(ctx, plan.executions);
  const { organizationId, projectId, suiteId, name, trigger } = plan;
  const at = ctx.now();
  const run = { id: newId(), organizationId, projectId, suiteId, name, trigger, createdAt: at };
  const createdBy = ctx.actor.kind === "user" ? ctx.actor.userId : null;
  const kept = { evidence: plan.evidence ?? null, video: plan.video ?? null };
  await ctx.tx.insert(runs).values({ ...run, createdBy, queued: count, ...kept });
  const shared = { organizationId, projectId, runId: run.id, createdAt: at };
  const rows = plan.executions.map((execution) => ({ id: newId(), ...shared, ...execution }));
  for (let start = 0; start < rows.length; start += ROWS_MAX) {
    await ctx.tx.insert(executions).values(rows.slice(start, start + ROWS_MAX));
  }
  const weight = await shareWeightOf(ctx, organizationId);
  const executionIds = rows.map(({ id }) => id);
  await enqueueMany(
    ctx.tx,
    rows.map(({ id: executionId, browser }) => ({
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
    after: { name, trigger, suiteId, executions: count },
  });
  return { runId: run.id, executionIds };
}

/** After the commit: pages show the run. */
export async function announceRun(ctx: Ctx, run: { id: string; projectId: string }): Promise<void> {
  await afterCommit(ctx, () => notifyExecution(ctx.db, null, run.id, run.projectId));
}
