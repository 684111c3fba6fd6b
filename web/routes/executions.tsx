import { Hono } from "hono";
import { retryExecutionSchema } from "../../db/domain/start-resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { listEvents } from "../../db/services/evidence.ts";
import { getExecution, retryExecution, stopExecution } from "../../db/services/executions.ts";
import { getProject } from "../../db/services/projects.ts";
import { updateTestCase } from "../../db/services/test-cases.ts";
import { may } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { type Evidence, evidenceTabOf, loadEvidence, periodOf } from "../execution-evidence.ts";
import { loadNetwork, readNetworkQuery } from "../execution-network.ts";
import { readViewQuery, type ViewQuery, wholeNumber } from "../execution-query.ts";
import { type ExecutionView, isLive, loadExecutionView } from "../execution-view.ts";
import { ExecutionPage, ExecutionRegion } from "../pages/execution.tsx";
import { EvidencePanel, EvidenceRow } from "../pages/execution-evidence.tsx";
import { StepCall } from "../pages/execution-panes.tsx";
import { go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";
import { loadLivePane } from "./live-views.tsx";

/** One execution: what happened, where it failed, what the page looked like; live while it runs. */
export function executionRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/executions/:id",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "execution");
      const query = readViewQuery((name) => c.req.query(name));
      const view = await loadExecutionView(ctx, id, query);
      const { execution } = view;
      const props = {
        view,
        query,
        path: pathOf(c),
        now: ctx.now(),
        stops: isLive(execution) && may(ctx, execution, "run.stop"),
        retries: !isLive(execution) && may(ctx, execution, "run.start"),
        writes: may(ctx, execution, "testCase.write"),
      };
      const wanted = wantedPart(c);
      if (wanted === "execution") return part(c, <ExecutionRegion {...props} />);
      if (wanted === "step-call") return part(c, <StepCall {...props} />);
      const [evidence, live] = await Promise.all([
        evidenceOf(c, ctx, site, view, query),
        isLive(execution) ? loadLivePane(ctx, execution) : null,
      ]);
      if (wanted === "evidence") {
        return part(c, <EvidencePanel evidence={evidence} view={view} path={props.path} query={query} />);
      }
      const page = <ExecutionPage {...props} evidence={evidence} live={live} />;
      if (wanted === "execution-page") return part(c, page);
      const project = await getProject(ctx, execution.projectId);
      return site.page(
        c,
        ctx,
        {
          title: `${execution.status}: ${execution.testCaseName}`,
          project,
          section: "runs",
          scripts: ["live", "steps", "timeline", "player", "live-view", "live-pick"],
        },
        page,
      );
    }),
  );

  app.get(
    "/executions/:id/log-items",
    signedIn(async (c, ctx) => {
      const execution = await getExecution(ctx, idOf(c, "execution"));
      const { attempt, window } = readViewQuery((name) => c.req.query(name));
      const tab = evidenceTabOf(c.req.query("tab"));
      const startedAt = window && (await startOf(ctx, execution.id, attempt));
      const evidence = await loadEvidence(ctx, execution.id, {
        tab,
        attempt,
        after: wholeNumber(c.req.query("after")) ?? 0,
        during: startedAt === null ? null : periodOf(startedAt, window),
      });
      c.header("Verdict-After", String(evidence.after));
      c.header("Verdict-More", String(evidence.more));
      return part(
        c,
        evidence.items.map((item) => <EvidenceRow item={item} tab={tab} />),
      );
    }),
  );

  actionRoutes(app);
  return app;
}

/** What is done to an execution by one click. */
function actionRoutes(app: Hono<WebEnv>): void {
  app.post(
    "/executions/:id/stop",
    signedIn(async (c, ctx) => go(c, `/executions/${(await stopExecution(ctx, idOf(c, "execution"))).id}`)),
  );

  app.post(
    "/executions/:id/retry",
    signedIn(async (c, ctx) => {
      const given = (await c.req.formData()).get("times");
      const { times } = parseInput(retryExecutionSchema, given === null ? {} : { times: Number(given) });
      const { id, runId } = await retryExecution(ctx, idOf(c, "execution"), { times });
      return go(c, times === undefined || times === 1 ? `/executions/${id}` : `/runs/${runId}`);
    }),
  );

  app.post(
    "/executions/:id/quarantine",
    signedIn(async (c, ctx) => {
      const { id, testCaseId } = await getExecution(ctx, idOf(c, "execution"));
      const message = `Quarantined after the execution ${id}`;
      await updateTestCase(ctx, testCaseId, { status: "quarantined", message });
      return go(c, `/executions/${id}`);
    }),
  );
}

/** The tab of the evidence that the address names. */
async function evidenceOf(
  c: WebContext,
  ctx: Ctx,
  { deps: { blobs } }: Site,
  view: ExecutionView,
  query: ViewQuery,
): Promise<Evidence> {
  const { attempt, startedAt } = view;
  const { id } = view.execution;
  const tab = evidenceTabOf(c.req.query("tab"), view);
  const of = { executionId: id, attempt, startedAt, window: query.window };
  const asked = readNetworkQuery((name) => c.req.query(name));
  return loadEvidence(ctx, id, {
    tab,
    network: tab === "network" ? await loadNetwork(ctx, blobs, of, asked) : null,
    attempt: query.window ? attempt : query.attempt,
    after: wholeNumber(c.req.query("after")) ?? 0,
    during: periodOf(startedAt, query.window),
  });
}

/** When an attempt began by its own events, in milliseconds: the times of a window count from there. */
async function startOf(ctx: Ctx, id: string, attempt: number | null): Promise<number | null> {
  const { items } = await listEvents(ctx, id, { attempt, types: ["attempt-started"], after: 0, limit: 1 });
  return items[0] ? Date.parse(items[0].at) : null;
}
