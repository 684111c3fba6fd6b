import { Hono } from "hono";
import type { Project } from "../../db/domain/resources.ts";
import {
  type ApprovedRun,
  approveRunSchema,
  baselineQuerySchema,
  type Snapshot,
  snapshotQuerySchema,
} from "../../db/domain/snapshot-resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { baselineHistory, getBaseline, listBaselines, restoreBaseline } from "../../db/services/baselines.ts";
import type { Ctx } from "../../db/services/context.ts";
import { getProject } from "../../db/services/projects.ts";
import { getRun } from "../../db/services/runs.ts";
import {
  approveRun,
  approveSnapshot,
  countWaiting,
  getSnapshot,
  listSnapshots,
  rejectSnapshot,
} from "../../db/services/snapshots.ts";
import { may, placeOf } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { BaselinePage, Baselines } from "../pages/baselines.tsx";
import { SnapshotPage, type SnapshotView, snapshotViews } from "../pages/snapshot.tsx";
import { Snapshots } from "../pages/snapshots.tsx";
import { attempted, go, idOf, pathOf, type Site, signedIn, withQuery } from "../site.tsx";

const list = "/projects/:id/snapshots";
const one = `${list}/:snapshotId`;
const baselines = "/projects/:id/baselines";

/** Pictures of pages: those that wait for approval, those that hold. */
export function snapshotRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  app.get(
    list,
    signedIn((c, ctx) => showList(site, c, ctx, null)),
  );
  app.post(
    `${list}/approve`,
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const { runId } = parseInput(approveRunSchema, { runId: String(form.get("run") ?? "") });
      return showList(site, c, ctx, await approveRun(ctx, idOf(c, "project"), runId), runId);
    }),
  );
  app.get(
    one,
    signedIn(async (c, ctx) =>
      showOne(
        site,
        c,
        ctx,
        await getSnapshot(ctx, idOf(c, "project"), idOf(c, "snapshot", "snapshotId")),
        null,
      ),
    ),
  );
  for (const [word, act] of [
    ["approve", approveSnapshot],
    ["reject", rejectSnapshot],
  ] as const) {
    app.post(
      `${one}/${word}`,
      signedIn((c, ctx) => decide(site, c, ctx, act)),
    );
  }
  baselineRoutes(app, site);
  return app;
}

function baselineRoutes(app: Hono<WebEnv>, site: Site): void {
  app.get(
    baselines,
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const cursor = c.req.query("cursor");
      const query = parseInput(baselineQuerySchema, cursor ? { cursor } : {});
      const [project, page, waiting] = await Promise.all([
        getProject(ctx, projectId),
        listBaselines(ctx, projectId, query),
        countWaiting(ctx, projectId),
      ]);
      const props = { project, page, waiting, path: pathOf(c), now: ctx.now() };
      return site.page(c, ctx, headOf(project, `Baselines of ${project.name}`), <Baselines {...props} />);
    }),
  );

  app.get(
    `${baselines}/:baselineId`,
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const baseline = await getBaseline(ctx, projectId, idOf(c, "baseline", "baselineId"));
      const [project, history] = await Promise.all([
        getProject(ctx, projectId),
        baselineHistory(ctx, projectId, baseline.id),
      ]);
      const props = { project, baseline, history, approves: approvesIn(ctx, project), now: ctx.now() };
      return site.page(c, ctx, headOf(project, baseline.name), <BaselinePage {...props} />);
    }),
  );

  app.post(
    `${baselines}/:baselineId/restore`,
    signedIn(async (c, ctx) => {
      const restored = await restoreBaseline(ctx, idOf(c, "project"), idOf(c, "baseline", "baselineId"));
      return go(c, `/projects/${restored.projectId}/baselines/${restored.id}`);
    }),
  );
}

/** @param ofRun the run that was just approved, else as the address says */
async function showList(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  approved: ApprovedRun | null,
  ofRun?: string,
): Promise<Response> {
  const projectId = idOf(c, "project");
  const given = {
    state: c.req.query("state"),
    runId: ofRun ?? c.req.query("run"),
    executionId: c.req.query("execution"),
    testCaseId: c.req.query("case"),
    cursor: c.req.query("cursor"),
  };
  const filters = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
  const query = parseInput(snapshotQuerySchema, filters);
  const [project, page, waiting, run] = await Promise.all([
    getProject(ctx, projectId),
    listSnapshots(ctx, projectId, query),
    countWaiting(ctx, projectId, query.runId),
    query.runId ? getRun(ctx, query.runId) : null,
  ]);
  const approves = approvesIn(ctx, project);
  const path = ofRun ? withQuery(`/projects/${projectId}/snapshots`, { run: ofRun }) : pathOf(c);
  const props = { project, page, query, waiting, run, approves, approved, path, now: ctx.now() };
  return site.page(c, ctx, headOf(project, `Snapshots of ${project.name}`), <Snapshots {...props} />);
}

async function showOne(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  snapshot: Snapshot,
  fault: string | null,
): Promise<Response> {
  const { projectId, baselineId } = snapshot;
  const [project, baseline] = await Promise.all([
    getProject(ctx, projectId),
    baselineId ? getBaseline(ctx, projectId, baselineId) : null,
  ]);
  const view =
    snapshotViews.find((name) => name === c.req.query("view")) ?? ("beside" satisfies SnapshotView);
  const path = fault === null ? pathOf(c) : `/projects/${projectId}/snapshots/${snapshot.id}`;
  const approves = approvesIn(ctx, project);
  const props = { project, snapshot, baseline, view, approves, fault, path, now: ctx.now() };
  const head = { ...headOf(project, snapshot.name), scripts: ["slider", "snapshot"] as const };
  return site.page(c, ctx, head, <SnapshotPage {...props} />, fault === null ? 200 : 409);
}

/** What waits next of the same run is looked at next. */
async function decide(site: Site, c: WebContext, ctx: Ctx, act: typeof approveSnapshot): Promise<Response> {
  const projectId = idOf(c, "project");
  const id = idOf(c, "snapshot", "snapshotId");
  const result = await attempted(() => act(ctx, projectId, id));
  if (result.error !== undefined) {
    return showOne(site, c, ctx, await getSnapshot(ctx, projectId, id), result.error.message);
  }
  const { runId } = result.value;
  const [next] = (await listSnapshots(ctx, projectId, { state: "waiting", runId, limit: 1 })).items;
  return go(c, `/projects/${projectId}/snapshots${next ? `/${next.id}` : ""}`);
}

function approvesIn(ctx: Ctx, project: Project): boolean {
  return may(ctx, placeOf(project), "baseline.write");
}

function headOf(project: Project, title: string) {
  return { title, project, section: "snapshots" as const };
}
