import { Hono } from "hono";
import { type TestCaseQuery, testCaseQuerySchema } from "../../db/domain/queries.ts";
import { testCaseInputSchema } from "../../db/domain/resources.ts";
import { startRunSchema } from "../../db/domain/start-resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { listExecutions } from "../../db/services/executions.ts";
import { getProject } from "../../db/services/projects.ts";
import { executeInMatrix } from "../../db/services/runs.ts";
import { countTestCases } from "../../db/services/test-case-counts.ts";
import {
  archiveTestCase,
  cloneTestCase,
  createTestCase,
  listTestCases,
} from "../../db/services/test-cases.ts";
import { may, placeOf } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { tagsOf } from "../forms/draft.ts";
import { matrixOf, readMatrixDraft } from "../forms/matrix-draft.ts";
import { NewTestCase, type NewTestCaseValues } from "../pages/new-test-case.tsx";
import { TestCaseList, TestCases } from "../pages/test-cases.tsx";
import { parseQueryBox } from "../parts/query-box.ts";
import { attempted, go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** The test cases of a project: the list, a new one, and what is done to one from its row. */
export function testCaseListRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/projects/:id/test-cases",
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const query = queryOf(c, projectId);
      const [project, page] = await Promise.all([getProject(ctx, projectId), listTestCases(ctx, query)]);
      const props = {
        project,
        page,
        query,
        typed: c.req.query("q") ?? "",
        path: pathOf(c),
        now: ctx.now(),
        writes: may(ctx, placeOf(project), "testCase.write"),
        runs: may(ctx, placeOf(project), "run.start"),
      };
      const counts = await countTestCases(ctx, projectId);
      if (wantedPart(c) === "test-case-list") return part(c, <TestCaseList {...props} counts={counts} />);
      return site.page(
        c,
        ctx,
        { title: `Test cases of ${project.name}`, project, section: "test-cases" },
        <TestCases {...props} counts={counts} />,
      );
    }),
  );

  app.get(
    "/projects/:id/test-cases/new",
    signedIn(async (c, ctx) => {
      const project = await getProject(ctx, idOf(c, "project"));
      const values = { name: "", group: c.req.query("group") ?? "", tags: "", priority: "medium" };
      const body = <NewTestCase project={project} values={values} errors={[]} />;
      return site.page(c, ctx, { title: "New test case", project, section: "test-cases" }, body);
    }),
  );

  app.post(
    "/projects/:id/test-cases",
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const values = newValues(await c.req.formData());
      const result = await attempted(() =>
        createTestCase(
          ctx,
          parseInput(testCaseInputSchema, {
            projectId,
            name: values.name,
            priority: values.priority,
            tags: tagsOf(values.tags),
            group: values.group.trim() || null,
            status: "draft",
          }),
        ),
      );
      if (result.error === undefined) return go(c, `/test-cases/${result.value.id}`);
      const project = await getProject(ctx, projectId);
      const { errors, message } = result.error;
      const body = <NewTestCase project={project} values={values} errors={errors} fault={message} />;
      return site.page(c, ctx, { title: "New test case", project, section: "test-cases" }, body, 422);
    }),
  );

  rowActions(app);
  return app;
}

/** What is done to a test case by one click. */
function rowActions(app: Hono<WebEnv>): void {
  app.post(
    "/test-cases/:id/run",
    signedIn(async (c, ctx) => {
      const testCaseId = idOf(c, "test case");
      const form = await c.req.formData();
      // The button alone says nothing of browsers; the form beside it does.
      const chosen = form.has("otherSizes") ? matrixOf(readMatrixDraft(form)) : {};
      const run = await executeInMatrix(ctx, parseInput(startRunSchema, { testCaseId, ...chosen }), "manual");
      const { items } = await listExecutions(ctx, { runId: run.id, limit: 2 });
      return go(c, items.length === 1 ? `/executions/${items[0]?.id}` : `/runs/${run.id}`);
    }),
  );

  app.post(
    "/test-cases/:id/clone",
    signedIn(async (c, ctx) => {
      const copy = await cloneTestCase(ctx, idOf(c, "test case"));
      return go(c, `/test-cases/${copy.id}`);
    }),
  );

  app.post(
    "/test-cases/:id/archive",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const testCase = await archiveTestCase(ctx, idOf(c, "test case"), form.get("archived") === "true");
      return go(c, `/projects/${testCase.projectId}/test-cases`);
    }),
  );
}

/** The filters of the address; what is typed into the box adds to them. */
function queryOf(c: WebContext, projectId: string): TestCaseQuery {
  const given: Record<string, string> = {};
  for (const name of ["status", "priority", "tag", "archived", "sort", "cursor"]) {
    const value = c.req.query(name);
    if (value) given[name] = value;
  }
  return parseInput(testCaseQuerySchema, {
    projectId,
    ...given,
    ...parseQueryBox((c.req.query("q") ?? "").slice(0, 400)),
  });
}

function newValues(form: FormData): NewTestCaseValues {
  const text = (name: string) => String(form.get(name) ?? "");
  return { name: text("name"), group: text("group"), tags: text("tags"), priority: text("priority") };
}
