import { and, eq, type SQL } from "drizzle-orm";
import type { Page, PageQuery } from "../domain/queries.ts";
import type { TestCase, Version } from "../domain/resources.ts";
import { users } from "../schema/identity.ts";
import { testCaseVersions } from "../schema/tests.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { found } from "./refusals.ts";
import { loadTestCase } from "./test-case-rows.ts";
import { updateTestCase } from "./test-cases.ts";
import { iso } from "./times.ts";

const newestFirst: Order = {
  name: "-version",
  key: { column: testCaseVersions.version, kind: "number" },
  id: testCaseVersions.testCaseId,
  descending: true,
};

/** Every save of a case, the newest first. */
export async function listVersions(ctx: Ctx, testCaseId: string, query: PageQuery): Promise<Page<Version>> {
  return transaction(ctx, async (ctx) => {
    const { row } = await loadTestCase(ctx, testCaseId, "testCase.read");
    const where = and(eq(testCaseVersions.testCaseId, row.id), behind(newestFirst, query.cursor));
    const rows = await select(ctx, where)
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(newestFirst, query.limit, rows, versionOf, ({ version }) => version.testCaseId);
  });
}

export async function getVersion(ctx: Ctx, testCaseId: string, version: number): Promise<Version> {
  return transaction(ctx, async (ctx) => versionOf(await load(ctx, testCaseId, version)));
}

/** Saves an older content as a new version; history is never rewritten. */
export async function restoreVersion(ctx: Ctx, testCaseId: string, version: number): Promise<TestCase> {
  return transaction(ctx, async (ctx) => {
    const { version: old } = await load(ctx, testCaseId, version);
    return updateTestCase(ctx, testCaseId, { ...old.content, message: `Restored version ${version}` });
  });
}

type Loaded = { version: typeof testCaseVersions.$inferSelect; author: string | null; cursorKey: string };

async function load(ctx: TxCtx, testCaseId: string, version: number): Promise<Loaded> {
  const { row } = await loadTestCase(ctx, testCaseId, "testCase.read");
  const isNumber = Number.isInteger(version) && version >= 1 && version <= 999_999_999;
  const where = and(eq(testCaseVersions.testCaseId, row.id), eq(testCaseVersions.version, version));
  const [loaded] = isNumber ? await select(ctx, where) : [];
  return found(loaded, "version");
}

function select(ctx: TxCtx, where: SQL | undefined) {
  return ctx.tx
    .select({ version: testCaseVersions, author: users.name, cursorKey: cursorKey(newestFirst) })
    .from(testCaseVersions)
    .leftJoin(users, eq(users.id, testCaseVersions.authorId))
    .where(where)
    .$dynamic();
}

function versionOf({ version: row, author }: Loaded): Version {
  return {
    testCaseId: row.testCaseId,
    version: row.version,
    message: row.message,
    author,
    createdAt: iso(row.createdAt),
    ...row.content,
  };
}
