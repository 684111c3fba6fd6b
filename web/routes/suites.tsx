import { Hono } from "hono";
import { suiteInputSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { getProject } from "../../db/services/projects.ts";
import { createSuite, listSuites } from "../../db/services/suites.ts";
import { may, placeOf } from "../access.ts";
import type { WebEnv } from "../env.ts";
import { NewSuite } from "../pages/new-suite.tsx";
import { Suites } from "../pages/suites.tsx";
import { attempted, go, idOf, pathOf, type Site, signedIn } from "../site.tsx";

/** Suites: which test cases run together, in which order, where. */
export function suiteRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/projects/:id/suites",
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const cursor = c.req.query("cursor");
      const [project, page] = await Promise.all([
        getProject(ctx, projectId),
        listSuites(ctx, { projectId, limit: 50, ...(cursor ? { cursor } : {}) }),
      ]);
      const rights = {
        writes: may(ctx, placeOf(project), "suite.write"),
        runs: may(ctx, placeOf(project), "run.start"),
      };
      const body = <Suites project={project} page={page} path={pathOf(c)} now={ctx.now()} {...rights} />;
      return site.page(c, ctx, { title: `Suites of ${project.name}`, project, section: "suites" }, body);
    }),
  );

  app.get(
    "/projects/:id/suites/new",
    signedIn(async (c, ctx) => {
      const project = await getProject(ctx, idOf(c, "project"));
      const body = <NewSuite project={project} name="" description="" errors={[]} fault={null} />;
      return site.page(c, ctx, { title: "New suite", project, section: "suites" }, body);
    }),
  );

  app.post(
    "/projects/:id/suites",
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const form = await c.req.formData();
      const values = {
        name: String(form.get("name") ?? ""),
        description: String(form.get("description") ?? ""),
      };
      const result = await attempted(() =>
        createSuite(ctx, parseInput(suiteInputSchema, { projectId, ...values })),
      );
      if (result.error === undefined) return go(c, `/suites/${result.value.id}`);
      const project = await getProject(ctx, projectId);
      const body = (
        <NewSuite project={project} {...values} errors={result.error.errors} fault={result.error.message} />
      );
      return site.page(c, ctx, { title: "New suite", project, section: "suites" }, body, 422);
    }),
  );

  return app;
}
