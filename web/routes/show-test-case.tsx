import type { Child } from "hono/jsx";
import type { TestCase } from "../../db/domain/resources.ts";
import type { Ctx } from "../../db/services/context.ts";
import { browsersForCase } from "../../db/services/matrix.ts";
import { getProject } from "../../db/services/projects.ts";
import { may } from "../access.ts";
import type { WebContext } from "../env.ts";
import type { PageHead } from "../layout.tsx";
import { TestCaseHead, type TestCaseTab } from "../pages/test-case-head.tsx";
import type { Site } from "../site.tsx";

/** Answers a tab of a test case below the head that they share. */
export async function showTestCase(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  {
    testCase,
    tab,
    body,
    scripts = [],
  }: { testCase: TestCase; tab: TestCaseTab; body: Child; scripts?: PageHead["scripts"] },
  status: 200 | 409 | 422 = 200,
): Promise<Response> {
  const [project, support] = await Promise.all([
    getProject(ctx, testCase.projectId),
    browsersForCase(ctx, testCase.id),
  ]);
  const rights = {
    writes: may(ctx, testCase, "testCase.write"),
    runs: may(ctx, testCase, "run.start") && testCase.steps.length > 0,
  };
  return site.page(
    c,
    ctx,
    { title: testCase.name, project, section: "test-cases", scripts: ["editor", ...scripts] },
    <>
      <TestCaseHead
        project={project}
        testCase={testCase}
        tab={tab}
        now={ctx.now()}
        support={support}
        {...rights}
      />
      {body}
    </>,
    status,
  );
}
