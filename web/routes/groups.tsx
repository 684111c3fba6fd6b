import { Hono } from "hono";
import { groupChangeSchema, groupInputSchema, type StepGroup } from "../../db/domain/group-resources.ts";
import type { Project } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { formatGroup, parseGroupYaml } from "../../db/domain/yaml.ts";
import type { Ctx } from "../../db/services/context.ts";
import {
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  listGroupUsages,
  listGroupVersions,
  updateGroup,
} from "../../db/services/groups.ts";
import { getProject } from "../../db/services/projects.ts";
import { may, placeOf } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { type GroupForm, GroupPage } from "../pages/group.tsx";
import { Groups } from "../pages/groups.tsx";
import { attempted, go, idOf, pathOf, type Site, signedIn } from "../site.tsx";

const ofProject = "/projects/:id/groups";
const one = `${ofProject}/:groupId`;
const versionsShown = 20;

const example = `name: Sign in
parameters:
  - name: user
  - name: password
    default: "{{secrets.password}}"
steps:
  - goto: /sign-in
  - fill: { target: label=User, value: "{{user}}" }
  - fill: { target: label=Password, value: "{{password}}" }
  - click: role=button[name="Sign in"]
`;

/** Groups of steps that test cases share. */
export function groupRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    ofProject,
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const cursor = c.req.query("cursor");
      const [project, page] = await Promise.all([
        getProject(ctx, projectId),
        listGroups(ctx, projectId, { limit: 50, ...(cursor ? { cursor } : {}) }),
      ]);
      const props = { project, page, path: pathOf(c), now: ctx.now(), writes: writesIn(ctx, project) };
      return site.page(c, ctx, headOf(project, `Groups of ${project.name}`), <Groups {...props} />);
    }),
  );
  writingRoutes(app, site);
  return app;
}

function writingRoutes(app: Hono<WebEnv>, site: Site): void {
  // Before the one with an id: its word must not be taken for one.
  app.get(
    `${ofProject}/new`,
    signedIn((c, ctx) => show(site, c, ctx, null, { text: example, message: "", errors: [], fault: null })),
  );

  app.post(
    ofProject,
    signedIn(async (c, ctx) => {
      const { text, message } = await formOf(c);
      const result = await attempted(() =>
        createGroup(
          ctx,
          idOf(c, "project"),
          parseInput(groupInputSchema, { ...parseGroupYaml(text), message }),
        ),
      );
      if (result.error === undefined) return go(c, pathTo(result.value));
      return show(site, c, ctx, null, { text, message, ...faultOf(result.error) });
    }),
  );

  app.get(
    one,
    signedIn(async (c, ctx) => {
      const group = await getGroup(ctx, idOf(c, "project"), idOf(c, "group", "groupId"));
      return show(site, c, ctx, group, { text: formatGroup(group), message: "", errors: [], fault: null });
    }),
  );

  app.post(
    one,
    signedIn(async (c, ctx) => {
      const group = await getGroup(ctx, idOf(c, "project"), idOf(c, "group", "groupId"));
      const { text, message, expectedVersion } = await formOf(c);
      const change = () =>
        parseInput(groupChangeSchema, {
          ...parseGroupYaml(text),
          message,
          expectedVersion: expectedVersion || group.version,
        });
      const result = await attempted(async () => updateGroup(ctx, group.projectId, group.id, change()));
      if (result.error === undefined) return go(c, pathTo(group));
      return show(site, c, ctx, group, { text, message, ...faultOf(result.error) });
    }),
  );

  app.post(
    `${one}/delete`,
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      await deleteGroup(ctx, projectId, idOf(c, "group", "groupId"));
      return go(c, `/projects/${projectId}/groups`);
    }),
  );
}

async function show(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  group: StepGroup | null,
  form: GroupForm,
): Promise<Response> {
  const projectId = idOf(c, "project");
  const [project, usages, versions] = await Promise.all([
    getProject(ctx, projectId),
    group ? listGroupUsages(ctx, projectId, group.id) : [],
    group ? listGroupVersions(ctx, projectId, group.id, { limit: versionsShown }) : null,
  ]);
  const props = { project, group, form, usages, versions: versions?.items ?? [], now: ctx.now() };
  const head = { ...headOf(project, group?.name ?? "New group of steps"), scripts: ["editor"] as const };
  const body = <GroupPage {...props} writes={writesIn(ctx, project)} />;
  return site.page(c, ctx, head, body, form.fault ? 422 : 200);
}

async function formOf(c: WebContext): Promise<{ text: string; message: string; expectedVersion: number }> {
  const form = await c.req.formData();
  return {
    text: String(form.get("yaml") ?? "").replace(/\r\n?/g, "\n"),
    message: String(form.get("message") ?? ""),
    expectedVersion: Number(form.get("expectedVersion")) || 0,
  };
}

function faultOf({
  errors,
  message,
}: {
  errors: GroupForm["errors"];
  message: string;
}): Pick<GroupForm, "errors" | "fault"> {
  return { errors, fault: errors.length > 0 ? "Not saved: the group is not right yet" : message };
}

function writesIn(ctx: Ctx, project: Project): boolean {
  return may(ctx, placeOf(project), "testCase.write");
}

function headOf(project: Project, title: string) {
  return { title, project, section: "test-cases" as const };
}

function pathTo({ projectId, id }: StepGroup): string {
  return `/projects/${projectId}/groups/${id}`;
}
