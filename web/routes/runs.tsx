import { Hono } from "hono";
import { runQuerySchema } from "../../db/domain/queries.ts";
import type { Run } from "../../db/domain/resources.ts";
import { isFinal } from "../../db/domain/states.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { listExecutions } from "../../db/services/executions.ts";
import { whyExecutionWaits } from "../../db/services/jobs.ts";
import { getProject } from "../../db/services/projects.ts";
import { listRunLanes } from "../../db/services/run-lanes.ts";
import { getRun, listRuns, retryRun, stopRun } from "../../db/services/runs.ts";
import { countWaiting } from "../../db/services/snapshots.ts";
import { getSuite } from "../../db/services/suites.ts";
import { may } from "../access.ts";
import type { WebEnv } from "../env.ts";
import { RunPage } from "../pages/run.tsx";
import { RunList, Runs } from "../pages/runs.tsx";
import { loadResults } from "../run-results.ts";
import { go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** Runs: the list of a project, and one run while it happens and afterwards. */
export function runRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/projects/:id/runs",
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const given = {
        status: c.req.query("status"),
        suiteId: c.req.query("suite"),
        cursor: c.req.query("cursor"),
      };
      const filters = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
      const query = parseInput(runQuerySchema, { projectId, ...filters });
      const [project, page] = await Promise.all([getProject(ctx, projectId), listRuns(ctx, query)]);
      const suite = query.suiteId ? await getSuite(ctx, query.suiteId) : null;
      const body = (
        <RunList project={project} page={page} query={query} suite={suite} path={pathOf(c)} now={ctx.now()} />
      );
      if (wantedPart(c) === "run-list") return part(c, body);
      return site.page(
        c,
        ctx,
        { title: `Runs of ${project.name}`, project, section: "runs", scripts: ["live"] },
        <Runs projectId={projectId}>{body}</Runs>,
      );
    }),
  );

  app.get(
    "/runs/:id",
    signedIn(async (c, ctx) => {
      const run = await getRun(ctx, idOf(c, "run"));
      const results = await loadResults(ctx, run, (name) => c.req.query(name));
      const [project, suite] = await Promise.all([getProject(ctx, run.projectId), suiteOf(ctx, run)]);
      const timeline = c.req.query("timeline") === "true" ? await listRunLanes(ctx, run.id) : null;
      const props = {
        run,
        timeline,
        project,
        suite,
        ...results,
        path: pathOf(c),
        waits: await waitsOf(ctx, run),
        snapshots: await countWaiting(ctx, run.projectId, run.id),
        now: ctx.now(),
        stops: may(ctx, run, "run.stop") && !isFinal(run.status),
        retries: may(ctx, run, "run.start") && isFinal(run.status),
      };
      const body = <RunPage {...props} />;
      if (wantedPart(c) === "run") return part(c, body);
      return site.page(
        c,
        ctx,
        { title: `${run.name}: ${run.status}`, project, section: "runs", scripts: ["live"] },
        body,
      );
    }),
  );

  app.post(
    "/runs/:id/stop",
    signedIn(async (c, ctx) => go(c, `/runs/${(await stopRun(ctx, idOf(c, "run"))).id}`)),
  );

  app.post(
    "/runs/:id/retry",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const run = await retryRun(ctx, idOf(c, "run"), { failedOnly: form.get("failedOnly") !== "false" });
      return go(c, `/runs/${run.id}`);
    }),
  );

  return app;
}

/** Why nothing of it runs: what its first queued execution waits for. */
async function waitsOf(ctx: Ctx, run: Run): Promise<string | null> {
  if (run.counts.running > 0 || run.counts.queued === 0) return null;
  const [first] = (await listExecutions(ctx, { runId: run.id, status: "queued", limit: 1 })).items;
  return first ? whyExecutionWaits(ctx, first.id) : null;
}

/** The suite may have been deleted since. */
async function suiteOf(ctx: Ctx, run: Run) {
  return run.suiteId ? await getSuite(ctx, run.suiteId) : null;
}
