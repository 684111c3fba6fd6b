import { eq } from "drizzle-orm";
import { organizations } from "../schema/identity.ts";
import type { TxCtx } from "./context.ts";

/** How many executions of each of its projects start in one turn: what the organization's plan says. */
export async function shareWeightOf(ctx: TxCtx, organizationId: string): Promise<number> {
  const [row] = await ctx.tx
    .select({ weight: organizations.shareWeight })
    .from(organizations)
    .where(eq(organizations.id, organizationId));
  return row?.weight ?? 1;
}
