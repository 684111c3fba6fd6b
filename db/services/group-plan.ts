import { and, eq, sql } from "drizzle-orm";
import { groupsCalledBy, type Step, type StepGroupContent } from "../domain/steps/index.ts";
import { stepGroups, stepGroupVersions } from "../schema/groups.ts";
import { executions } from "../schema/runs.ts";
import type { TxCtx } from "./context.ts";
import { groupsReachedBy } from "./group-rows.ts";

type Execution = { executionId: string; projectId: string; pinned: Record<string, number> | null };

/**
 * The groups that the steps of an execution may come to call, by their names, each in the version that is current when the
 * first attempt begins: later attempts run the same, whatever was saved meanwhile.
 */
export async function groupsToRun(
  ctx: TxCtx,
  { executionId, projectId, pinned }: Execution,
  steps: readonly Step[],
): Promise<Record<string, StepGroupContent>> {
  const called = groupsCalledBy(steps);
  if (called.length === 0) return {};
  const versions = pinned ?? (await pin(ctx, executionId, projectId, called));
  const wanted = Object.entries(versions);
  if (wanted.length === 0) return {};
  const rows = await ctx.tx
    .select({ name: stepGroups.name, content: stepGroupVersions.content })
    .from(stepGroups)
    .innerJoin(stepGroupVersions, eq(stepGroupVersions.groupId, stepGroups.id))
    .where(
      and(
        eq(stepGroups.projectId, projectId),
        sql`(${stepGroups.name}, ${stepGroupVersions.version}) in (select key, value::int from jsonb_each_text(${JSON.stringify(versions)}::text::jsonb))`,
      ),
    );
  return Object.fromEntries(
    rows.map(({ name, content: { parameters, steps } }) => [name, { parameters, steps }]),
  );
}

async function pin(
  ctx: TxCtx,
  executionId: string,
  projectId: string,
  called: readonly string[],
): Promise<Record<string, number>> {
  const reached = await groupsReachedBy(ctx, projectId, called);
  const versions = Object.fromEntries([...reached.values()].map(({ name, version }) => [name, version]));
  await ctx.tx.update(executions).set({ groupVersions: versions }).where(eq(executions.id, executionId));
  return versions;
}
