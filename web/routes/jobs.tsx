import { Hono } from "hono";
import { jobQuerySchema } from "../../db/domain/queries.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { retryJob } from "../../db/services/dead-letters.ts";
import { cancelJob, getJob, jobCounts, listJobs, listWorkers } from "../../db/services/jobs.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { JobPage } from "../pages/job.tsx";
import { JobList, Jobs } from "../pages/jobs.tsx";
import { WorkerList, Workers } from "../pages/workers.tsx";
import { attempted, go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** Jobs and workers, for platform administrators: what waits, why, and who works. */
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

  app.get(
    "/workers",
    signedIn(async (c, ctx) => {
      const [workers, counts] = await Promise.all([listWorkers(ctx), jobCounts(ctx)]);
      const body = <WorkerList workers={workers} counts={counts} now={ctx.now()} />;
      if (wantedPart(c) === "worker-list") return part(c, body);
      return site.page(
        c,
        ctx,
        { title: "Workers", section: "workers", scripts: ["refresh"] },
        <Workers>{body}</Workers>,
      );
    }),
  );

  return app;
}
