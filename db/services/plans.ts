import { eq, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import { noRoomForFile, type Plan, type PlanChange, type PlanLimits } from "../domain/tenancy.ts";
import { organizationPlans, organizationUsages } from "../schema/identity.ts";
import { authorizePlatform, type Ctx, inTenant, recordAudit, type TxCtx, transaction } from "./context.ts";
import { loadOrganization } from "./organizations.ts";

/** What an organization may use, and what it uses. Limits are for platform administrators to change. */

const unlimited: PlanLimits = {
  membersMax: null,
  projectsMax: null,
  parallelMax: null,
  retentionDays: null,
  resultDays: null,
  artifactBytesMax: null,
};

export async function getPlan(ctx: Ctx, organizationId: string): Promise<Plan> {
  return transaction(ctx, async (ctx) => {
    const { id } = await loadOrganization(ctx, organizationId);
    return planOf(ctx, id);
  });
}

/**
 * Changes limits; what is left out stays. What is used already stays as well: a limit below it only keeps more from coming.
 * @throws AppError `not-found` for an organization that does not exist
 */
export async function changePlan(ctx: Ctx, organizationId: string, change: PlanChange): Promise<Plan> {
  authorizePlatform(ctx, "organizations.manage");
  return inTenant(ctx, organizationId, async (inner) => {
    const { id } = await loadOrganization(inner, organizationId, "update");
    const before = await limitsOf(inner, id);
    const limits = { ...before, ...definedOf(change) };
    const row = { ...limits, changedBy: nameOf(ctx), changedAt: ctx.now() };
    await inner.tx
      .insert(organizationPlans)
      .values({ organizationId: id, ...row })
      .onConflictDoUpdate({ target: organizationPlans.organizationId, set: row });
    // Of the person, not of the installation's hand that reached in.
    await recordAudit(
      { ...inner, actor: ctx.actor },
      {
        action: "plan.change",
        entity: "organization",
        entityId: id,
        organizationId: id,
        before,
        after: limits,
      },
    );
    return planOf(inner, id);
  });
}

/** What can run out, with the word for it. */
const countable = {
  members: { limit: "membersMax", word: "members" },
  projects: { limit: "projectsMax", word: "projects" },
} as const;

/**
 * Makes sure that there is room for one more. The caller has locked the organization (`lockOrganization`), so that of two who
 * take the last place one is refused.
 * @throws AppError `conflict` when there is none
 */
export async function requireRoom(
  ctx: TxCtx,
  organizationId: string,
  what: keyof typeof countable,
): Promise<void> {
  const { limit, word } = countable[what];
  const most = (await limitsOf(ctx, organizationId))[limit];
  if (most === null) return;
  const used = (await useOf(ctx, organizationId))[what];
  if (used < most) return;
  throw new AppError(
    "conflict",
    `the plan of this organization has room for ${most} ${word}; ${used} are there`,
  );
}

export async function limitsOf({ tx }: TxCtx, organizationId: string): Promise<PlanLimits> {
  const [row] = await tx
    .select()
    .from(organizationPlans)
    .where(eq(organizationPlans.organizationId, organizationId));
  if (!row) return unlimited;
  const { membersMax, projectsMax, parallelMax, retentionDays, resultDays, artifactBytesMax } = row;
  return { membersMax, projectsMax, parallelMax, retentionDays, resultDays, artifactBytesMax };
}

export async function planOf(ctx: TxCtx, organizationId: string): Promise<Plan> {
  const limits = await limitsOf(ctx, organizationId);
  return { organizationId, limits, use: await useOf(ctx, organizationId) };
}

async function useOf({ tx }: TxCtx, organizationId: string): Promise<Plan["use"]> {
  const [row] = await tx.execute<Plan["use"] & { artifactBytes: string }>(sql`select
    (select count(*)::int from member where organization_id = ${organizationId}) as members,
    (select count(*)::int from project where organization_id = ${organizationId} and archived_at is null) as projects,
    (select count(*)::int from outbox where organization_id = ${organizationId} and state = 'running'
      and kind = 'execution') as parallel,
    coalesce((select artifact_bytes from organization_usage where organization_id = ${organizationId}), 0)
      as "artifactBytes"`);
  if (!row) throw new Error("a select without a table has one row");
  return { ...row, artifactBytes: Number(row.artifactBytes) };
}

/**
 * A file as it is to be recorded: as it is, or as lost when the plan has no room for it. Of those that come at the same time
 * each sees what the others took.
 */
export async function withinPlan<A extends { sizeBytes: number; lostReason?: string }>(
  ctx: TxCtx,
  organizationId: string,
  artifact: A,
): Promise<A> {
  if (artifact.lostReason) return artifact;
  const { artifactBytesMax } = await limitsOf(ctx, organizationId);
  if (artifactBytesMax === null) return artifact;
  await ctx.tx.insert(organizationUsages).values({ organizationId }).onConflictDoNothing();
  const [used] = await ctx.tx
    .select({ artifactBytes: organizationUsages.artifactBytes })
    .from(organizationUsages)
    .where(eq(organizationUsages.organizationId, organizationId))
    .for("update");
  if ((used?.artifactBytes ?? 0) + artifact.sizeBytes <= artifactBytesMax) return artifact;
  return { ...artifact, lostReason: noRoomForFile };
}

function definedOf(change: PlanChange): Partial<PlanLimits> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function nameOf({ actor }: Ctx): string {
  return actor.kind === "user" ? actor.email : actor.name;
}
