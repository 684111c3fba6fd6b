import { pageQuerySchema } from "../../db/domain/queries.ts";
import { organizationInputSchema, organizationSchema } from "../../db/domain/resources.ts";
import {
  createOrganization,
  getOrganization,
  listOrganizations,
  updateOrganization,
} from "../../db/services/organizations.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf } from "./shared.ts";

const tag = "Organizations";

export function organizationRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listOrganizations",
      method: "get",
      path: "/organizations",
      tag,
      summary: "The organizations that you are a member of",
      query: pageQuerySchema,
      status: 200,
      result: pageOf(organizationSchema),
    },
    ({ ctx, query }) => listOrganizations(ctx, query),
  );

  endpoint(
    api,
    {
      id: "createOrganization",
      method: "post",
      path: "/organizations",
      tag,
      summary: "Make an organization; you become its owner",
      body: named(organizationInputSchema, "OrganizationInput"),
      bodyExample: { name: "Acme" },
      status: 201,
      result: organizationSchema,
      errors: ["forbidden", "conflict"],
    },
    async ({ c, ctx, body }) => {
      const organization = await createOrganization(ctx, body);
      c.header("Location", `/api/v1/organizations/${organization.id}`);
      return organization;
    },
  );

  endpoint(
    api,
    {
      id: "getOrganization",
      method: "get",
      path: "/organizations/{id}",
      tag,
      summary: "One organization",
      params: byId,
      status: 200,
      result: organizationSchema,
    },
    ({ ctx, params }) => getOrganization(ctx, params.id),
  );

  endpoint(
    api,
    {
      id: "updateOrganization",
      method: "patch",
      path: "/organizations/{id}",
      tag,
      summary: "Rename an organization",
      params: byId,
      body: named(organizationInputSchema.partial(), "OrganizationChange"),
      status: 200,
      result: organizationSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => updateOrganization(ctx, params.id, body),
  );
}
