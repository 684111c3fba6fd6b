import {
  accountChangeSchema,
  accountDetailSchema,
  accountQuerySchema,
  accountSchema,
  tenantQuerySchema,
  tenantSchema,
} from "../../db/domain/tenancy.ts";
import { listTenants } from "../../db/services/tenants.ts";
import { changeUser, getUser, listUsers } from "../../db/services/users.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf } from "./shared.ts";

const tag = "Platform";

/** Accounts and organizations of the whole installation, for those who run it. */
export function platformRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listUsers",
      method: "get",
      path: "/users",
      tag,
      summary: "The accounts of the installation, by e-mail address",
      query: accountQuerySchema,
      status: 200,
      result: pageOf(accountSchema),
      errors: ["forbidden"],
    },
    ({ ctx, query }) => listUsers(ctx, query),
  );

  endpoint(
    api,
    {
      id: "getUser",
      method: "get",
      path: "/users/{id}",
      tag,
      summary: "One account, and the ways into it",
      params: byId,
      status: 200,
      result: accountDetailSchema,
      errors: ["forbidden"],
    },
    ({ ctx, params }) => getUser(ctx, params.id, api.deps.signOn?.issuer ?? null),
  );

  endpoint(
    api,
    {
      id: "changeUser",
      method: "patch",
      path: "/users/{id}",
      tag,
      summary: "Change the role of an account on the platform, disable or enable it",
      description: "Whoever is disabled is signed out everywhere, at once. One administrator has to stay.",
      params: byId,
      body: named(accountChangeSchema, "AccountChange"),
      bodyExample: { disabled: true },
      status: 200,
      result: accountSchema,
      errors: ["forbidden", "conflict"],
    },
    ({ ctx, params, body }) => changeUser(ctx, params.id, body),
  );

  endpoint(
    api,
    {
      id: "listTenants",
      method: "get",
      path: "/tenants",
      tag,
      summary: "Every organization of the installation, with what it may use and what it uses",
      query: tenantQuerySchema,
      status: 200,
      result: pageOf(tenantSchema),
      errors: ["forbidden"],
    },
    ({ ctx, query }) => listTenants(ctx, query),
  );
}
