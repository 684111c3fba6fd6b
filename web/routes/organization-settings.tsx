import { Hono } from "hono";
import { organizationInputSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { getOrganization, updateOrganization } from "../../db/services/organizations.ts";
import { may } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { refusedBy, textOf } from "../forms/refused.ts";
import { OrganizationPage } from "../pages/organization-head.tsx";
import { OrganizationSettings, type OrganizationSettingsProps } from "../pages/organization-settings.tsx";
import { attempted, go, idOf, type Site, signedIn } from "../site.tsx";

/** The name of an organization, and what it is called in addresses. */
export function organizationSettingsRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const path = "/organizations/:id/settings";

  const show = async (c: WebContext, ctx: Ctx, refused: OrganizationSettingsProps["refused"]) => {
    const organization = await getOrganization(ctx, idOf(c, "organization"));
    const place = { organizationId: organization.id };
    const frame = {
      organization,
      tab: "settings" as const,
      manages: may(ctx, place, "audit.read"),
      saved: c.req.query("saved") !== undefined,
    };
    const body = (
      <OrganizationPage {...frame} fault={refused?.fault ?? null}>
        <OrganizationSettings
          organization={organization}
          updates={may(ctx, place, "organization.update")}
          refused={refused}
        />
      </OrganizationPage>
    );
    const title = `Settings of ${organization.name}`;
    return site.page(c, ctx, { title }, body, refused ? 422 : 200);
  };

  app.get(
    path,
    signedIn((c, ctx) => show(c, ctx, null)),
  );

  app.post(
    path,
    signedIn(async (c, ctx) => {
      const id = idOf(c, "organization");
      const form = await c.req.formData();
      const values = { name: textOf(form, "name"), slug: textOf(form, "slug").trim() };
      const { error } = await attempted(() =>
        updateOrganization(ctx, id, parseInput(organizationInputSchema.required(), values)),
      );
      if (error) return show(c, ctx, { ...refusedBy(error), values });
      return go(c, `/organizations/${id}/settings?saved`);
    }),
  );
  return app;
}
