import { and, eq, inArray, sql } from "drizzle-orm";
import { invalidInput } from "../domain/errors.ts";
import type { GroupContent, StepGroup } from "../domain/group-resources.ts";
import { limits } from "../domain/limits.ts";
import type { ProjectPermission } from "../domain/permissions.ts";
import { stepGroups, stepGroupVersions } from "../schema/groups.ts";
import { authorize, type TxCtx } from "./context.ts";
import { found, knownId } from "./refusals.ts";
import { iso } from "./times.ts";

/** Groups of steps as they are loaded, through the actor, shown, and followed to those that they call. */

export type GroupRow = typeof stepGroups.$inferSelect;
export type LoadedGroup = { row: GroupRow; content: GroupContent };

const currentVersion = and(
  eq(stepGroupVersions.groupId, stepGroups.id),
  eq(stepGroupVersions.version, stepGroups.version),
);

/** With `update` nobody else saves it until the transaction has ended. */
export async function loadGroup(
  ctx: TxCtx,
  projectId: string,
  id: string,
  permission: ProjectPermission,
  lock?: "update",
): Promise<LoadedGroup> {
  const groupId = knownId(id, "group");
  if (lock) await ctx.tx.execute(sql`select 1 from step_group where id = ${groupId} for update`);
  const [loaded] = await ctx.tx
    .select({ row: stepGroups, content: stepGroupVersions.content })
    .from(stepGroups)
    .innerJoin(stepGroupVersions, currentVersion)
    .where(and(eq(stepGroups.id, groupId), eq(stepGroups.projectId, knownId(projectId, "project"))));
  const group = found(loaded, "group");
  authorize(ctx, group.row, permission, "group");
  return group;
}

export function groupOf({ row, content }: LoadedGroup): StepGroup {
  const { id, projectId, organizationId, version } = row;
  const { name, description, parameters, steps } = content;
  return {
    id,
    projectId,
    organizationId,
    name,
    description,
    parameters,
    steps,
    version,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}

type Called = Pick<GroupRow, "id" | "name" | "version" | "calls">;

/** The groups of a project that steps lead to by calls, over others as well. Names that no group has are left out. */
export async function groupsReachedBy(
  ctx: TxCtx,
  projectId: string,
  names: readonly string[],
): Promise<Map<string, Called>> {
  const reached = new Map<string, Called>();
  let wanted = [...names];
  while (wanted.length > 0 && reached.size <= limits.groupsPerProjectMax) {
    const rows = await ctx.tx
      .select({
        id: stepGroups.id,
        name: stepGroups.name,
        version: stepGroups.version,
        calls: stepGroups.calls,
      })
      .from(stepGroups)
      .where(and(eq(stepGroups.projectId, projectId), inArray(stepGroups.name, wanted)));
    for (const row of rows) reached.set(row.name, row);
    wanted = [...new Set(rows.flatMap(({ calls }) => calls))].filter((name) => !reached.has(name));
  }
  return reached;
}

/**
 * Makes sure that a group which calls these ends.
 * @throws AppError `invalid-input` with the way that comes back to where it began, or leads too deep.
 */
export async function refuseCircles(
  ctx: TxCtx,
  projectId: string,
  name: string,
  calls: readonly string[],
): Promise<void> {
  if (calls.length === 0) return;
  const reached = await groupsReachedBy(ctx, projectId, calls);
  // As it will be once this is saved.
  const callsOf = (called: string) => (called === name ? calls : (reached.get(called)?.calls ?? []));
  const way = wayThatFails(name, callsOf);
  if (way === null) return;
  const message =
    way.at(-1) === name
      ? `groups call each other in a circle: ${way.join(" → ")}`
      : `groups call each other more than ${limits.groupCallDepthMax} deep: ${way.join(" → ")}`;
  throw invalidInput([{ path: "steps", message }]);
}

/** The first way from a group that comes back to it, or is longer than calls may be deep; each group is followed once. */
function wayThatFails(name: string, callsOf: (name: string) => readonly string[]): string[] | null {
  const depths = new Map<string, number>();
  const open: string[][] = [[name]];
  for (let way = open.pop(); way !== undefined; way = open.pop()) {
    for (const called of callsOf(way.at(-1) ?? "")) {
      const next = [...way, called];
      if (called === name || next.length > limits.groupCallDepthMax) return next;
      // Again only when it was reached by a shorter way before: this one goes deeper.
      if ((depths.get(called) ?? 0) >= next.length) continue;
      depths.set(called, next.length);
      open.push(next);
    }
  }
  return null;
}
