import { and, eq, sql } from "drizzle-orm";
import type { ShownIn } from "../domain/devices.ts";
import type { ArtifactKind, RunnerEvent } from "../domain/events.ts";
import type { EvidencePolicy } from "../domain/evidence.ts";
import { secretReferences } from "../domain/interpolation.ts";
import { limits } from "../domain/limits.ts";
import { isFinal } from "../domain/states.ts";
import type { BrowserName } from "../domain/steps/definition.ts";
import type { Step, StepGroupContent } from "../domain/steps/index.ts";
import type { Lease } from "../outbox/finish.ts";
import { enqueue } from "../outbox.ts";
import { environments, projects } from "../schema/identity.ts";
import { artifacts, attempts, executions, runs } from "../schema/runs.ts";
import { testCaseVersions } from "../schema/tests.ts";
import { storable } from "../storable.ts";
import { concludeCancelled, loseOpenAttempt } from "./attempt-endings.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { groupsToRun } from "./group-plan.ts";
import { type AttemptRef, type Held, hint, hold, insertEvents, lastSeq } from "./held-execution.ts";
import { withinPlan } from "./plans.ts";
import { moveExecution } from "./run-state.ts";
import { openSecrets } from "./secrets.ts";
import { effectiveBranch, recordFindings, type SnapshotPlan } from "./snapshot-results.ts";

/**
 * What the worker that holds an execution's job does while it runs. Every write names the lease and is refused when it is
 * lost. Rows are locked in one order: execution, job, run. How attempts end is in `attempt-endings.ts`.
 */

/** All that is needed to run an attempt. */
export type AttemptStart = {
  executionId: string;
  runId: string;
  projectId: string;
  organizationId: string;
  attempt: number;
  /** The number of the first event that this attempt will write. */
  nextSeq: number;
  browser: BrowserName;
  viewport: ShownIn;
  steps: Step[];
  /** The groups that the steps may come to call, by their names. */
  groups: Record<string, StepGroupContent>;
  variables: Record<string, string>;
  /** Only those that the steps and variables refer to. */
  secrets: Record<string, string>;
  baseUrl: string | null;
  evidence: EvidencePolicy;
  video: EvidencePolicy;
  /** Bytes of files that the plan of the organization still has room for; null is without a limit. */
  artifactBytesLeft: number | null;
  /** What its project may reach beyond public addresses: `CIDR:port`. */
  egressAllow: string[];
  /** Whether it is to pause from its beginning, by whom, and how many steps may pass all the same. */
  hold: {
    wanted: "run" | "pause";
    granted: number;
    by: string | null;
    before: number | null;
    holdsEnd: boolean;
  };
  /** Whether somebody watches already. */
  isWatched: boolean;
  snapshots: SnapshotPlan;
};

/**
 * Begins the next attempt of an execution. Null when there is nothing to run: the lease is lost, the execution has ended, or
 * it was cancelled before it began (then it has ended now).
 */
export async function beginAttempt(
  ctx: Ctx,
  lease: Lease,
  executionId: string,
  worker: { id: string },
): Promise<AttemptStart | null> {
  const start = await transaction(ctx, async (ctx) => {
    const held = await hold(ctx, lease, executionId);
    if (!held || isFinal(held.status)) return null;
    if (held.status === "running") await loseOpenAttempt(ctx, held, "nobody runs it any more");
    if (held.cancelReason !== null) {
      await concludeCancelled(ctx, lease, held, held.cancelReason);
      return null;
    }
    const attempt = held.attempt + 1;
    const startedAt = ctx.now();
    await moveExecution(ctx, { executionId, from: "queued", to: "running", attempt, at: startedAt });
    await ctx.tx.insert(attempts).values({
      executionId,
      number: attempt,
      organizationId: held.organizationId,
      workerId: worker.id,
      leaseToken: lease.leaseToken,
      startedAt,
    });
    return { ...(await planOf(ctx, held)), attempt, nextSeq: (await lastSeq(ctx, executionId)) + 1 };
  });
  if (start) await hint(ctx, start);
  return start;
}

