import { and, desc, eq, or, type SQL, sql } from "drizzle-orm";
import type { EventBody, RunnerEvent } from "../domain/events.ts";
import { newId } from "../domain/ids.ts";
import { type BaselineQuestion, type NewSnapshotPolicy, variantText } from "../domain/snapshots.ts";
import { projects } from "../schema/identity.ts";
import { executions, runs } from "../schema/runs.ts";
import { baselines, snapshots } from "../schema/snapshots.ts";
import { storable } from "../storable.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import type { AttemptRef } from "./held-execution.ts";

/** What the worker does with pictures that steps compare: it asks for approved ones, and writes down what was found. */

/** Whose approved pictures the steps of an attempt are held to. */
export type SnapshotPlan = {
  testCaseId: string;
  branch: string;
  defaultBranch: string;
  onNew: NewSnapshotPolicy;
};

/** What one picture after the other is of. */
export type Subject = { testCaseId: string; branch: string; name: string; variant: string };

/** The branch that a run is of; for selects from `run` and its `project`. */
export const effectiveBranch = sql<string>`coalesce(${runs.branch}, ${projects.defaultBranch})`;

export type BaselineRow = typeof baselines.$inferSelect;

/**
 * The approved picture that an attempt is held to: that of its branch, or of the default branch where its own has none.
 * @returns null when nothing was approved yet
 */
export async function baselineOf(
  ctx: Ctx,
  { testCaseId, branch, defaultBranch }: SnapshotPlan,
  { name, variant }: BaselineQuestion,
): Promise<BaselineRow | null> {
  const subject = { testCaseId, branch, name, variant: variantText(variant) };
  return transaction(ctx, (ctx) => currentBaseline(ctx, subject, defaultBranch));
}

/** As `baselineOf`, in the transaction of whoever is about to change it. */
export async function currentBaseline(
  ctx: TxCtx,
  subject: Subject,
  defaultBranch: string,
): Promise<BaselineRow | null> {
  const { testCaseId, branch, name, variant } = subject;
  const [row] = await ctx.tx
    .select()
    .from(baselines)
    .where(
      and(
        eq(baselines.testCaseId, testCaseId),
        eq(baselines.name, name),
        eq(baselines.variant, variant),
        or(eq(baselines.branch, branch), eq(baselines.branch, defaultBranch)),
      ),
    )
    .orderBy(desc(sql`${baselines.branch} = ${branch}`), desc(baselines.revision))
    .limit(1);
  return row ?? null;
}

/**
 * Nobody else decides about these pictures, or adds one to them, until the transaction ends. To be called once in it: those who
 * lock several do so in the same order.
 */
export async function lockSubjects(ctx: TxCtx, subjects: readonly Subject[]): Promise<void> {
  const keys = new Set(
    subjects.map(({ testCaseId, branch, name, variant }) =>
      JSON.stringify([testCaseId, branch, name, variant]),
    ),
  );
  for (const key of [...keys].sort()) {
    await ctx.tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('snapshot of ' || ${key}, 0))`);
  }
}

/** Pictures of the same thing that nobody has decided about. */
export function waitingFor({ testCaseId, branch, name, variant }: Subject): SQL | undefined {
  return and(
    eq(snapshots.state, "waiting"),
    eq(snapshots.testCaseId, testCaseId),
    eq(snapshots.branch, branch),
    eq(snapshots.name, name),
    eq(snapshots.variant, variant),
  );
}

type Finding = Extract<EventBody, { type: "snapshot" }>;

/** Keeps the pictures that were new or looked different for somebody to decide about, in the transaction of their events. */
export async function recordFindings(
  ctx: TxCtx,
  ref: AttemptRef,
  batch: readonly RunnerEvent[],
): Promise<void> {
  const findings = batch
    .filter((event): event is RunnerEvent & Finding => event.type === "snapshot")
    .map((finding) => storable(finding));
  if (findings.length === 0) return;
  const about = await aboutOf(ctx, ref.executionId);
  const found = findings.map((finding) => ({
    finding,
    subject: { ...about, name: finding.name, variant: variantText(finding) },
  }));
  await lockSubjects(
    ctx,
    found.map(({ subject }) => subject),
  );
  for (const { finding, subject } of found) await record(ctx, ref, subject, finding);
}

async function aboutOf(ctx: TxCtx, executionId: string): Promise<{ testCaseId: string; branch: string }> {
  const [row] = await ctx.tx
    .select({ testCaseId: executions.testCaseId, branch: effectiveBranch })
    .from(executions)
    .innerJoin(runs, eq(runs.id, executions.runId))
    .innerJoin(projects, eq(projects.id, executions.projectId))
    .where(eq(executions.id, executionId));
  if (!row) throw new Error(`execution ${executionId} has no run`);
  return row;
}

async function record(ctx: TxCtx, ref: AttemptRef, subject: Subject, finding: Finding): Promise<void> {
  const { executionId, organizationId, projectId, runId, attempt } = ref;
  const { result, actualId } = finding;
  // A newer picture takes the place of older ones; one that matches says no more than that its own execution came right.
  const ofWhich = result === "matched" ? eq(snapshots.executionId, executionId) : undefined;
  await ctx.tx
    .update(snapshots)
    .set({ state: "outdated", decidedAt: ctx.now() })
    .where(and(waitingFor(subject), ofWhich));
  if (result === "matched" || actualId === null) return;
  const { browser, width, height, scale, mobile, platform } = finding;
  const { step, baselineId, expectedId, diffId, pixels, ratio } = finding;
  await ctx.tx.insert(snapshots).values({
    id: newId(),
    ...{ organizationId, projectId, runId, executionId, attempt, step },
    ...subject,
    ...{ browser, width, height, scale, mobile, platform },
    ...{ result, baselineId, actualId, expectedId, diffId, pixels, ratio },
    createdAt: ctx.now(),
  });
}
