import { and, count, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { TestCaseStatus } from "../domain/states.ts";
import { testCases } from "../schema/tests.ts";
import { type Ctx, transaction } from "./context.ts";
import { getProject } from "./projects.ts";

/** How many cases of a project have each status; `all` and the statuses count what is not archived. */
export type TestCaseCounts = Record<TestCaseStatus | "all" | "archived", number>;

/**
 * Counts the test cases of a project, for the tabs of their list. A project holds thousands of cases at most, so this reads
 * one index range.
 * @throws AppError `not-found` for a project that the actor does not see.
 */
export async function countTestCases(ctx: Ctx, projectId: string): Promise<TestCaseCounts> {
  return transaction(ctx, async (inner) => {
    const project = await getProject(inner, projectId);
    const rows = await inner.tx
      .select({ status: testCases.status, count: count() })
      .from(testCases)
      .where(and(eq(testCases.projectId, project.id), isNull(testCases.archivedAt)))
      .groupBy(testCases.status);
    const [archived] = await inner.tx
      .select({ count: sql<number>`count(*)::int` })
      .from(testCases)
      .where(and(eq(testCases.projectId, project.id), isNotNull(testCases.archivedAt)));
    const counts = {
      draft: 0,
      active: 0,
      deprecated: 0,
      quarantined: 0,
      all: 0,
      archived: archived?.count ?? 0,
    };
    for (const row of rows) {
      counts[row.status] = row.count;
      counts.all += row.count;
    }
    return counts;
  });
}
