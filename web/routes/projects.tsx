import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { isId } from "../../db/domain/ids.ts";
import { projectQuerySchema } from "../../db/domain/queries.ts";
import { projectInputSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { listOrganizations } from "../../db/services/organizations.ts";
import { projectOverview } from "../../db/services/overview.ts";
import { createProject, getProject, listProjects } from "../../db/services/projects.ts";
import { may, placeOf } from "../access.ts";
import type { WebEnv } from "../env.ts";
import { NewProject } from "../pages/new-project.tsx";
import { Overview } from "../pages/overview.tsx";
import { Projects } from "../pages/projects.tsx";
import {
  attempted,
  go,
  idOf,
  LAST_PROJECT_COOKIE,
  part,
  pathOf,
  type Site,
  signedIn,
  wantedPart,
} from "../site.tsx";

/** Projects: the list, a new one, and the overview of one. */
export function projectRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/",
    signedIn(async (c, ctx) => {
      const last = getCookie(c, LAST_PROJECT_COOKIE);
      if (!last || !isId(last)) return c.redirect("/projects", 303);
      const known = await listProjects(ctx, { limit: 200, archived: "false" });
      return c.redirect(
        known.items.some((project) => project.id === last) ? `/projects/${last}` : "/projects",
        303,
      );
    }),
  );

  app.get(
    "/projects",
    signedIn(async (c, ctx) => {
      const archived = c.req.query("archived") === "true" ? "true" : "false";
      const cursor = c.req.query("cursor");
      const query = parseInput(projectQuerySchema, { archived, ...(cursor ? { cursor } : {}) });
      const [page, organizations] = await Promise.all([
        listProjects(ctx, query),
        listOrganizations(ctx, { limit: 200 }),
      ]);
      const creates = organizations.items.some(({ id }) =>
        may(ctx, { organizationId: id }, "project.create"),
      );
      const props = { page, organizations: organizations.items, path: pathOf(c), now: ctx.now(), creates };
      return site.page(c, ctx, { title: "Projects" }, <Projects {...props} archived={archived === "true"} />);
    }),
  );

  app.get(
    "/projects/new",
    signedIn(async (c, ctx) => {
      const organizations = (await listOrganizations(ctx, { limit: 200 })).items;
      const body = <NewProject organizations={organizations} values={{}} errors={[]} />;
      return site.page(c, ctx, { title: "New project" }, body);
    }),
  );

  app.post(
    "/projects",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const values = {
        name: String(form.get("name") ?? ""),
        baseUrl: String(form.get("baseUrl") ?? "").trim(),
        organizationId: String(form.get("organizationId") ?? ""),
      };
      const result = await attempted(() =>
        createProject(ctx, parseInput(projectInputSchema, { ...values, baseUrl: values.baseUrl || null })),
      );
      if (result.error === undefined) return go(c, `/projects/${result.value.id}`);
      const organizations = (await listOrganizations(ctx, { limit: 200 })).items;
      const body = (
        <NewProject
          organizations={organizations}
          values={values}
          errors={result.error.errors}
          fault={result.error.message}
        />
      );
      return site.page(c, ctx, { title: "New project" }, body, 422);
    }),
  );

  app.get(
    "/projects/:id",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "project");
      const [project, overview] = await Promise.all([getProject(ctx, id), projectOverview(ctx, id)]);
      const writes = may(ctx, placeOf(project), "testCase.write");
      const body = <Overview project={project} overview={overview} now={ctx.now()} writes={writes} />;
      if (wantedPart(c) === "overview") return part(c, body);
      return site.page(
        c,
        ctx,
        { title: project.name, project, section: "overview", scripts: ["live"] },
        body,
      );
    }),
  );

  return app;
}
