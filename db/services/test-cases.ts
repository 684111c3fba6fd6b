import { isDeepStrictEqual } from "node:util";
import { and, arrayContains, eq, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { Page, TestCaseQuery } from "../domain/queries.ts";
import type { TestCase, TestCaseChange, TestCaseInput, TestCaseSummary } from "../domain/resources.ts";
import { groupsCalledBy } from "../domain/steps/index.ts";
import { type TestCaseContent, testCases, testCaseVersions } from "../schema/tests.ts";
import { type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadOpenProject, loadProject, type ProjectRow } from "./projects.ts";
import { searchQuery, searchTerms } from "./search-terms.ts";
import { loadTestCase, summaryColumns, summaryOf, type TestCaseRow, testCaseOf } from "./test-case-rows.ts";

/** The cases of a project. `search` takes whole words, and the beginning of the last one. */
export async function listTestCases(ctx: Ctx, query: TestCaseQuery): Promise<Page<TestCaseSummary>> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, query.projectId, "testCase.read");
    const order = orderOf(query.sort);
    const rows = await ctx.tx
      .select({ ...summaryColumns, cursorKey: cursorKey(order) })
      .from(testCases)
      .where(and(eq(testCases.projectId, project.id), matching(query), behind(order, query.cursor)))
      .orderBy(...orderBy(order))
      .limit(query.limit + 1);
    return pageOf(order, query.limit, rows, summaryOf, ({ row }) => row.id);
  });
}

function orderOf(sort: TestCaseQuery["sort"]): Order {
  const descending = sort.startsWith("-");
  const field = (descending ? sort.slice(1) : sort) as "name" | "createdAt" | "updatedAt";
  const column: PgColumn = testCases[field];
  return {
    name: sort,
    key: { column, kind: field === "name" ? "text" : "time" },
    id: testCases.id,
    descending,
  };
}

function matching({ search, status, priority, tag, archived }: TestCaseQuery): SQL | undefined {
  const words = search ? searchQuery(search) : null;
  return and(
    archived === "true" ? isNotNull(testCases.archivedAt) : isNull(testCases.archivedAt),
    status ? eq(testCases.status, status) : undefined,
    priority ? eq(testCases.priority, priority) : undefined,
    tag ? arrayContains(testCases.tags, [tag]) : undefined,
    words ? sql`${testCases.search} @@ ${words}::tsquery` : undefined,
  );
}

export async function getTestCase(ctx: Ctx, id: string): Promise<TestCase> {
  return transaction(ctx, async (ctx) => testCaseOf(await loadTestCase(ctx, id, "testCase.read")));
}

/** The case with its version 1. */
export async function createTestCase(ctx: Ctx, input: TestCaseInput): Promise<TestCase> {
  return transaction(ctx, async (ctx) => {
    const { projectId, ...content } = input;
    const project = await loadOpenProject(ctx, projectId, "testCase.write");
    return insertTestCase(ctx, project, content, { action: "create", message: "" });
  });
}

/** A case of its own with the content of another and version 1. */
export async function cloneTestCase(ctx: Ctx, id: string): Promise<TestCase> {
  return transaction(ctx, async (ctx) => {
    const { row, content } = await loadTestCase(ctx, id, "testCase.write");
    const project = await loadOpenProject(ctx, row.projectId, "testCase.write");
    const name = `Copy of ${content.name}`.slice(0, 200).trimEnd();
    const message = `Copied from version ${row.version} of "${row.name}"`;
    return insertTestCase(ctx, project, { ...content, name }, { action: "clone", message });
  });
}

async function insertTestCase(
  ctx: TxCtx,
  project: ProjectRow,
  content: TestCaseContent,
  { action, message }: { action: "create" | "clone"; message: string },
): Promise<TestCase> {
  const at = ctx.now();
  const row: TestCaseRow = {
    id: newId(),
    organizationId: project.organizationId,
    projectId: project.id,
    ...headOf(content),
    version: 1,
    archivedAt: null,
    createdAt: at,
    updatedAt: at,
  };
  await ctx.tx.insert(testCases).values({ ...row, search: searchVector(content) });
  await insertVersion(ctx, row, content, message);
  await audit(ctx, action, row, { after: auditable(row) });
  return testCaseOf({ row, content, lastExecution: null });
}

