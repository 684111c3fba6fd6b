import { Hono } from "hono";
import {
  accountChangeSchema,
  accountQuerySchema,
  type PlanLimits,
  planChangeSchema,
  planLimitsSchema,
  tenantQuerySchema,
} from "../../db/domain/tenancy.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { changePlan } from "../../db/services/plans.ts";
import { getTenant, listTenants } from "../../db/services/tenants.ts";
import { changeUser, listUsers } from "../../db/services/users.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { Accounts } from "../pages/accounts.tsx";
import { TenantPlan, Tenants } from "../pages/tenants.tsx";
import { attempted, go, idOf, pathOf, type Site, signedIn } from "../site.tsx";

/** For those who run the installation: accounts, organizations and their plans. */
export function platformRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  accountRoutes(app, site);
  tenantRoutes(app, site);
  return app;
}

function accountRoutes(app: Hono<WebEnv>, site: Site): void {
  const show = async (c: WebContext, ctx: Ctx, fault: string | null) => {
    const query = parseInput(accountQuerySchema, queryOf(c, ["search", "state", "platformRole", "cursor"]));
    const props = {
      page: await listUsers(ctx, query),
      query,
      fault,
      saved: c.req.query("saved") !== undefined,
      path: c.req.method === "GET" ? pathOf(c) : "/users",
      now: ctx.now(),
    };
    return site.page(c, ctx, { title: "Accounts" }, <Accounts {...props} />, fault ? 409 : 200);
  };
  app.get(
    "/users",
    signedIn((c, ctx) => show(c, ctx, null)),
  );
  app.post(
    "/users/:id",
    signedIn(async (c, ctx) => {
      const { role, disabled } = await c.req.parseBody();
      const { error } = await attempted(() => {
        const change = parseInput(accountChangeSchema, {
          ...(role === undefined ? {} : { platformRole: role }),
          ...(disabled === undefined ? {} : { disabled: disabled === "true" }),
        });
        return changeUser(ctx, idOf(c, "user"), change);
      });
      return error ? show(c, ctx, error.message) : go(c, "/users?saved");
    }),
  );
}

const limitNames = Object.keys(planLimitsSchema.shape) as (keyof PlanLimits)[];

function tenantRoutes(app: Hono<WebEnv>, site: Site): void {
  app.get(
    "/tenants",
    signedIn(async (c, ctx) => {
      const query = parseInput(tenantQuerySchema, queryOf(c, ["search", "cursor"]));
      const props = {
        page: await listTenants(ctx, query),
        search: query.search ?? "",
        saved: c.req.query("saved") !== undefined,
        path: pathOf(c),
        now: ctx.now(),
      };
      return site.page(c, ctx, { title: "Organizations" }, <Tenants {...props} />);
    }),
  );
  app.get(
    "/tenants/:id",
    signedIn(async (c, ctx) => {
      const tenant = await getTenant(ctx, idOf(c, "organization"));
      const { limits } = tenant.plan;
      const values = textsOf((name) => limits[name]?.toString() ?? "");
      const body = <TenantPlan tenant={tenant} values={values} errors={[]} />;
      return site.page(c, ctx, { title: `Plan of ${tenant.name}` }, body);
    }),
  );
  app.post(
    "/tenants/:id",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "organization");
      const form = await c.req.parseBody();
      const values = textsOf((name) => String(form[name] ?? "").trim());
      const given = limitNames.map((name) => [name, values[name] === "" ? null : Number(values[name])]);
      const { error } = await attempted(() =>
        changePlan(ctx, id, parseInput(planChangeSchema, Object.fromEntries(given))),
      );
      if (!error) return go(c, "/tenants?saved");
      const tenant = await getTenant(ctx, id);
      const body = <TenantPlan tenant={tenant} values={values} errors={error.errors} />;
      return site.page(c, ctx, { title: `Plan of ${tenant.name}` }, body, 422);
    }),
  );
}

function textsOf(text: (name: keyof PlanLimits) => string): Record<keyof PlanLimits, string> {
  return Object.fromEntries(limitNames.map((name) => [name, text(name)])) as Record<keyof PlanLimits, string>;
}

/** Those parameters that are there and not empty, as a form sends them. */
function queryOf(c: WebContext, names: readonly string[]): Record<string, string> {
  const given = names.map((name) => [name, c.req.query(name) ?? ""] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}
