import { and, eq, inArray, sql } from "drizzle-orm";
import type { z } from "zod";
import { type FieldError, invalidInput } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Page, suiteQuerySchema } from "../domain/queries.ts";
import type { Suite, SuiteInput, suiteChangeSchema, TestCaseSummary } from "../domain/resources.ts";
import { suiteCases, suites, testCases } from "../schema/tests.ts";
import { type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { requireEnvironment } from "./environments.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadOpenProject, loadProject } from "./projects.ts";
import { knownId } from "./refusals.ts";
import {
  casesOrder,
  casesWhere,
  inSuiteOrder,
  loadSuite,
  type SuiteRow,
  suiteColumns,
  suiteOf,
} from "./suite-rows.ts";
import { selectSummaries, summaryOf } from "./test-case-rows.ts";

export type SuiteQuery = z.output<typeof suiteQuerySchema>;
export type SuiteChange = z.output<typeof suiteChangeSchema>;

const newestFirst: Order = { name: "-id", key: null, id: suites.id, descending: true };

/** The suites of a project, the newest first. */
export async function listSuites(ctx: Ctx, query: SuiteQuery): Promise<Page<Suite>> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, query.projectId, "suite.read");
    const rows = await ctx.tx
      .select({ ...suiteColumns, cursorKey: cursorKey(newestFirst) })
      .from(suites)
      .where(and(eq(suites.projectId, project.id), behind(newestFirst, query.cursor)))
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(newestFirst, query.limit, rows, suiteOf, ({ row }) => row.id);
  });
}

export async function getSuite(ctx: Ctx, id: string): Promise<Suite> {
  return transaction(ctx, async (ctx) => suiteOf(await loadSuite(ctx, id, "suite.read")));
}

/** @throws AppError `invalid-input` naming the case or environment that is not one of the project. */
export async function createSuite(ctx: Ctx, input: SuiteInput): Promise<Suite> {
  return transaction(ctx, async (ctx) => {
    const project = await loadOpenProject(ctx, input.projectId, "suite.write");
    const at = ctx.now();
    const { name, description, tagQuery, environmentId, retries, browsers, viewports } = input;
    const row: SuiteRow = {
      id: newId(),
      organizationId: project.organizationId,
      projectId: project.id,
      name,
      description,
      tagQuery,
      environmentId,
      retries,
      browsers,
      viewports,
      createdAt: at,
      updatedAt: at,
    };
    await requireParts(ctx, row, input.testCaseIds);
    await ctx.tx.insert(suites).values(row);
    await insertCases(ctx, row, input.testCaseIds);
    return reloadAndAudit(ctx, "create", row.id);
  });
}

/**
 * Saves what is given and keeps the rest. A list of cases replaces tags and the other way round.
 * @throws AppError `invalid-input` naming the case or environment that is not one of the project.
 */
export async function updateSuite(ctx: Ctx, id: string, change: SuiteChange): Promise<Suite> {
  return transaction(ctx, async (ctx) => {
    const before = await loadSuite(ctx, id, "suite.write", "update");
    const { testCaseIds, tagQuery } = chosenBy(before.row, before.testCaseIds, change);
    const { row: old } = before;
    const row: SuiteRow = {
      ...old,
      name: change.name ?? old.name,
      description: change.description ?? old.description,
      tagQuery,
      environmentId: change.environmentId === undefined ? old.environmentId : change.environmentId,
      retries: change.retries ?? old.retries,
      browsers: change.browsers ?? old.browsers,
      viewports: change.viewports ?? old.viewports,
      updatedAt: ctx.now(),
    };
    await requireParts(ctx, row, testCaseIds);
    const { id: _, organizationId: __, projectId: ___, createdAt: ____, ...fields } = row;
    await ctx.tx.update(suites).set(fields).where(eq(suites.id, row.id));
    await ctx.tx.delete(suiteCases).where(eq(suiteCases.suiteId, row.id));
    await insertCases(ctx, row, testCaseIds);
    return reloadAndAudit(ctx, "update", row.id, suiteOf(before));
  });
}

