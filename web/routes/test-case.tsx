import { Hono } from "hono";
import type { Child } from "hono/jsx";
import type { AppError } from "../../db/domain/errors.ts";
import { type TestCase, testCaseChangeSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { formatTestCase, parseTestCaseYaml } from "../../db/domain/yaml.ts";
import type { Ctx } from "../../db/services/context.ts";
import { listExecutions } from "../../db/services/executions.ts";
import { getProject } from "../../db/services/projects.ts";
import { getTestCase, updateTestCase } from "../../db/services/test-cases.ts";
import { getVersion, listVersions, restoreVersion } from "../../db/services/versions.ts";
import { may } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { contentOf, draftOf } from "../forms/case-draft.ts";
import { applyOperation, changeOf, type Draft, readDraft } from "../forms/draft.ts";
import { type EditorProps, StepEditor, StepReader } from "../pages/step-editor.tsx";
import { TestCaseHead, type TestCaseTab } from "../pages/test-case-head.tsx";
import { TestCaseHistory } from "../pages/test-case-history.tsx";
import { TestCaseVersions } from "../pages/test-case-versions.tsx";
import { TestCaseYaml } from "../pages/test-case-yaml.tsx";
import { attempted, go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** One test case: its steps, the same as YAML, its versions, its history. */
export function testCaseRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  const show = async (c: WebContext, ctx: Ctx, testCase: TestCase, tab: TestCaseTab, body: Child, status: 200 | 409 | 422 = 200) => {
    const project = await getProject(ctx, testCase.projectId);
    const rights = {
      writes: may(ctx, testCase.organizationId, "testCase.write"),
      runs: may(ctx, testCase.organizationId, "run.start") && testCase.steps.length > 0,
    };
    return site.page(
      c,
      ctx,
      { title: testCase.name, project, section: "test-cases", scripts: ["editor"] },
      <>
        <TestCaseHead project={project} testCase={testCase} tab={tab} now={ctx.now()} {...rights} />
        {body}
      </>,
      status,
    );
  };

  const showEditor = (c: WebContext, ctx: Ctx, testCase: TestCase, props: EditorProps, status: 200 | 409 | 422 = 200) => {
    const editor = <StepEditor {...props} />;
    if (wantedPart(c) === "editor") return part(c, editor, status);
    return show(c, ctx, testCase, "steps", editor, status);
  };

  app.get(
    "/test-cases/:id",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const open = Number.parseInt(c.req.query("step") ?? "", 10);
      const draft = draftOf(testCase, Number.isInteger(open) && open > 0 ? open - 1 : null);
      if (!may(ctx, testCase.organizationId, "testCase.write")) {
        return show(c, ctx, testCase, "steps", <StepReader draft={draft} />);
      }
      const saved = c.req.query("saved") === String(testCase.version) ? testCase.version : null;
      return showEditor(c, ctx, testCase, { testCaseId: testCase.id, draft, errors: [], raw: {}, fault: null, saved });
    }),
  );

  app.post(
    "/test-cases/:id/edit",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const form = await c.req.formData();
      const { draft, errors, raw } = readDraft(form);
      const operation = String(form.get("op") ?? "keep");
      const props = { testCaseId: testCase.id, draft, errors, raw, fault: null, saved: null };
      if (errors.length > 0) {
        return showEditor(c, ctx, testCase, { ...props, fault: { title: "Finish the open step first", conflictWith: null } }, 422);
      }
      const [verb, version] = operation.split(":");
      if (verb !== "save" && verb !== "overwrite") {
        return showEditor(c, ctx, testCase, { ...props, draft: applyOperation(draft, operation) });
      }
      const expectedVersion = verb === "overwrite" ? Number(version) || draft.expectedVersion : draft.expectedVersion;
      const wanted = { ...draft, expectedVersion };
      const result = await attempted(() =>
        updateTestCase(ctx, testCase.id, parseInput(testCaseChangeSchema, changeOf(wanted))),
      );
      if (result.error === undefined) return go(c, `/test-cases/${testCase.id}?saved=${result.value.version}`);
      const refused = { ...props, ...refusal(result.error, wanted, testCase) };
      return showEditor(c, ctx, testCase, refused, result.error.code === "conflict" ? 409 : 422);
    }),
  );

  app.get(
    "/test-cases/:id/yaml",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const props = { testCaseId: testCase.id, text: formatTestCase(contentOf(testCase)), message: "", errors: [], fault: null };
      const writes = may(ctx, testCase.organizationId, "testCase.write");
      return show(c, ctx, testCase, "yaml", <TestCaseYaml {...props} writes={writes} expectedVersion={testCase.version} />);
    }),
  );

  app.post(
    "/test-cases/:id/yaml",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const form = await c.req.formData();
      const text = String(form.get("yaml") ?? "").replace(/\r\n?/g, "\n");
      const message = String(form.get("message") ?? "");
      const expectedVersion = Number(form.get("expectedVersion")) || testCase.version;
      const result = await attempted(() =>
        updateTestCase(
          ctx,
          testCase.id,
          parseInput(testCaseChangeSchema, {
            ...parseTestCaseYaml(text),
            ...(message.trim() ? { message } : {}),
            expectedVersion,
          }),
        ),
      );
      if (result.error === undefined) return go(c, `/test-cases/${testCase.id}/yaml`);
      const { errors, code } = result.error;
      const fault = errors.length > 0 ? "Not saved: the YAML is not a valid test case" : result.error.message;
      const body = <TestCaseYaml testCaseId={testCase.id} {...{ text, message, expectedVersion, errors, fault }} writes />;
      return show(c, ctx, testCase, "yaml", body, code === "conflict" ? 409 : 422);
    }),
  );

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
        writes: may(ctx, testCase.organizationId, "testCase.write"),
      };
      return show(c, ctx, testCase, "versions", <TestCaseVersions {...props} />);
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
      const page = await listExecutions(ctx, { testCaseId: testCase.id, limit: 50, ...(cursor ? { cursor } : {}) });
      return show(c, ctx, testCase, "history", <TestCaseHistory page={page} path={pathOf(c)} now={ctx.now()} />);
    }),
  );

  return app;
}

/** What a refused save shows: the first faulty step open, or what somebody else saved meanwhile. */
function refusal(error: AppError, draft: Draft, testCase: TestCase): Pick<EditorProps, "draft" | "errors" | "fault"> {
  if (error.code === "conflict" && testCase.version !== draft.expectedVersion) {
    const title = `Version ${testCase.version} was saved while you were editing version ${draft.expectedVersion}`;
    return { draft, errors: [], fault: { title, conflictWith: testCase.version } };
  }
  const steps = error.errors.flatMap(({ path }) => /^steps\.(\d+)/.exec(path)?.[1] ?? []).map(Number);
  const open = steps.length === 0 ? draft.open : Math.min(...steps);
  const title = error.errors.length > 0 ? "Not saved: something in it is not right" : error.message;
  return { draft: { ...draft, open }, errors: error.errors, fault: { title, conflictWith: null } };
}

async function comparedVersions(c: WebContext, ctx: Ctx, testCase: TestCase) {
  const wanted = Number.parseInt(c.req.query("version") ?? "", 10);
  if (!Number.isInteger(wanted)) return null;
  const against = Number.parseInt(c.req.query("against") ?? "", 10);
  const base = Number.isInteger(against) ? against : wanted - 1;
  const after = await getVersion(ctx, testCase.id, wanted);
  return { after, before: base >= 1 && base !== wanted ? await getVersion(ctx, testCase.id, base) : null };
}
