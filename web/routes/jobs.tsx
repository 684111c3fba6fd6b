import { Hono } from "hono";
import { jobQuerySchema } from "../../db/domain/queries.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { cancelJob, getJob, jobCounts, listJobs, retryJob } from "../../db/services/jobs.ts";
import { listWorkers } from "../../db/services/workers.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { JobPage } from "../pages/job.tsx";
import { JobList, Jobs } from "../pages/jobs.tsx";
import { attempted, go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** Jobs, for platform administrators: what waits and why. */
export function jobRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/jobs",
    signedIn(async (c, ctx) => {
      const given = { state: c.req.query("state"), kind: c.req.query("kind"), cursor: c.req.query("cursor") };
      const query = parseInput(
        jobQuerySchema,
        Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
      );
      const [page, counts, workers] = await Promise.all([
        listJobs(ctx, query),
        jobCounts(ctx),
        listWorkers(ctx),
      ]);
      const body = (
        <JobList
          page={page}
          counts={counts}
          workers={workers}
          query={query}
          path={pathOf(c)}
          now={ctx.now()}
        />
      );
      if (wantedPart(c) === "job-list") return part(c, body);
      return site.page(c, ctx, { title: "Jobs", section: "jobs", scripts: ["refresh"] }, <Jobs>{body}</Jobs>);
    }),
  );

  const showJob = async (c: WebContext, ctx: Ctx, id: string, fault: string | null) => {
    const job = await getJob(ctx, id);
    const body = <JobPage job={job} now={ctx.now()} fault={fault} />;
    return site.page(c, ctx, { title: `Job ${job.kind}`, section: "jobs" }, body, fault ? 409 : 200);
  };

  app.get(
    "/jobs/:id",
    signedIn((c, ctx) => showJob(c, ctx, idOf(c, "job"), null)),
  );

  for (const [name, verb] of [
    ["retry", retryJob],
    ["cancel", cancelJob],
  ] as const) {
    app.post(
      `/jobs/:id/${name}`,
      signedIn(async (c, ctx) => {
        const id = idOf(c, "job");
        const result = await attempted(() => verb(ctx, id));
        return result.error === undefined
          ? go(c, `/jobs/${result.value.id}`)
          : showJob(c, ctx, id, result.error.message);
      }),
    );
  }

  return app;
}