/**
 * Saves what is given and keeps the rest. A new version comes to be only when something is different.
 * @throws AppError `conflict` when `expectedVersion` is not the current one.
 */
export async function updateTestCase(ctx: Ctx, id: string, change: TestCaseChange): Promise<TestCase> {
  return transaction(ctx, async (ctx) => {
    const { message = "", expectedVersion, ...fields } = change;
    const before = await loadTestCase(ctx, id, "testCase.write", "update");
    if (expectedVersion !== undefined && expectedVersion !== before.row.version) {
      throw new AppError(
        "conflict",
        `the test case has been saved since: it is at version ${before.row.version}, not ${expectedVersion}`,
        { errors: [{ path: "expectedVersion", message: `the current version is ${before.row.version}` }] },
      );
    }
    const content = { ...before.content, ...given(fields) };
    if (isDeepStrictEqual(plain(content), plain(before.content))) return testCaseOf(before);
    const row = {
      ...before.row,
      ...headOf(content),
      version: before.row.version + 1,
      updatedAt: ctx.now(),
    };
    await ctx.tx
      .update(testCases)
      .set({
        ...headOf(content),
        version: row.version,
        updatedAt: row.updatedAt,
        search: searchVector(content),
      })
      .where(eq(testCases.id, row.id));
    await insertVersion(ctx, row, content, message);
    await audit(ctx, "update", row, { before: auditable(before.row), after: auditable(row) });
    return testCaseOf({ ...before, row, content });
  });
}

/** Takes a case out of lists and suites, or brings it back. Its history stays. */
export async function archiveTestCase(ctx: Ctx, id: string, archived: boolean): Promise<TestCase> {
  return transaction(ctx, async (ctx) => {
    const before = await loadTestCase(ctx, id, "testCase.write", "update");
    if ((before.row.archivedAt !== null) === archived) return testCaseOf(before);
    const at = ctx.now();
    const next = { archivedAt: archived ? at : null, updatedAt: at };
    await ctx.tx.update(testCases).set(next).where(eq(testCases.id, before.row.id));
    const row = { ...before.row, ...next };
    await audit(ctx, archived ? "archive" : "restore", row, {
      before: auditable(before.row),
      after: auditable(row),
    });
    return testCaseOf({ ...before, row });
  });
}

/** The columns of a case that repeat its current version, so that lists need not open it. */
function headOf(content: TestCaseContent) {
  const { name, description, expectedResult, group, priority, status, tags, steps } = content;
  return {
    name,
    description,
    expectedResult,
    groupName: group,
    priority,
    status,
    tags,
    stepCount: steps.length,
    calls: groupsCalledBy(steps),
  };
}

/** Terms are letters and digits alone, so the array's text form needs no escapes. */
function searchVector(content: TestCaseContent): SQL<string> {
  const terms = searchTerms(content).map((term) => `"${term}"`);
  return sql`array_to_tsvector(${`{${terms.join(",")}}`}::text[])`;
}

async function insertVersion(
  ctx: TxCtx,
  row: TestCaseRow,
  content: TestCaseContent,
  message: string,
): Promise<void> {
  await ctx.tx.insert(testCaseVersions).values({
    testCaseId: row.id,
    version: row.version,
    organizationId: row.organizationId,
    content,
    message,
    authorId: ctx.actor.kind === "user" ? ctx.actor.userId : null,
    createdAt: row.updatedAt,
  });
}

/** The fields that were given; a form leaves others undefined. */
function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** As it comes back from the database: without undefined fields and without prototypes. */
function plain(content: TestCaseContent): unknown {
  return JSON.parse(JSON.stringify(content));
}

/** The steps are in the versions, which nobody can change: the audit names the version. */
function auditable(row: TestCaseRow) {
  const { name, version, status, priority, tags, groupName, stepCount, archivedAt } = row;
  return { name, version, status, priority, tags, group: groupName, stepCount, archivedAt };
}

async function audit(
  ctx: TxCtx,
  verb: string,
  row: TestCaseRow,
  change: { before?: unknown; after?: unknown },
): Promise<void> {
  await recordAudit(ctx, {
    action: `testCase.${verb}`,
    entity: "testCase",
    entityId: row.id,
    organizationId: row.organizationId,
    ...change,
  });
}
