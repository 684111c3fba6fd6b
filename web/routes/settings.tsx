import { Hono } from "hono";
import { egressInputSchema } from "../../db/domain/egress.ts";
import type { AppError, FieldError } from "../../db/domain/errors.ts";
import { environmentInputSchema, projectChangeSchema, secretInputSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { getEgress, setEgress } from "../../db/services/egress.ts";
import {
  createEnvironment,
  deleteEnvironment,
  listEnvironments,
  updateEnvironment,
} from "../../db/services/environments.ts";
import { listMembers } from "../../db/services/members.ts";
import { getProject, updateProject } from "../../db/services/projects.ts";
import { deleteSecret, listSecrets, putSecret } from "../../db/services/secrets.ts";
import { may, mayOnPlatform, placeOf } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { parseVariables } from "../forms/variables.ts";
import { Settings } from "../pages/settings.tsx";
import type { Refused } from "../pages/settings-props.ts";
import { attempted, go, idOf, type Site, signedIn } from "../site.tsx";

type Change = (
  c: WebContext,
  ctx: Ctx,
  projectId: string,
  form: string,
  values: Refused["values"],
  work: () => Promise<unknown>,
) => Promise<Response>;

/** The settings of a project: its address, environments, secrets; and who is a member. */
export function settingsRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/projects/:id/settings",
    signedIn((c, ctx) => showSettings(site, c, ctx, idOf(c, "project"), null)),
  );

  // A form of this page: done and shown again, or shown with what was wrong.
  const change: Change = async (c, ctx, projectId, form, values, work) => {
    const result = await attempted(work);
    if (result.error === undefined) return go(c, `/projects/${projectId}/settings?saved=${form}#${form}`);
    return showSettings(site, c, ctx, projectId, { form, values, ...faultsOf(result.error) });
  };
  generalRoutes(app, change);
  environmentRoutes(app, change);
  secretRoutes(app, change);
  networkRoutes(app, change);
  return app;
}

function generalRoutes(app: Hono<WebEnv>, change: Change): void {
  app.post(
    "/projects/:id/settings",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "project");
      const values = await formValues(c, [
        "name",
        "baseUrl",
        "evidence",
        "video",
        "device",
        "defaultBranch",
        "newSnapshots",
      ]);
      return change(c, ctx, id, "general", values, () =>
        updateProject(
          ctx,
          id,
          parseInput(projectChangeSchema, {
            name: values.name,
            baseUrl: values.baseUrl?.trim() || null,
            evidence: values.evidence || undefined,
            video: values.video || undefined,
            defaultBranch: values.defaultBranch || undefined,
            newSnapshots: values.newSnapshots || undefined,
            device: values.device || null,
          }),
        ),
      );
    }),
  );

  app.post(
    "/projects/:id/archive",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "project");
      const values = await formValues(c, ["archived"]);
      return change(c, ctx, id, "archive", values, () =>
        updateProject(ctx, id, { archived: values.archived === "true" }),
      );
    }),
  );
}

function environmentRoutes(app: Hono<WebEnv>, change: Change): void {
  app.post(
    "/projects/:id/environments",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "project");
      const values = await formValues(c, ["name", "baseUrl", "variables"]);
      return change(c, ctx, id, "new-environment", values, () =>
        createEnvironment(ctx, id, environmentOf(values)),
      );
    }),
  );

  app.post(
    "/projects/:id/environments/:environment",
    signedIn(async (c, ctx) => {
      const environmentId = idOf(c, "environment", "environment");
      const values = await formValues(c, ["name", "baseUrl", "variables"]);
      return change(c, ctx, idOf(c, "project"), `environment-${environmentId}`, values, () =>
        updateEnvironment(ctx, environmentId, environmentOf(values)),
      );
    }),
  );

  app.post(
    "/projects/:id/environments/:environment/delete",
    signedIn(async (c, ctx) => {
      const environmentId = idOf(c, "environment", "environment");
      return change(c, ctx, idOf(c, "project"), "environments", {}, () =>
        deleteEnvironment(ctx, environmentId),
      );
    }),
  );
}

function secretRoutes(app: Hono<WebEnv>, change: Change): void {
  app.post(
    "/projects/:id/secrets",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "project");
      const { name = "", value = "" } = await formValues(c, ["name", "value"]);
      // The value is not sent back, not even to who has just typed it.
      return change(c, ctx, id, "secrets", { name }, () =>
        putSecret(ctx, id, parseInput(secretInputSchema, { name, value })),
      );
    }),
  );

  app.post(
    "/projects/:id/secrets/:name/delete",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "project");
      return change(c, ctx, id, "secrets", {}, () => deleteSecret(ctx, id, c.req.param("name") ?? ""));
    }),
  );
}

function networkRoutes(app: Hono<WebEnv>, change: Change): void {
  app.post(
    "/projects/:id/network",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "project");
      const values = await formValues(c, ["allow"]);
      const lines = (values.allow ?? "").split("\n").map((line) => line.trim());
      const allow = lines.filter((line) => line !== "");
      return change(c, ctx, id, "network", values, () =>
        setEgress(ctx, id, parseInput(egressInputSchema, { allow })),
      );
    }),
  );
}

async function showSettings(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  projectId: string,
  refused: Refused | null,
): Promise<Response> {
  const project = await getProject(ctx, projectId);
  const [environments, secrets, members, egress] = await Promise.all([
    listEnvironments(ctx, projectId, { limit: 200 }),
    listSecrets(ctx, projectId),
    listMembers(ctx, project.organizationId, { limit: 200 }),
    getEgress(ctx, projectId),
  ]);
  const place = placeOf(project);
  const props = {
    project,
    environments: environments.items,
    secrets,
    members: members.items,
    now: ctx.now(),
    refused,
    saved: c.req.query("saved") ?? null,
    updates: may(ctx, place, "project.update"),
    writesEnvironments: may(ctx, place, "environment.write"),
    writesSecrets: may(ctx, place, "secret.write"),
    egressAllow: egress.allow,
    addsEgress: mayOnPlatform(ctx, "egress.allow"),
  };
  const head = { title: `Settings of ${project.name}`, project, section: "settings" as const };
  return site.page(c, ctx, head, <Settings {...props} />, refused ? 422 : 200);
}

function faultsOf({ errors, message }: AppError): { errors: readonly FieldError[]; fault: string } {
  return { errors, fault: errors.length > 0 ? "Not saved: something is not right" : message };
}

async function formValues(c: WebContext, names: readonly string[]): Promise<Record<string, string>> {
  const form = await c.req.formData();
  return Object.fromEntries(
    names.map((name) => [name, String(form.get(name) ?? "").replace(/\r\n?/g, "\n")]),
  );
}

function environmentOf(values: Record<string, string>) {
  const variables = parseVariables(values.variables ?? "");
  return parseInput(environmentInputSchema, {
    name: values.name,
    baseUrl: values.baseUrl?.trim() || null,
    variables,
  });
}
