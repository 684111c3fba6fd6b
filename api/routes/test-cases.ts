import { z } from "zod";
import { AppError } from "../../db/domain/errors.ts";
import { browserSupportSchema } from "../../db/domain/matrix-resources.ts";
import { testCaseQuerySchema } from "../../db/domain/queries.ts";
import {
  type TestCase,
  type TestCaseChange,
  testCaseChangeSchema,
  testCaseInputSchema,
  testCaseSchema,
  testCaseSummarySchema,
} from "../../db/domain/resources.ts";
import { type Ctx, transaction } from "../../db/services/context.ts";
import { browsersForCase } from "../../db/services/matrix.ts";
import {
  archiveTestCase,
  cloneTestCase,
  createTestCase,
  getTestCase,
  listTestCases,
  updateTestCase,
} from "../../db/services/test-cases.ts";
import type { AppContext } from "../deps.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, wholeList } from "./shared.ts";

const tag = "Test cases";

const changeSchema = testCaseChangeSchema
  .extend({
    archived: z.boolean().optional().meta({ description: "Archive, or take back from the archive" }),
  })
  .meta({ id: "TestCaseChange" });

export function testCaseRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listTestCases",
      method: "get",
      path: "/test-cases",
      tag,
      summary: "The test cases of a project, without their steps",
      query: testCaseQuerySchema,
      status: 200,
      result: pageOf(testCaseSummarySchema),
      errors: ["not-found"],
    },
    ({ ctx, query }) => listTestCases(ctx, query),
  );

  endpoint(
    api,
    {
      id: "createTestCase",
      method: "post",
      path: "/test-cases",
      tag,
      summary: "Make a test case",
      body: named(testCaseInputSchema, "TestCaseInput"),
      bodyExample: {
        projectId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f",
        name: "Signs in",
        tags: ["smoke"],
        steps: [
          { type: "goto", url: "/login" },
          { type: "fill", target: "label=Email", value: "alice@example.com" },
          { type: "click", target: 'role=button[name="Sign in"]' },
          { type: "expectText", target: "role=heading", text: "Welcome" },
        ],
      },
      status: 201,
      result: testCaseSchema,
      errors: ["forbidden", "not-found"],
    },
    async ({ c, ctx, body }) => {
      const testCase = await createTestCase(ctx, body);
      c.header("Location", `/api/v1/test-cases/${testCase.id}`);
      return tagged(c, testCase);
    },
  );

  endpoint(
    api,
    {
      id: "getTestCase",
      method: "get",
      path: "/test-cases/{id}",
      tag,
      summary: "One test case with its steps",
      description: "The ETag is that of its version: send it back as If-Match with a change.",
      params: byId,
      status: 200,
      result: testCaseSchema,
    },
    async ({ c, ctx, params }) => tagged(c, await getTestCase(ctx, params.id)),
  );
  changeRoutes(api);
}

function changeRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listTestCaseBrowsers",
      method: "get",
      path: "/test-cases/{id}/browsers",
      tag,
      summary: "Which browsers can run the case as it is saved, and what keeps the others from it",
      params: byId,
      status: 200,
      result: pageOf(browserSupportSchema),
    },
    async ({ ctx, params }) => wholeList(await browsersForCase(ctx, params.id)),
  );

  endpoint(
    api,
    {
      id: "updateTestCase",
      method: "patch",
      path: "/test-cases/{id}",
      tag,
      summary: "Change a test case: a new version when its content is another",
      description:
        "With `expectedVersion` (409), or with `If-Match` (412), a change is refused when the case was saved since.",
      params: byId,
      body: changeSchema,
      bodyExample: { priority: "high", message: "Broke twice this week" },
      status: 200,
      result: testCaseSchema,
      errors: ["conflict", "precondition-failed"],
    },
    async ({ c, ctx, params, body }) => tagged(c, await change(c, ctx, params.id, body)),
  );

  endpoint(
    api,
    {
      id: "archiveTestCase",
      method: "delete",
      path: "/test-cases/{id}",
      tag,
      summary: "Put a test case into the archive, as `archived: true` does",
      params: byId,
      status: 204,
    },
    async ({ ctx, params }) => {
      await archiveTestCase(ctx, params.id, true);
      return undefined;
    },
  );

  endpoint(
    api,
    {
      id: "cloneTestCase",
      method: "post",
      path: "/test-cases/{id}/clone",
      tag,
      summary: "Copy a test case within its project",
      params: byId,
      status: 201,
      result: testCaseSchema,
    },
    async ({ c, ctx, params }) => {
      const testCase = await cloneTestCase(ctx, params.id);
      c.header("Location", `/api/v1/test-cases/${testCase.id}`);
      return tagged(c, testCase);
    },
  );
}

/** Content and archive in one transaction; what is refused leaves both as they were. */
async function change(
  c: AppContext,
  ctx: Ctx,
  id: string,
  { archived, ...content }: z.output<typeof changeSchema>,
): Promise<TestCase> {
  const matched = versionOf(c.req.header("If-Match"));
  const expected: Pick<TestCaseChange, "expectedVersion"> =
    matched === null ? {} : { expectedVersion: matched };
  try {
    return await transaction(ctx, async (ctx) => {
      const testCase = await updateTestCase(ctx, id, { ...content, ...expected });
      return archived === undefined ? testCase : archiveTestCase(ctx, id, archived);
    });
  } catch (error) {
    if (matched === null || !(error instanceof AppError) || error.code !== "conflict") throw error;
    throw new AppError("precondition-failed", error.message, { cause: error });
  }
}

/** @throws AppError `precondition-failed` for a tag that is not one of ours: it can't match. */
function versionOf(header: string | undefined): number | null {
  if (header === undefined || header.trim() === "*") return null;
  const version = /^"v(\d{1,9})"$/.exec(header.trim())?.[1];
  if (version === undefined || Number(version) < 1) {
    throw new AppError("precondition-failed", 'If-Match must be the ETag of a test case, such as "v3"');
  }
  return Number(version);
}

function tagged(c: AppContext, testCase: TestCase): TestCase {
  c.header("ETag", `"v${testCase.version}"`);
  return testCase;
}
