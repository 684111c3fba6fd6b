import { z } from "zod";
import {
  groupChangeSchema,
  groupInputSchema,
  groupSchema,
  groupSummarySchema,
  groupUsageSchema,
  groupVersionSchema,
} from "../../db/domain/group-resources.ts";
import { pageQuerySchema } from "../../db/domain/queries.ts";
import {
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  listGroupUsages,
  listGroupVersions,
  updateGroup,
} from "../../db/services/groups.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, wholeList } from "./shared.ts";

const tag = "Groups";
const ofProject = "/projects/{id}/groups";
const one = `${ofProject}/{groupId}`;
const byGroup = byId.extend({ groupId: z.uuid() });

export function groupRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listGroups",
      method: "get",
      path: ofProject,
      tag,
      summary: "The groups of a project, with how much calls each",
      params: byId,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(groupSummarySchema),
    },
    ({ ctx, params, query }) => listGroups(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "createGroup",
      method: "post",
      path: ofProject,
      tag,
      summary: "Keep steps under a name, for test cases to call",
      params: byId,
      body: named(groupInputSchema, "StepGroupInput"),
      bodyExample: {
        name: "Sign in",
        parameters: [{ name: "user" }, { name: "password", default: "{{secrets.password}}" }],
        steps: [
          { type: "goto", url: "/sign-in" },
          { type: "fill", target: "label=User", value: "{{user}}" },
          { type: "fill", target: "label=Password", value: "{{password}}" },
          { type: "click", target: 'role=button[name="Sign in"]' },
        ],
      },
      status: 201,
      result: groupSchema,
      errors: ["conflict"],
    },
    async ({ c, ctx, params, body }) => {
      const group = await createGroup(ctx, params.id, body);
      c.header("Location", `/api/v1/projects/${group.projectId}/groups/${group.id}`);
      return group;
    },
  );
  singleRoutes(api);
}

function singleRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "getGroup",
      method: "get",
      path: one,
      tag,
      summary: "One group with its steps",
      params: byGroup,
      status: 200,
      result: groupSchema,
    },
    ({ ctx, params }) => getGroup(ctx, params.id, params.groupId),
  );

  endpoint(
    api,
    {
      id: "updateGroup",
      method: "patch",
      path: one,
      tag,
      summary: "Save a group as a new version; executions that have begun go on with theirs",
      params: byGroup,
      body: named(groupChangeSchema, "StepGroupChange"),
      status: 200,
      result: groupSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => updateGroup(ctx, params.id, params.groupId, body),
  );

  endpoint(
    api,
    {
      id: "deleteGroup",
      method: "delete",
      path: one,
      tag,
      summary: "Delete a group that nothing calls",
      params: byGroup,
      status: 204,
      errors: ["conflict"],
    },
    async ({ ctx, params }) => {
      await deleteGroup(ctx, params.id, params.groupId);
      return undefined;
    },
  );

  endpoint(
    api,
    {
      id: "listGroupVersions",
      method: "get",
      path: `${one}/versions`,
      tag,
      summary: "Every save of a group, the newest first",
      params: byGroup,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(groupVersionSchema),
    },
    ({ ctx, params, query }) => listGroupVersions(ctx, params.id, params.groupId, query),
  );

  endpoint(
    api,
    {
      id: "listGroupUsages",
      method: "get",
      path: `${one}/usages`,
      tag,
      summary: "The test cases and groups that call a group",
      params: byGroup,
      status: 200,
      result: pageOf(groupUsageSchema),
    },
    async ({ ctx, params }) => wholeList(await listGroupUsages(ctx, params.id, params.groupId)),
  );
}
