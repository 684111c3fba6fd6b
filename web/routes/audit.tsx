import { Hono } from "hono";
import { type AuditFilter, auditQuerySchema } from "../../db/domain/audit.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { getAuditEntry, listAudit } from "../../db/services/audit-log.ts";
import type { Ctx } from "../../db/services/context.ts";
import { getOrganization } from "../../db/services/organizations.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { AuditEntryPage, AuditLog, type AuditLogProps } from "../pages/audit-log.tsx";
import { OrganizationPage } from "../pages/organization-head.tsx";
import { attempted, idOf, pathOf, type Site, signedIn } from "../site.tsx";

/** What was done: in an organization, and outside of all for those who run the installation. */
export function auditRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  app.get(
    "/organizations/:id/audit-logs",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "organization");
      const organization = await getOrganization(ctx, id);
      const list = await propsOf(c, ctx, id, `/organizations/${id}/audit-logs`);
      const exportPath = `/api/v1/organizations/${id}/audit-logs/export`;
      const body = (
        <OrganizationPage organization={organization} tab="audit-logs" manages>
          <AuditLog {...list} exportPath={exportPath} />
        </OrganizationPage>
      );
      const title = `Audit log of ${organization.name}`;
      return site.page(c, ctx, { title }, body, list.errors.length > 0 ? 422 : 200);
    }),
  );

  app.get(
    "/organizations/:id/audit-logs/:entry",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "organization");
      const organization = await getOrganization(ctx, id);
      const entry = await getAuditEntry(ctx, id, idOf(c, "audit entry", "entry"));
      const body = (
        <OrganizationPage organization={organization} tab="audit-logs" manages>
          <AuditEntryPage entry={entry} base={`/organizations/${id}/audit-logs`} />
        </OrganizationPage>
      );
      return site.page(c, ctx, { title: `${entry.action} in ${organization.name}` }, body);
    }),
  );

  app.get(
    "/audit-logs",
    signedIn(async (c, ctx) => {
      const list = await propsOf(c, ctx, null, "/audit-logs");
      const body = (
        <>
          <h1>Audit log of the installation</h1>
          <AuditLog {...list} exportPath="/api/v1/audit-logs/export" />
        </>
      );
      const title = "Audit log of the installation";
      return site.page(c, ctx, { title }, body, list.errors.length > 0 ? 422 : 200);
    }),
  );

  app.get(
    "/audit-logs/:entry",
    signedIn(async (c, ctx) => {
      const entry = await getAuditEntry(ctx, null, idOf(c, "audit entry", "entry"));
      const body = (
        <>
          <h1>Audit log of the installation</h1>
          <AuditEntryPage entry={entry} base="/audit-logs" />
        </>
      );
      return site.page(c, ctx, { title: entry.action }, body);
    }),
  );
  return app;
}

const names = ["actor", "actorId", "action", "entity", "entityId", "from", "to"] as const;

/** The list that the address asks for; with a filter that is not right the faults, and nothing found. */
async function propsOf(
  c: WebContext,
  ctx: Ctx,
  organizationId: string | null,
  base: string,
): Promise<Omit<AuditLogProps, "exportPath">> {
  const given = names.map((name) => [name, c.req.query(name)?.trim() ?? ""] as const);
  const typed = Object.fromEntries(given) as Record<keyof AuditFilter, string>;
  const cursor = c.req.query("cursor");
  const result = await attempted(() =>
    listAudit(
      ctx,
      organizationId,
      parseInput(auditQuerySchema, { ...asked(typed), ...(cursor && { cursor }) }),
    ),
  );
  const page = result.error ? { items: [], nextCursor: null } : result.value;
  return { base, page, typed, errors: result.error?.errors ?? [], path: pathOf(c), now: ctx.now() };
}

/** Days as they are chosen on the page mean all of the day, in UTC. */
function asked(typed: Record<keyof AuditFilter, string>): Record<string, string> {
  const { from, to, ...rest } = typed;
  const all = {
    ...rest,
    from: from && `${from}T00:00:00Z`,
    to: to && `${to}T23:59:59.999Z`,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}
