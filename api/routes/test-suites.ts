import { browserSupportSchema } from "../../db/domain/matrix-resources.ts";
import { suiteQuerySchema } from "../../db/domain/queries.ts";
import {
  runSchema,
  suiteChangeSchema,
  suiteInputSchema,
  suiteSchema,
  testCaseSummarySchema,
} from "../../db/domain/resources.ts";
import { executeSuiteSchema } from "../../db/domain/start-resources.ts";
import { browsersForSuite } from "../../db/services/matrix.ts";
import { executeSuite } from "../../db/services/runs.ts";
import {
  casesOfSuite,
  createSuite,
  deleteSuite,
  getSuite,
  listSuites,
  updateSuite,
} from "../../db/services/suites.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, triggerOf, wholeList } from "./shared.ts";

const tag = "Test suites";

export function testSuiteRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listTestSuites",
      method: "get",
      path: "/test-suites",
      tag,
      summary: "The suites of a project",
      query: suiteQuerySchema,
      status: 200,
      result: pageOf(suiteSchema),
      errors: ["not-found"],
    },
    ({ ctx, query }) => listSuites(ctx, query),
  );

  endpoint(
    api,
    {
      id: "createTestSuite",
      method: "post",
      path: "/test-suites",
      tag,
      summary: "Make a suite, of listed cases or by a tag query",
      body: named(suiteInputSchema, "SuiteInput"),
      bodyExample: { projectId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f", name: "Smoke", tagQuery: ["smoke"] },
      status: 201,
      result: suiteSchema,
      errors: ["forbidden", "not-found"],
    },
    async ({ c, ctx, body }) => {
      const suite = await createSuite(ctx, body);
      c.header("Location", `/api/v1/test-suites/${suite.id}`);
      return suite;
    },
  );

  endpoint(
    api,
    {
      id: "getTestSuite",
      method: "get",
      path: "/test-suites/{id}",
      tag,
      summary: "One suite",
      params: byId,
      status: 200,
      result: suiteSchema,
    },
    ({ ctx, params }) => getSuite(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "updateTestSuite",
      method: "patch",
      path: "/test-suites/{id}",
      tag,
      summary: "Change a suite; `testCaseIds` replaces the list and its order",
      params: byId,
      body: named(suiteChangeSchema, "SuiteChange"),
      status: 200,
      result: suiteSchema,
    },
    ({ ctx, params, body }) => updateSuite(ctx, params.id, body),
  );
  contentRoutes(api);
}

function contentRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "deleteTestSuite",
      method: "delete",
      path: "/test-suites/{id}",
      tag,
      summary: "Remove a suite; its cases and runs stay",
      params: byId,
      status: 204,
    },
    async ({ ctx, params }) => {
      await deleteSuite(ctx, params.id);
      return undefined;
    },
  );

  endpoint(
    api,
    {
      id: "listTestSuiteCases",
      method: "get",
      path: "/test-suites/{id}/cases",
      tag,
      summary: "The cases that a run of the suite would take, in their order",
      params: byId,
      status: 200,
      result: pageOf(testCaseSummarySchema),
    },
    async ({ ctx, params }) => wholeList(await casesOfSuite(ctx, params.id)),
  );

  endpoint(
    api,
    {
      id: "listTestSuiteBrowsers",
      method: "get",
      path: "/test-suites/{id}/browsers",
      tag,
      summary: "What each browser can run of the suite, and what would be skipped in it and why",
      params: byId,
      status: 200,
      result: pageOf(browserSupportSchema),
    },
    async ({ ctx, params }) => wholeList(await browsersForSuite(ctx, params.id)),
  );

  endpoint(
    api,
    {
      id: "executeTestSuite",
      method: "post",
      path: "/test-suites/{id}/execute",
      tag,
      summary: "Run a suite",
      description:
        "Each case once for each browser and screen: those of the suite, unless others are given. Where a browser can't do a " +
        "step of a case the execution is `skipped` and says why; when nothing would be left, the answer is 422.",
      params: byId,
      body: named(executeSuiteSchema, "ExecuteSuite"),
      isBodyOptional: true,
      bodyExample: { variables: { plan: "pro" }, retries: 1, browsers: ["chromium", "firefox"] },
      status: 202,
      result: runSchema,
      errors: ["conflict"],
    },
    async ({ c, ctx, params, body }) => {
      const run = await executeSuite(ctx, params.id, body, triggerOf(c));
      c.header("Location", `/api/v1/runs/${run.id}`);
      return run;
    },
  );
}
