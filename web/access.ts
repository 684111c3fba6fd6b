import { holds, type Permission } from "../db/domain/permissions.ts";
import type { Ctx } from "../db/services/context.ts";

/** Whether to offer something at all. The verb judges again: this only keeps buttons away that would be refused. */
export function may(ctx: Ctx, organizationId: string, permission: Permission): boolean {
  if (ctx.actor.kind !== "user") return false;
  const role = ctx.actor.roles.get(organizationId);
  return role !== undefined && holds(role, permission);
}
