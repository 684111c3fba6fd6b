import { Hono } from "hono";
import type { AppError } from "../../db/domain/errors.ts";
import { pageQuerySchema } from "../../db/domain/queries.ts";
import { projectChangeSchema, projectMemberInputSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { listMembers } from "../../db/services/members.ts";
import {
  listProjectMembers,
  putProjectMember,
  removeProjectMember,
} from "../../db/services/project-members.ts";
import { getProject, updateProject } from "../../db/services/projects.ts";
import { may, placeOf } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { ProjectMembers } from "../pages/project-members.tsx";
import { attempted, go, idOf, pathOf, type Site, signedIn } from "../site.tsx";

/** The members of a project, their roles in it, and to whom it is open. */
export function projectMemberRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const show = async (c: WebContext, ctx: Ctx, error: AppError | null) => {
    const project = await getProject(ctx, idOf(c, "project"));
    const writes = may(ctx, placeOf(project), "projectMember.write");
    const cursor = c.req.query("cursor");
    const [page, members] = await Promise.all([
      listProjectMembers(ctx, project.id, parseInput(pageQuerySchema, cursor ? { cursor } : {})),
      writes ? listMembers(ctx, project.organizationId, { limit: 200 }) : null,
    ]);
    const given = new Set(page.items.filter((member) => member.given).map(({ userId }) => userId));
    const props = {
      project,
      page,
      others: members?.items.filter(({ userId }) => !given.has(userId)) ?? [],
      writes,
      owns: may(ctx, placeOf(project), "projectOwner.write"),
      errors: error?.errors ?? [],
      fault: error?.message ?? null,
      saved: c.req.query("saved") !== undefined,
      path: c.req.method === "GET" ? pathOf(c) : `/projects/${project.id}/members`,
    };
    const head = { title: `Members of ${project.name}`, project, section: "settings" as const };
    return site.page(c, ctx, head, <ProjectMembers {...props} />, error ? 422 : 200);
  };
  app.get(
    "/projects/:id/members",
    signedIn((c, ctx) => show(c, ctx, null)),
  );

  // Done and shown again, or shown with what kept it from being done.
  const change = (path: string, work: (ctx: Ctx, id: string, c: WebContext) => Promise<unknown>) =>
    app.post(
      `/projects/:id${path}`,
      signedIn(async (c, ctx) => {
        const id = idOf(c, "project");
        const { error } = await attempted(() => work(ctx, id, c));
        return error ? show(c, ctx, error) : go(c, `/projects/${id}/members?saved`);
      }),
    );
  change("/access", async (ctx, id, c) => {
    const { access } = await c.req.parseBody();
    return updateProject(ctx, id, parseInput(projectChangeSchema, { access }));
  });
  change("/members", async (ctx, id, c) => {
    const { userId, role } = await c.req.parseBody();
    const input = parseInput(projectMemberInputSchema, { role });
    return putProjectMember(ctx, id, String(userId ?? ""), input.role);
  });
  change("/members/:userId", async (ctx, id, c) => {
    const { role } = await c.req.parseBody();
    const input = parseInput(projectMemberInputSchema, { role });
    return putProjectMember(ctx, id, idOf(c, "member", "userId"), input.role);
  });
  change("/members/:userId/remove", (ctx, id, c) =>
    removeProjectMember(ctx, id, idOf(c, "member", "userId")),
  );
  return app;
}
