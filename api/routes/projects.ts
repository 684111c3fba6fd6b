import { z } from "zod";
import { egressInputSchema, egressSchema } from "../../db/domain/egress.ts";
import { pageQuerySchema, projectQuerySchema } from "../../db/domain/queries.ts";
import {
  environmentInputSchema,
  environmentSchema,
  projectChangeSchema,
  projectInputSchema,
  projectSchema,
  secretInputSchema,
  secretSchema,
} from "../../db/domain/resources.ts";
import { getEgress, setEgress } from "../../db/services/egress.ts";
import {
  createEnvironment,
  deleteEnvironment,
  listEnvironments,
  updateEnvironment,
} from "../../db/services/environments.ts";
import { createProject, getProject, listProjects, updateProject } from "../../db/services/projects.ts";
import { deleteSecret, listSecrets, putSecret } from "../../db/services/secrets.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, wholeList } from "./shared.ts";

const tag = "Projects";

export function projectRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listProjects",
      method: "get",
      path: "/projects",
      tag,
      summary: "The projects that you can see",
      query: projectQuerySchema,
      status: 200,
      result: pageOf(projectSchema),
    },
    ({ ctx, query }) => listProjects(ctx, query),
  );

  endpoint(
    api,
    {
      id: "createProject",
      method: "post",
      path: "/projects",
      tag,
      summary: "Make a project in an organization",
      body: named(projectInputSchema, "ProjectInput"),
      bodyExample: {
        organizationId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f",
        name: "Web shop",
        baseUrl: "https://shop.example.com",
      },
      status: 201,
      result: projectSchema,
      errors: ["forbidden", "not-found", "conflict"],
    },
    async ({ c, ctx, body }) => {
      const project = await createProject(ctx, body);
      c.header("Location", `/api/v1/projects/${project.id}`);
      return project;
    },
  );

  endpoint(
    api,
    {
      id: "getProject",
      method: "get",
      path: "/projects/{id}",
      tag,
      summary: "One project",
      params: byId,
      status: 200,
      result: projectSchema,
    },
    ({ ctx, params }) => getProject(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "updateProject",
      method: "patch",
      path: "/projects/{id}",
      tag,
      summary: "Change, archive or restore a project",
      params: byId,
      body: named(projectChangeSchema, "ProjectChange"),
      status: 200,
      result: projectSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => updateProject(ctx, params.id, body),
  );
  egressRoutes(api);
  environmentRoutes(api);
  secretRoutes(api);
}

function egressRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "getEgress",
      method: "get",
      path: "/projects/{id}/egress",
      tag,
      summary: "What tests of a project may reach beyond public addresses",
      params: byId,
      status: 200,
      result: egressSchema,
    },
    ({ ctx, params }) => getEgress(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "setEgress",
      method: "put",
      path: "/projects/{id}/egress",
      tag,
      summary: "Say anew what they may reach; to add something takes an administrator of the installation",
      params: byId,
      body: named(egressInputSchema, "EgressInput"),
      bodyExample: { allow: ["10.2.0.0/16:443", "[fd12:3456::/32]:8080"] },
      status: 200,
      result: egressSchema,
    },
    ({ ctx, params, body }) => setEgress(ctx, params.id, body),
  );
}

function environmentRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listEnvironments",
      method: "get",
      path: "/projects/{id}/environments",
      tag,
      summary: "The environments of a project",
      params: byId,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(environmentSchema),
    },
    ({ ctx, params, query }) => listEnvironments(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "createEnvironment",
      method: "post",
      path: "/projects/{id}/environments",
      tag,
      summary: "Make an environment",
      params: byId,
      body: named(environmentInputSchema, "EnvironmentInput"),
      bodyExample: { name: "Staging", baseUrl: "https://staging.example.com", variables: { plan: "free" } },
      status: 201,
      result: environmentSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => createEnvironment(ctx, params.id, body),
  );

  endpoint(
    api,
    {
      id: "updateEnvironment",
      method: "patch",
      path: "/environments/{id}",
      tag,
      summary: "Change an environment; `variables` replaces all of them",
      params: byId,
      body: named(environmentInputSchema.partial(), "EnvironmentChange"),
      status: 200,
      result: environmentSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => updateEnvironment(ctx, params.id, body),
  );

  endpoint(
    api,
    {
      id: "deleteEnvironment",
      method: "delete",
      path: "/environments/{id}",
      tag,
      summary: "Remove an environment; what ran in it stays",
      params: byId,
      status: 204,
    },
    async ({ ctx, params }) => {
      await deleteEnvironment(ctx, params.id);
      return undefined;
    },
  );
}

function secretRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listSecrets",
      method: "get",
      path: "/projects/{id}/secrets",
      tag,
      summary: "The names of a project's secrets; the values never come out",
      params: byId,
      status: 200,
      result: pageOf(secretSchema),
    },
    async ({ ctx, params }) => wholeList(await listSecrets(ctx, params.id)),
  );

  endpoint(
    api,
    {
      id: "putSecret",
      method: "post",
      path: "/projects/{id}/secrets",
      tag,
      summary: "Set a secret; steps read it as `{{secrets.name}}`",
      params: byId,
      body: named(secretInputSchema, "SecretInput"),
      bodyExample: { name: "password", value: "correct horse battery staple" },
      status: 201,
      result: secretSchema,
    },
    ({ ctx, params, body }) => putSecret(ctx, params.id, body),
  );

  endpoint(
    api,
    {
      id: "deleteSecret",
      method: "delete",
      path: "/projects/{id}/secrets/{name}",
      tag,
      summary: "Remove a secret",
      params: byId.extend({ name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/) }),
      status: 204,
    },
    async ({ ctx, params }) => {
      await deleteSecret(ctx, params.id, params.name);
      return undefined;
    },
  );
}
