import { and, eq, type SQL, sql } from "drizzle-orm";
import type { ProjectPermission } from "../domain/permissions.ts";
import type { TestCase, TestCaseSummary } from "../domain/resources.ts";
import { type TestCaseContent, testCases, testCaseVersions } from "../schema/tests.ts";
import { authorize, type TxCtx } from "./context.ts";
import { found, knownId } from "./refusals.ts";
import { iso, isoOrNull, isoText } from "./times.ts";

export type TestCaseRow = Omit<typeof testCases.$inferSelect, "search">;

type LastExecution = TestCase["lastExecution"];

/** The newest execution of each case, found by one step down its index. Only for a select from `test_case` by that name. */
const lastExecution = sql<LastExecution>`(select jsonb_build_object('id', e.id, 'status', e.status,
    'finishedAt', ${isoText(sql`e.finished_at`)})
  from execution e where e.test_case_id = test_case.id order by e.id desc limit 1)`;

const row = {
  id: testCases.id,
  organizationId: testCases.organizationId,
  projectId: testCases.projectId,
  name: testCases.name,
  description: testCases.description,
  expectedResult: testCases.expectedResult,
  groupName: testCases.groupName,
  priority: testCases.priority,
  status: testCases.status,
  tags: testCases.tags,
  version: testCases.version,
  stepCount: testCases.stepCount,
  calls: testCases.calls,
  archivedAt: testCases.archivedAt,
  createdAt: testCases.createdAt,
  updatedAt: testCases.updatedAt,
};

/** What a summary is made of: never the steps. */
export const summaryColumns = { row, lastExecution };

type SummaryRow = { row: TestCaseRow; lastExecution: LastExecution };
export type LoadedTestCase = SummaryRow & { content: TestCaseContent };

/** A case with the content of its current version, for a caller who holds the permission. */
export async function loadTestCase(
  ctx: TxCtx,
  id: string,
  permission: ProjectPermission,
  lock?: "update",
): Promise<LoadedTestCase> {
  const caseId = knownId(id, "test case");
  // Locked first, so that what is read afterwards is what the last writer left.
  if (lock) await ctx.tx.execute(sql`select 1 from test_case where id = ${caseId} for update`);
  const [loaded] = await ctx.tx
    .select({ ...summaryColumns, content: testCaseVersions.content })
    .from(testCases)
    .innerJoin(
      testCaseVersions,
      and(eq(testCaseVersions.testCaseId, testCases.id), eq(testCaseVersions.version, testCases.version)),
    )
    .where(eq(testCases.id, caseId));
  const testCase = found(loaded, "test case");
  authorize(ctx, testCase.row, permission, "test case");
  return testCase;
}

/** Summaries in any order, of cases that the condition chooses; the caller bounds them. */
export function selectSummaries(ctx: TxCtx, where: SQL | undefined) {
  return ctx.tx.select(summaryColumns).from(testCases).where(where).$dynamic();
}

export function testCaseOf({ content, ...summary }: LoadedTestCase): TestCase {
  const { stepCount: _, ...rest } = summaryOf(summary);
  return { ...rest, steps: content.steps };
}

export function summaryOf({ row, lastExecution }: SummaryRow): TestCaseSummary {
  return {
    id: row.id,
    projectId: row.projectId,
    organizationId: row.organizationId,
    name: row.name,
    description: row.description,
    expectedResult: row.expectedResult,
    priority: row.priority,
    status: row.status,
    tags: row.tags,
    group: row.groupName,
    version: row.version,
    stepCount: row.stepCount,
    lastExecution,
    archivedAt: isoOrNull(row.archivedAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
