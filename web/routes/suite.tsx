import { Hono } from "hono";
import { type Suite, suiteChangeSchema } from "../../db/domain/resources.ts";
import { executeSuiteSchema } from "../../db/domain/start-resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { listEnvironments } from "../../db/services/environments.ts";
import { browsersForSuite } from "../../db/services/matrix.ts";
import { getProject } from "../../db/services/projects.ts";
import { executeSuite, listRuns } from "../../db/services/runs.ts";
import { casesOfSuite, deleteSuite, getSuite, updateSuite } from "../../db/services/suites.ts";
import { listTestCases } from "../../db/services/test-cases.ts";
import { may } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { matrixOf, readMatrixDraft } from "../forms/matrix-draft.ts";
import {
  applySuiteOperation,
  readSuiteDraft,
  type SuiteDraft,
  suiteChangeOf,
  suiteDraftOf,
} from "../forms/suite-draft.ts";
import { SuitePage, type SuitePageProps } from "../pages/suite.tsx";
import { attempted, go, idOf, part, type Site, signedIn, wantedPart } from "../site.tsx";

/** How many test cases are offered at once; the search finds the others. */
const candidatesMax = 50;

/** One suite: what it runs, its last runs, and starting it. */
export function suitePageRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/suites/:id",
    signedIn(async (c, ctx) => {
      const suite = await getSuite(ctx, idOf(c, "suite"));
      const saved = c.req.query("saved") === "true";
      return showSuite(site, c, ctx, suite, {
        draft: await draftFor(ctx, suite),
        errors: [],
        fault: null,
        saved,
      });
    }),
  );

  app.post(
    "/suites/:id/edit",
    signedIn(async (c, ctx) => {
      const suite = await getSuite(ctx, idOf(c, "suite"));
      const form = await c.req.formData();
      const draft = readSuiteDraft(form);
      const operation = String(form.get("op") ?? "keep");
      if (operation !== "save") {
        const next = applySuiteOperation(draft, operation);
        return showSuite(site, c, ctx, suite, { draft: next, errors: [], fault: null, saved: false });
      }
      const result = await attempted(() =>
        updateSuite(ctx, suite.id, parseInput(suiteChangeSchema, suiteChangeOf(draft))),
      );
      if (result.error === undefined) return go(c, `/suites/${suite.id}?saved=true`);
      const { errors, message } = result.error;
      const fault = errors.length > 0 ? "Not saved: something is not right" : message;
      return showSuite(site, c, ctx, suite, { draft, errors, fault, saved: false }, 422);
    }),
  );

  app.post(
    "/suites/:id/run",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "suite");
      const form = await c.req.formData();
      // The button alone runs what the suite says; the form beside it says where.
      const result = await attempted(() => {
        const chosen = form.has("otherSizes") ? matrixOf(readMatrixDraft(form)) : {};
        return executeSuite(ctx, id, parseInput(executeSuiteSchema, chosen), "manual");
      });
      if (result.error === undefined) return go(c, `/runs/${result.value.id}`);
      const suite = await getSuite(ctx, id);
      const { errors, message } = result.error;
      return showSuite(
        site,
        c,
        ctx,
        suite,
        { draft: await draftFor(ctx, suite), errors, fault: message, saved: false },
        422,
      );
    }),
  );

  app.post(
    "/suites/:id/delete",
    signedIn(async (c, ctx) => {
      const suite = await getSuite(ctx, idOf(c, "suite"));
      await deleteSuite(ctx, suite.id);
      return go(c, `/projects/${suite.projectId}/suites`);
    }),
  );

  return app;
}

async function showSuite(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  suite: Suite,
  extra: Pick<SuitePageProps, "draft" | "errors" | "fault" | "saved">,
  status: 200 | 422 = 200,
): Promise<Response> {
  const search = extra.draft.search.trim();
  const [project, environments, cases, candidates, runs, support] = await Promise.all([
    getProject(ctx, suite.projectId),
    listEnvironments(ctx, suite.projectId, { limit: 200 }),
    casesOfSuite(ctx, suite.id),
    listTestCases(ctx, {
      projectId: suite.projectId,
      limit: candidatesMax,
      archived: "false",
      sort: "name",
      ...(search ? { search: search.slice(0, 200) } : {}),
    }),
    listRuns(ctx, { suiteId: suite.id, limit: 20 }),
    browsersForSuite(ctx, suite.id),
  ]);
  const props = {
    ...extra,
    suite,
    project,
    environments: environments.items,
    cases,
    candidates: candidates.items,
    runs: runs.items,
    support,
    now: ctx.now(),
    writes: may(ctx, suite, "suite.write"),
    starts: may(ctx, suite, "run.start"),
  };
  const body = <SuitePage {...props} />;
  if (wantedPart(c) === "suite") return part(c, body, status);
  return site.page(
    c,
    ctx,
    { title: suite.name, project, section: "suites", scripts: ["editor"] },
    body,
    status,
  );
}

async function draftFor(ctx: Ctx, suite: Suite): Promise<SuiteDraft> {
  return suiteDraftOf(suite, await casesOfSuite(ctx, suite.id));
}
