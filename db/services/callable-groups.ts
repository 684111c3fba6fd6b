import { and, asc, eq } from "drizzle-orm";
import type { GroupContent } from "../domain/group-resources.ts";
import { limits } from "../domain/limits.ts";
import { stepGroups, stepGroupVersions } from "../schema/groups.ts";
import { type Ctx, transaction } from "./context.ts";
import { loadProject } from "./projects.ts";

/** A group as those who call it have to know it. */
export type CallableGroup = { id: string; name: string; parameters: GroupContent["parameters"] };

/** Every group of a project with its parameters, by name: at most `limits.groupsPerProjectMax`. */
export async function callableGroups(ctx: Ctx, projectId: string): Promise<CallableGroup[]> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "testCase.read");
    const rows = await ctx.tx
      .select({ id: stepGroups.id, name: stepGroups.name, content: stepGroupVersions.content })
      .from(stepGroups)
      .innerJoin(
        stepGroupVersions,
        and(eq(stepGroupVersions.groupId, stepGroups.id), eq(stepGroupVersions.version, stepGroups.version)),
      )
      .where(eq(stepGroups.projectId, project.id))
      .orderBy(asc(stepGroups.name))
      .limit(limits.groupsPerProjectMax);
    return rows.map(({ id, name, content }) => ({ id, name, parameters: content.parameters }));
  });
}
