import { Hono } from "hono";
import type { AppError } from "../../db/domain/errors.ts";
import { type TestCase, testCaseChangeSchema } from "../../db/domain/resources.ts";
import { pathOfShown } from "../../db/domain/step-tree.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { callableGroups } from "../../db/services/callable-groups.ts";
import type { Ctx } from "../../db/services/context.ts";
import { getTestCase, updateTestCase } from "../../db/services/test-cases.ts";
import { may } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { draftOf } from "../forms/case-draft.ts";
import { applyOperation, changeOf, type Draft, readDraft } from "../forms/draft.ts";
import { type EditorProps, StepEditor, StepReader } from "../pages/step-editor.tsx";
import { attempted, go, idOf, part, type Site, signedIn, wantedPart } from "../site.tsx";
import { besideLive } from "./live-views.tsx";
import { showTestCase } from "./show-test-case.tsx";

/** One test case: its steps, edited in a form that carries the whole draft. */
export function testCaseRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  const showEditor = async (
    c: WebContext,
    ctx: Ctx,
    testCase: TestCase,
    edited: Edited,
    status: 200 | 409 | 422 = 200,
  ) => {
    const { id: testCaseId, projectId } = testCase;
    const props = { ...edited, testCaseId, projectId, groups: await callableGroups(ctx, projectId) };
    const body = <StepEditor {...props} />;
    if (wantedPart(c) === "editor") return part(c, body, status);
    const shown = await besideLive(c, ctx, testCase, props.draft.open, body);
    return showTestCase(
      site,
      c,
      ctx,
      { testCase, tab: "steps", body: shown, scripts: ["live-view", "live-pick"] },
      status,
    );
  };

  app.get(
    "/test-cases/:id",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const draft = draftOf(testCase, pathOfShown(c.req.query("step") ?? ""));
      if (!may(ctx, testCase, "testCase.write")) {
        const body = <StepReader draft={draft} />;
        return showTestCase(site, c, ctx, { testCase, tab: "steps", body });
      }
      const saved = c.req.query("saved") === String(testCase.version) ? testCase.version : null;
      return showEditor(c, ctx, testCase, {
        draft,
        errors: [],
        raw: {},
        fault: null,
        saved,
      });
    }),
  );

  app.post(
    "/test-cases/:id/edit",
    signedIn(async (c, ctx) => {
      const testCase = await getTestCase(ctx, idOf(c, "test case"));
      const form = await c.req.formData();
      const { draft, errors, raw } = readDraft(form);
      const operation = String(form.get("op") ?? "keep");
      const props = { draft, errors, raw, fault: null, saved: null };
      if (errors.length > 0) {
        return showEditor(
          c,
          ctx,
          testCase,
          { ...props, fault: { title: "Finish the open step first", conflictWith: null } },
          422,
        );
      }
      const [verb, version] = operation.split(":");
      if (verb !== "save" && verb !== "overwrite") {
        return showEditor(c, ctx, testCase, { ...props, draft: applyOperation(draft, operation) });
      }
      const expectedVersion =
        verb === "overwrite" ? Number(version) || draft.expectedVersion : draft.expectedVersion;
      const wanted = { ...draft, expectedVersion };
      const result = await attempted(() =>
        updateTestCase(ctx, testCase.id, parseInput(testCaseChangeSchema, changeOf(wanted))),
      );
      if (result.error === undefined)
        return go(c, `/test-cases/${testCase.id}?saved=${result.value.version}`);
      const refused = { ...props, ...refusal(result.error, wanted, testCase) };
      return showEditor(c, ctx, testCase, refused, result.error.code === "conflict" ? 409 : 422);
    }),
  );

  return app;
}

type Edited = Omit<EditorProps, "testCaseId" | "projectId" | "groups">;

/** The step in the path of a fault: the innermost one. */
const faultyStep = /^steps\.(\d+(?:\.[a-z]+\.\d+)*)/;

/** What a refused save shows: the first faulty step open, or what somebody else saved meanwhile. */
function refusal(
  error: AppError,
  draft: Draft,
  testCase: TestCase,
): Pick<EditorProps, "draft" | "errors" | "fault"> {
  if (error.code === "conflict" && testCase.version !== draft.expectedVersion) {
    const title = `Version ${testCase.version} was saved while you were editing version ${draft.expectedVersion}`;
    return { draft, errors: [], fault: { title, conflictWith: testCase.version } };
  }
  const faulty = error.errors.flatMap(({ path }) => faultyStep.exec(path)?.[1] ?? []);
  const [open = draft.open] = faulty.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const title = error.errors.length > 0 ? "Not saved: something in it is not right" : error.message;
  return { draft: { ...draft, open }, errors: error.errors, fault: { title, conflictWith: null } };
}
