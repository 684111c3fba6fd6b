import { eq } from "drizzle-orm";
import type { z } from "zod";
import type { Egress, egressInputSchema } from "../domain/egress.ts";
import { projects } from "../schema/identity.ts";
import { authorizePlatform, type Ctx, recordAudit, transaction } from "./context.ts";
import { loadProject } from "./projects.ts";

export type EgressInput = z.output<typeof egressInputSchema>;

/** What the tests of a project may reach beyond public addresses, where workers hold them. */
export async function getEgress(ctx: Ctx, projectId: string): Promise<Egress> {
  return transaction(ctx, async (ctx) => {
    const { egressAllow } = await loadProject(ctx, projectId, "project.read");
    return { allow: egressAllow };
  });
}

/**
 * Says anew what a project may reach; attempts that begin from now on are held to it. Whoever administers the project can take
 * away; to add, one must administer the installation as well, since what is added may be a part of that.
 * @throws AppError `forbidden` for an entry that is new, to whom does not hold "egress.allow"
 */
export async function setEgress(ctx: Ctx, projectId: string, { allow }: EgressInput): Promise<Egress> {
  return transaction(ctx, async (ctx) => {
    const before = await loadProject(ctx, projectId, "project.update", "update");
    if (allow.some((entry) => !before.egressAllow.includes(entry))) authorizePlatform(ctx, "egress.allow");
    const change = { egressAllow: allow, updatedAt: ctx.now() };
    await ctx.tx.update(projects).set(change).where(eq(projects.id, before.id));
    await recordAudit(ctx, {
      action: "project.egress",
      entity: "project",
      entityId: before.id,
      organizationId: before.organizationId,
      before: { allow: before.egressAllow },
      after: { allow },
    });
    return { allow };
  });
}
