import { Hono } from "hono";
import { getExecution, retryExecution, stopExecution } from "../../db/services/executions.ts";
import { getProject } from "../../db/services/projects.ts";
import { may } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { evidenceTabOf, isLive, loadEvidence, loadExecutionView } from "../execution-view.ts";
import { ExecutionPage, ExecutionRegion } from "../pages/execution.tsx";
import { LogRow } from "../parts/log-row.tsx";
import { go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";
import { loadLivePane } from "./live-views.tsx";

/** One execution: what happened, where it failed, what the page looked like; live while it runs. */
export function executionRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/executions/:id",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "execution");
      const attempt = numberOf(c, "attempt");
      const step = numberOf(c, "step");
      const view = await loadExecutionView(ctx, id, attempt, step === null ? null : step - 1);
      const { execution } = view;
      const props = {
        view,
        path: pathOf(c),
        now: ctx.now(),
        stops: isLive(execution) && may(ctx, execution.organizationId, "run.stop"),
        retries: !isLive(execution) && may(ctx, execution.organizationId, "run.start"),
      };
      if (wantedPart(c) === "execution") return part(c, <ExecutionRegion {...props} />);
      const tab = evidenceTabOf(c.req.query("tab"));
      const after = numberOf(c, "after") ?? 0;
      const [project, evidence, live] = await Promise.all([
        getProject(ctx, execution.projectId),
        loadEvidence(ctx, id, { tab, attempt, after }),
        isLive(execution) ? loadLivePane(ctx, execution) : null,
      ]);
      return site.page(
        c,
        ctx,
        {
          title: `${execution.status}: ${execution.testCaseName}`,
          project,
          section: "runs",
          scripts: ["live", "steps", "live-view", "live-pick"],
        },
        <ExecutionPage {...props} project={project} evidence={evidence} attempt={attempt} live={live} />,
      );
    }),
  );

  app.get(
    "/executions/:id/log-items",
    signedIn(async (c, ctx) => {
      const execution = await getExecution(ctx, idOf(c, "execution"));
      const evidence = await loadEvidence(ctx, execution.id, {
        tab: evidenceTabOf(c.req.query("tab")),
        attempt: numberOf(c, "attempt"),
        after: numberOf(c, "after") ?? 0,
      });
      c.header("Verdict-After", String(evidence.after));
      c.header("Verdict-More", String(evidence.more));
      return part(
        c,
        evidence.items.map((item) => <LogRow item={item} />),
      );
    }),
  );

  app.post(
    "/executions/:id/stop",
    signedIn(async (c, ctx) => go(c, `/executions/${(await stopExecution(ctx, idOf(c, "execution"))).id}`)),
  );

  app.post(
    "/executions/:id/retry",
    signedIn(async (c, ctx) => go(c, `/executions/${(await retryExecution(ctx, idOf(c, "execution"))).id}`)),
  );

  return app;
}

/** A whole number of the query, from 1 on (`after`: from 0); null for anything else. */
function numberOf(c: WebContext, name: string): number | null {
  const text = c.req.query(name) ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
