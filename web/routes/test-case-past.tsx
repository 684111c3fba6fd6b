import { Hono } from "hono";
import type { TestCase } from "../../db/domain/resources.ts";
import type { Ctx } from "../../db/services/context.ts";
import { listExecutions } from "../../db/services/executions.ts";
import { getTestCase } from "../../db/services/test-cases.ts";
import { getVersion, listVersions, restoreVersion } from "../../db/services/versions.ts";
import { may } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { TestCaseHistory } from "../pages/test-case-history.tsx";
import { TestCaseVersions } from "../pages/test-case-versions.tsx";
import { go, idOf, pathOf, type Site, signedIn } from "../site.tsx";
import { showTestCase } from "./show-test-case.tsx";

/** What a test case was, and how it went: versions and executions. */
export function testCasePastRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/test-cases/:id/versions",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const cursor = c.req.query("cursor");
      const page = await listVersions(ctx, testCase.id, { limit: 50, ...(cursor ? { cursor } : {}) });
      const props = {
        testCase,
        page,
        compared: await comparedVersions(c, ctx, testCase),
        path: pathOf(c),
        now: ctx.now(),
        writes: may(ctx, testCase, "testCase.write"),
      };
      const body = <TestCaseVersions {...props} />;
      return showTestCase(site, c, ctx, { testCase, tab: "versions", body });
    }),
  );

  app.post(
    "/test-cases/:id/versions/:n/restore",
    signedIn(async (c, ctx) => {
      const restored = await restoreVersion(ctx, idOf(c, "test case"), Number(c.req.param("n")));
      return go(c, `/test-cases/${restored.id}?saved=${restored.version}`);
    }),
  );

  app.get(
    "/test-cases/:id/history",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const cursor = c.req.query("cursor");
      const page = await listExecutions(ctx, {
        testCaseId: testCase.id,
        limit: 50,
        ...(cursor ? { cursor } : {}),
      });
      const body = <TestCaseHistory page={page} path={pathOf(c)} now={ctx.now()} />;
      return showTestCase(site, c, ctx, { testCase, tab: "history", body });
    }),
  );

  return app;
}

async function comparedVersions(c: WebContext, ctx: Ctx, testCase: TestCase) {
  const wanted = Number.parseInt(c.req.query("version") ?? "", 10);
  if (!Number.isInteger(wanted)) return null;
  const against = Number.parseInt(c.req.query("against") ?? "", 10);
  const base = Number.isInteger(against) ? against : wanted - 1;
  const after = await getVersion(ctx, testCase.id, wanted);
  return { after, before: base >= 1 && base !== wanted ? await getVersion(ctx, testCase.id, base) : null };
}
