import { Hono } from "hono";
import { workerModeSchema } from "../../db/domain/installation.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { jobCounts } from "../../db/services/jobs.ts";
import { getWorker, listWorkers, setWorkerMode, unmetNeeds } from "../../db/services/workers.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { WorkerPage } from "../pages/worker.tsx";
import { WorkerList, Workers } from "../pages/workers.tsx";
import { attempted, go, idOf, part, type Site, signedIn, wantedPart } from "../site.tsx";

/** Workers, for platform administrators: who they are, how they are, and what they are to do. */
export function workerRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/workers",
    signedIn(async (c, ctx) => {
      const [workers, counts, unmet] = await Promise.all([listWorkers(ctx), jobCounts(ctx), unmetNeeds(ctx)]);
      const body = <WorkerList workers={workers} counts={counts} unmet={unmet} now={ctx.now()} />;
      if (wantedPart(c) === "worker-list") return part(c, body);
      return site.page(
        c,
        ctx,
        { title: "Workers", section: "workers", scripts: ["refresh"] },
        <Workers>{body}</Workers>,
      );
    }),
  );

  const show = async (
    c: WebContext,
    ctx: Ctx,
    id: string,
    fault: { message: string; reason: string } | null,
  ) => {
    const worker = await getWorker(ctx, id);
    const body = <WorkerPage worker={worker} now={ctx.now()} fault={fault} />;
    const head = { title: `Worker ${worker.name}`, section: "workers" as const };
    return site.page(c, ctx, head, body, fault ? 409 : 200);
  };

  app.get(
    "/workers/:id",
    signedIn((c, ctx) => show(c, ctx, idOf(c, "worker"), null)),
  );

  app.post(
    "/workers/:id/mode",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "worker");
      const form = await c.req.parseBody();
      const reason = typeof form.reason === "string" ? form.reason : "";
      const result = await attempted(() => {
        const change = parseInput(workerModeSchema, { mode: form.mode, ...(reason ? { reason } : {}) });
        return setWorkerMode(ctx, id, change.mode, change.reason ?? null);
      });
      if (result.error !== undefined) return show(c, ctx, id, { message: result.error.message, reason });
      return go(c, form.from === "list" ? "/workers" : `/workers/${id}`);
    }),
  );

  return app;
}
