import { and, arrayContains, asc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import { limits } from "../domain/limits.ts";
import type { ProjectPermission } from "../domain/permissions.ts";
import type { Suite } from "../domain/resources.ts";
import { suites, testCases } from "../schema/tests.ts";
import { authorize, type TxCtx } from "./context.ts";
import { found, knownId } from "./refusals.ts";
import { iso, isoText } from "./times.ts";

export type SuiteRow = typeof suites.$inferSelect;
export type LoadedSuite = {
  row: SuiteRow;
  testCaseIds: string[];
  taggedCount: number;
  lastRun: Suite["lastRun"];
};

/** Only for a select from `suite` by that name. */
export const suiteColumns = {
  row: suites,
  testCaseIds: sql<string[]>`coalesce((select array_agg(sc.test_case_id::text order by sc.position)
    from suite_case sc where sc.suite_id = suite.id), '{}')`,
  taggedCount: sql<number>`case when suite.tag_query is null then 0 else (select count(*)::int from test_case t
    where t.project_id = suite.project_id and t.archived_at is null and t.status = 'active'
      and t.tags @> suite.tag_query) end`,
  lastRun: sql<Suite["lastRun"]>`(select jsonb_build_object('id', r.id, 'status', r.status,
      'finishedAt', ${isoText(sql`r.finished_at`)})
    from run r where r.suite_id = suite.id order by r.id desc limit 1)`,
};

export async function loadSuite(
  ctx: TxCtx,
  id: string,
  permission: ProjectPermission,
  lock?: "update",
): Promise<LoadedSuite> {
  const suiteId = knownId(id, "suite");
  if (lock) await ctx.tx.execute(sql`select 1 from suite where id = ${suiteId} for update`);
  const [loaded] = await ctx.tx.select(suiteColumns).from(suites).where(eq(suites.id, suiteId));
  const suite = found(loaded, "suite");
  authorize(ctx, suite.row, permission, "suite");
  return suite;
}

/** The condition for the cases that a suite is made of: its list, or what its tags choose. */
export function casesWhere({ row, testCaseIds }: LoadedSuite): SQL | undefined {
  const chosen = row.tagQuery
    ? and(
        isNull(testCases.archivedAt),
        eq(testCases.status, "active"),
        row.tagQuery.length > 0 ? arrayContains(testCases.tags, row.tagQuery) : undefined,
      )
    : inArray(testCases.id, testCaseIds);
  return and(eq(testCases.projectId, row.projectId), chosen);
}

/** In the order of the list, or by name; never more than a suite may hold, and one, so that too many can be told. */
export function inSuiteOrder<T extends { id: string }>({ row, testCaseIds }: LoadedSuite, cases: T[]): T[] {
  if (row.tagQuery) return cases;
  const position = new Map(testCaseIds.map((id, index) => [id, index]));
  return cases.toSorted((a, b) => (position.get(a.id) ?? 0) - (position.get(b.id) ?? 0));
}

export const casesOrder = [asc(testCases.name), asc(testCases.id)];
export const casesLimit = limits.casesPerSuiteMax + 1;

export function suiteOf({ row, testCaseIds, taggedCount, lastRun }: LoadedSuite): Suite {
  return {
    id: row.id,
    projectId: row.projectId,
    organizationId: row.organizationId,
    name: row.name,
    description: row.description,
    testCaseIds,
    tagQuery: row.tagQuery,
    environmentId: row.environmentId,
    retries: row.retries,
    browsers: row.browsers,
    viewports: row.viewports,
    caseCount: row.tagQuery ? taggedCount : testCaseIds.length,
    lastRun,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
