import { z } from "zod";
import { pageQuerySchema } from "../../db/domain/queries.ts";
import {
  memberChangeSchema,
  memberSchema,
  projectMemberInputSchema,
  projectMemberSchema,
  transferSchema,
} from "../../db/domain/resources.ts";
import { searchQuerySchema } from "../../db/domain/tenancy.ts";
import { changeMember, listMembers, removeMember, transferOwnership } from "../../db/services/members.ts";
import {
  listProjectMembers,
  putProjectMember,
  removeProjectMember,
} from "../../db/services/project-members.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf } from "./shared.ts";

const byMember = byId.extend({ userId: z.uuid() });

/** Who belongs to an organization, and who may do what in a project. */
export function memberRoutes(api: Api): void {
  organizationMemberRoutes(api);
  projectMemberRoutes(api);
}

function organizationMemberRoutes(api: Api): void {
  const tag = "Organizations";
  endpoint(
    api,
    {
      id: "listMembers",
      method: "get",
      path: "/organizations/{id}/members",
      tag,
      summary: "The members of an organization",
      params: byId,
      query: searchQuerySchema,
      status: 200,
      result: pageOf(memberSchema),
    },
    ({ ctx, params, query }) => listMembers(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "changeMember",
      method: "patch",
      path: "/organizations/{id}/members/{userId}",
      tag,
      summary: "Give a member another role; only owners make owners, and one of them has to stay",
      params: byMember,
      body: named(memberChangeSchema, "MemberChange"),
      bodyExample: { role: "admin" },
      status: 200,
      result: memberSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => changeMember(ctx, params.id, params.userId, body.role),
  );

  endpoint(
    api,
    {
      id: "removeMember",
      method: "delete",
      path: "/organizations/{id}/members/{userId}",
      tag,
      summary: "Remove a member, or leave: what that person has started is stopped",
      params: byMember,
      status: 204,
      errors: ["conflict"],
    },
    async ({ ctx, params }) => {
      await removeMember(ctx, params.id, params.userId);
      return undefined;
    },
  );

  endpoint(
    api,
    {
      id: "transferOwnership",
      method: "post",
      path: "/organizations/{id}/transfer",
      tag,
      summary: "Hand an organization over to another member; you become an admin of it",
      params: byId,
      body: named(transferSchema, "Transfer"),
      bodyExample: { userId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f" },
      status: 200,
      result: memberSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => transferOwnership(ctx, params.id, body.userId),
  );
}

function projectMemberRoutes(api: Api): void {
  const tag = "Projects";
  endpoint(
    api,
    {
      id: "listProjectMembers",
      method: "get",
      path: "/projects/{id}/members",
      tag,
      summary: "Everybody who may enter a project, with the role that counts there",
      params: byId,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(projectMemberSchema),
    },
    ({ ctx, params, query }) => listProjectMembers(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "putProjectMember",
      method: "put",
      path: "/projects/{id}/members/{userId}",
      tag,
      summary: "Give a member of the organization a role in the project",
      params: byMember,
      body: named(projectMemberInputSchema, "ProjectMemberInput"),
      bodyExample: { role: "developer" },
      status: 200,
      result: projectMemberSchema,
    },
    ({ ctx, params, body }) => putProjectMember(ctx, params.id, params.userId, body.role),
  );

  endpoint(
    api,
    {
      id: "removeProjectMember",
      method: "delete",
      path: "/projects/{id}/members/{userId}",
      tag,
      summary: "Take a role in the project away",
      params: byMember,
      status: 204,
    },
    async ({ ctx, params }) => {
      await removeProjectMember(ctx, params.id, params.userId);
      return undefined;
    },
  );
}