async function planOf(ctx: TxCtx, held: Held): Promise<Omit<AttemptStart, "attempt" | "nextSeq">> {
  const { executionId, runId, projectId, organizationId } = held;
  const [row] = await ctx.tx
    .select({
      browser: executions.browser,
      viewport: executions.viewport,
      content: testCaseVersions.content,
      variables: executions.variables,
      pinned: executions.groupVersions,
      shared: environments.variables,
      baseUrl: sql<
        string | null
      >`coalesce(${executions.baseUrl}, ${environments.baseUrl}, ${projects.baseUrl})`,
      hold: sql<
        AttemptStart["hold"] | null
      >`(select json_build_object('wanted', wanted, 'granted', steps_granted,
        'by', wanted_by, 'before', pause_before, 'holdsEnd', then_does = 'stop') from live_view v where v.execution_id = ${executionId})`,
      isWatched: sql<boolean>`exists (select from live_watch w where w.execution_id = ${executionId} and w.expires_at > now())`,
      evidence: sql<EvidencePolicy>`coalesce(${runs.evidence}, ${projects.evidence})`,
      video: sql<EvidencePolicy>`coalesce(${runs.video}, ${projects.video})`,
      snapshots: {
        testCaseId: executions.testCaseId,
        branch: effectiveBranch,
        defaultBranch: projects.defaultBranch,
        onNew: projects.newSnapshots,
      },
      artifactBytesLeft: sql<string | null>`(select p.artifact_bytes_max - coalesce(u.artifact_bytes, 0)
        from organization_plan p left join organization_usage u using (organization_id)
        where p.organization_id = ${organizationId} and p.artifact_bytes_max is not null)`,
      egressAllow: projects.egressAllow,
    })
    .from(executions)
    .innerJoin(projects, eq(projects.id, executions.projectId))
    .innerJoin(runs, eq(runs.id, executions.runId))
    .innerJoin(
      testCaseVersions,
      and(
        eq(testCaseVersions.testCaseId, executions.testCaseId),
        eq(testCaseVersions.version, executions.version),
      ),
    )
    .leftJoin(environments, eq(environments.id, executions.environmentId))
    .where(eq(executions.id, executionId));
  if (!row) throw new Error(`execution ${executionId} has no version to run`);
  const { steps } = row.content;
  const variables = { ...row.shared, ...row.variables };
  const groups = await groupsToRun(ctx, { executionId, projectId, pinned: row.pinned }, steps);
  const names = [...secretReferences([steps, groups, variables, row.baseUrl])];
  const secrets = names.length > 0 ? await openSecrets(ctx, projectId, names) : {};
  const { browser, viewport, baseUrl, evidence, video, egressAllow, snapshots } = row;
  return {
    executionId,
    runId,
    projectId,
    organizationId,
    browser,
    viewport,
    steps,
    groups,
    variables,
    secrets,
    baseUrl,
    hold: row.hold ?? { wanted: "run", granted: 0, by: null, before: null, holdsEnd: false },
    isWatched: row.isWatched,
    evidence,
    video,
    artifactBytesLeft: row.artifactBytesLeft === null ? null : Number(row.artifactBytesLeft),
    egressAllow,
    snapshots,
  };
}

/**
 * Appends events from number `fromSeq` on. Those that are there already are left out, so a batch whose answer was lost may be
 * sent again.
 * @returns the next free number, or null when the lease is lost: nothing was written then.
 */
export async function appendEvents(
  ctx: Ctx,
  lease: Lease,
  ref: AttemptRef,
  fromSeq: number,
  batch: readonly RunnerEvent[],
): Promise<number | null> {
  const next = await transaction(ctx, async (ctx) => {
    if (!(await isOurs(ctx, lease, ref))) return null;
    const last = await lastSeq(ctx, ref.executionId);
    if (fromSeq > last + 1) {
      throw new Error(`event ${fromSeq} of execution ${ref.executionId} would leave a gap after ${last}`);
    }
    const fresh = batch.slice(last + 1 - fromSeq);
    if (fresh.length > 0) await insertEvents(ctx, ref, last + 1, fresh);
    await recordFindings(ctx, ref, fresh);
    return last + 1 + fresh.length;
  });
  if (next !== null) await hint(ctx, ref);
  return next;
}

async function isOurs(ctx: TxCtx, lease: Lease, ref: AttemptRef): Promise<boolean> {
  const rows = await ctx.tx.execute(sql`
    with e as materialized (select id from execution where id = ${ref.executionId} for no key update),
    job as materialized (select 1 from outbox o join e on true
      where o.id = ${lease.jobId} and o.lease_token = ${lease.leaseToken} and o.state = 'running' for share of o)
    select 1 from job join attempt a on a.execution_id = ${ref.executionId} and a.number = ${ref.attempt}
      and a.lease_token = ${lease.leaseToken} and a.status = 'running'`);
  return rows.length > 0;
}

export type NewArtifact = {
  id: string;
  kind: ArtifactKind;
  name: string;
  step: number | null;
  contentType: string;
  sizeBytes: number;
  sha256: string;
  storageKey: string;
  width: number | null;
  height: number | null;
  /** Why it could not be stored; without it, it is stored. */
  lostReason?: string;
};

/** Records a file that is stored already, or one that is lost. May be repeated. @returns false when the lease is lost. */
export async function recordArtifact(
  ctx: Ctx,
  lease: Lease,
  ref: AttemptRef,
  artifact: NewArtifact,
): Promise<boolean> {
  if (artifact.sizeBytes > limits.artifactBytesMax && !artifact.lostReason) {
    throw new Error(
      `artifact ${artifact.id} has ${artifact.sizeBytes} bytes, more than ${limits.artifactBytesMax}`,
    );
  }
  const { executionId, organizationId, attempt } = ref;
  return transaction(ctx, async (ctx) => {
    if (!(await isOurs(ctx, lease, ref))) return false;
    const kept = await withinPlan(ctx, organizationId, artifact);
    await ctx.tx
      .insert(artifacts)
      .values({ ...storable(kept), executionId, organizationId, attempt, createdAt: ctx.now() })
      .onConflictDoNothing();
    // A film is made of them by whoever has time, not by who runs tests.
    if (kept.kind === "frames" && !kept.lostReason) {
      const payload = { artifactId: artifact.id };
      await enqueue(ctx.tx, { kind: "video", payload, organizationId, uniqueKey: artifact.id });
    }
    return true;
  });
}