function chosenBy(row: SuiteRow, current: string[], change: SuiteChange) {
  if (change.tagQuery) return { tagQuery: change.tagQuery, testCaseIds: change.testCaseIds ?? [] };
  const testCaseIds = change.testCaseIds ?? current;
  const keepsTags = change.tagQuery === undefined && !change.testCaseIds?.length;
  return { tagQuery: keepsTags ? row.tagQuery : null, testCaseIds };
}

/** Its runs stay and tell their name; its schedules stay and fail. */
export async function deleteSuite(ctx: Ctx, id: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    // Its schedules first, as who fires one does: the other way round the two could wait for each other.
    await ctx.tx.execute(
      sql`select 1 from schedule where suite_id = ${knownId(id, "suite")} order by id for update`,
    );
    const before = await loadSuite(ctx, id, "suite.write", "update");
    await ctx.tx.delete(suites).where(eq(suites.id, before.row.id));
    await audit(ctx, "delete", suiteOf(before), { before: suiteOf(before) });
  });
}

/** What the suite is made of: its list in order, or what its tags choose, by name. At most `limits.casesPerSuiteMax`. */
export async function casesOfSuite(ctx: Ctx, id: string): Promise<TestCaseSummary[]> {
  return transaction(ctx, async (ctx) => {
    const suite = await loadSuite(ctx, id, "suite.read");
    const rows = await selectSummaries(ctx, casesWhere(suite))
      .orderBy(...casesOrder)
      .limit(limits.casesPerSuiteMax);
    return inSuiteOrder(suite, rows.map(summaryOf));
  });
}

async function requireParts(ctx: TxCtx, row: SuiteRow, testCaseIds: readonly string[]): Promise<void> {
  if (row.tagQuery && testCaseIds.length > 0) {
    throw invalidInput([
      { path: "tagQuery", message: "a suite has either a list of cases or tags, not both" },
    ]);
  }
  await requireEnvironment(ctx, row.projectId, row.environmentId);
  const errors = await faultsOfCases(ctx, row.projectId, testCaseIds);
  if (errors.length > 0) throw invalidInput(errors);
}

async function faultsOfCases(ctx: TxCtx, projectId: string, ids: readonly string[]): Promise<FieldError[]> {
  if (ids.length === 0) return [];
  const rows = await ctx.tx
    .select({ id: testCases.id })
    .from(testCases)
    .where(and(eq(testCases.projectId, projectId), inArray(testCases.id, [...ids])));
  const known = new Set(rows.map(({ id }) => id));
  return ids.flatMap((id, index) => {
    const path = `testCaseIds.${index}`;
    if (!known.has(id)) return [{ path, message: `this project has no test case ${id}` }];
    return ids.indexOf(id) === index ? [] : [{ path, message: `the test case ${id} is there twice` }];
  });
}

async function insertCases(ctx: TxCtx, row: SuiteRow, testCaseIds: readonly string[]): Promise<void> {
  if (testCaseIds.length === 0) return;
  await ctx.tx.insert(suiteCases).values(
    testCaseIds.map((testCaseId, position) => ({
      suiteId: row.id,
      testCaseId,
      organizationId: row.organizationId,
      position,
    })),
  );
}

async function reloadAndAudit(ctx: TxCtx, verb: string, id: string, before?: Suite): Promise<Suite> {
  const suite = suiteOf(await loadSuite(ctx, id, "suite.write"));
  await audit(ctx, verb, suite, { before, after: suite });
  return suite;
}

async function audit(
  ctx: TxCtx,
  verb: string,
  { id, organizationId }: Suite,
  change: { before?: unknown; after?: unknown },
): Promise<void> {
  await recordAudit(ctx, {
    action: `suite.${verb}`,
    entity: "suite",
    entityId: id,
    organizationId,
    ...change,
  });
}
