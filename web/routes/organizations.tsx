import { Hono } from "hono";
import type { AppError } from "../../db/domain/errors.ts";
import { memberChangeSchema, type Organization } from "../../db/domain/resources.ts";
import { invitationInputSchema, searchQuerySchema } from "../../db/domain/tenancy.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import {
  createInvitation,
  invitationLink,
  listInvitations,
  resendInvitation,
  revokeInvitation,
  type Sent,
} from "../../db/services/invitations.ts";
import { changeMember, listMembers, removeMember, transferOwnership } from "../../db/services/members.ts";
import { getOrganization } from "../../db/services/organizations.ts";
import { getPlan } from "../../db/services/plans.ts";
import { listProjects } from "../../db/services/projects.ts";
import { may, placeOf } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { OrganizationPage, type OrganizationTab } from "../pages/organization-head.tsx";
import {
  type InvitationsProps,
  OrganizationInvitations,
  type ProjectGrant,
} from "../pages/organization-invitations.tsx";
import { OrganizationMembers } from "../pages/organization-members.tsx";
import { PlanTable } from "../parts/plan-table.tsx";
import { attempted, go, idOf, pathOf, type Site, signedIn } from "../site.tsx";

/** The pages of an organization: its members, who is invited, and its plan. */
export function organizationRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  app.get("/organizations/:id", (c) => c.redirect(`/organizations/${c.req.param("id")}/members`, 303));
  memberRoutes(app, site);
  invitationRoutes(app, site);
  app.get(
    "/organizations/:id/plan",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "organization");
      const [organization, plan] = await Promise.all([getOrganization(ctx, id), getPlan(ctx, id)]);
      const body = (
        <OrganizationPage organization={organization} {...frameOf(ctx, organization, "plan")}>
          <PlanTable plan={plan} />
          <p class="hint">Whoever runs this installation changes what an organization may use.</p>
        </OrganizationPage>
      );
      return site.page(c, ctx, { title: `Plan of ${organization.name}` }, body);
    }),
  );
  return app;
}

function memberRoutes(app: Hono<WebEnv>, site: Site): void {
  const show = async (c: WebContext, ctx: Ctx, fault: AppError | null) => {
    const id = idOf(c, "organization");
    const organization = await getOrganization(ctx, id);
    const query = parseInput(searchQuerySchema, listedBy(c));
    const page = await listMembers(ctx, id, query);
    const frame = { ...frameOf(ctx, organization, "members"), saved: c.req.query("saved") !== undefined };
    const body = (
      <OrganizationPage organization={organization} {...frame} fault={fault?.message ?? null}>
        <OrganizationMembers
          organization={organization}
          page={page}
          search={query.search ?? ""}
          userId={ctx.actor.kind === "user" ? ctx.actor.userId : null}
          writes={may(ctx, placeIn(organization), "member.write")}
          owns={may(ctx, placeIn(organization), "owner.write")}
          path={fault ? `/organizations/${id}/members` : pathOf(c)}
          now={ctx.now()}
        />
      </OrganizationPage>
    );
    return site.page(c, ctx, { title: `Members of ${organization.name}` }, body, fault ? 409 : 200);
  };
  app.get(
    "/organizations/:id/members",
    signedIn((c, ctx) => show(c, ctx, null)),
  );

  // A change of one member: done and shown again, or shown with what kept it from being made.
  const change = (
    path: string,
    work: (ctx: Ctx, id: string, userId: string, c: WebContext) => Promise<unknown>,
  ) =>
    app.post(
      `/organizations/:id/members/:userId${path}`,
      signedIn(async (c, ctx) => {
        const [id, userId] = [idOf(c, "organization"), idOf(c, "member", "userId")];
        const { error } = await attempted(() => work(ctx, id, userId, c));
        if (error) return show(c, ctx, error);
        const hasLeft = path === "/remove" && ctx.actor.kind === "user" && ctx.actor.userId === userId;
        return go(c, hasLeft ? "/projects" : `/organizations/${id}/members?saved`);
      }),
    );
  change("", async (ctx, id, userId, c) => {
    const form = await c.req.parseBody();
    const { role } = parseInput(memberChangeSchema, { role: form.role });
    return changeMember(ctx, id, userId, role);
  });
  change("/remove", (ctx, id, userId) => removeMember(ctx, id, userId));
  change("/transfer", (ctx, id, userId) => transferOwnership(ctx, id, userId));
}

type Shown = Partial<Pick<InvitationsProps, "values" | "errors">> & { sent?: Sent; fault?: string };

function invitationRoutes(app: Hono<WebEnv>, site: Site): void {
  const delivery = site.deps.sendsMail ? "mail" : "hand";
  const show = async (c: WebContext, ctx: Ctx, { values = {}, errors = [], sent, fault }: Shown) => {
    const id = idOf(c, "organization");
    const organization = await getOrganization(ctx, id);
    const query = parseInput(searchQuerySchema, listedBy(c));
    const page = await listInvitations(ctx, id, query);
    const projects = (
      await listProjects(ctx, { organizationId: id, archived: "false", limit: projectsOffered })
    ).items;
    const link = sent && {
      email: sent.invitation.email,
      url: sent.token === null ? null : invitationLink(site.deps.publicUrl, sent.token),
    };
    const frame = frameOf(ctx, organization, "invitations");
    const body = (
      <OrganizationPage organization={organization} {...frame} fault={fault ?? null}>
        <OrganizationInvitations
          organization={organization}
          page={page}
          search={query.search ?? ""}
          values={values}
          projects={projects.filter((project) => may(ctx, placeOf(project), "projectMember.write"))}
          errors={errors}
          link={link ?? null}
          owns={may(ctx, placeIn(organization), "owner.write")}
          path={c.req.method === "GET" ? pathOf(c) : `/organizations/${id}/invitations`}
          now={ctx.now()}
        />
      </OrganizationPage>
    );
    const title = `Invitations to ${organization.name}`;
    return site.page(c, ctx, { title }, body, fault ? 422 : 200);
  };
  app.get(
    "/organizations/:id/invitations",
    signedIn((c, ctx) => show(c, ctx, {})),
  );
  // Shown and not sent elsewhere: the link is in no address and in no history.
  app.post(
    "/organizations/:id/invitations",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const text = (name: string) => String(form.get(name) ?? "");
      const values = { email: text("email"), role: text("role"), projectRoles: grantsIn(form) };
      const result = await attempted(() =>
        createInvitation(ctx, idOf(c, "organization"), parseInput(invitationInputSchema, values), delivery),
      );
      if (!result.error) return show(c, ctx, { sent: result.value });
      const { errors, message } = result.error;
      return show(c, ctx, { values, errors, fault: errors.length > 0 ? "Nobody was invited" : message });
    }),
  );
  app.post(
    "/organizations/:id/invitations/:invitation/resend",
    signedIn(async (c, ctx) => {
      const id = idOf(c, "invitation", "invitation");
      const result = await attempted(() => resendInvitation(ctx, idOf(c, "organization"), id, delivery));
      return show(c, ctx, result.error ? { fault: result.error.message } : { sent: result.value });
    }),
  );
  app.post(
    "/organizations/:id/invitations/:invitation/revoke",
    signedIn(async (c, ctx) => {
      const [organization, id] = [idOf(c, "organization"), idOf(c, "invitation", "invitation")];
      const { error } = await attempted(() => revokeInvitation(ctx, organization, id));
      if (error) return show(c, ctx, { fault: error.message });
      return go(c, `/organizations/${organization}/invitations`);
    }),
  );
}

/** More projects than one can be given roles in with one invitation are not offered. */
const projectsOffered = 100;

/** The projects in which a role was chosen. */
function grantsIn(form: FormData): ProjectGrant[] {
  const roles = form.getAll("projectRole").map(String);
  return form
    .getAll("projectId")
    .map((id, index) => ({ projectId: String(id), role: roles[index] ?? "" }))
    .filter(({ role }) => role !== "");
}

function placeIn({ id }: Organization) {
  return { organizationId: id };
}

function frameOf(ctx: Ctx, organization: Organization, tab: OrganizationTab) {
  return { tab, manages: may(ctx, placeIn(organization), "audit.read") };
}

/** The page of a list and what is looked for in it. */
function listedBy(c: WebContext): Record<string, string> {
  return Object.fromEntries(
    ["cursor", "search"].flatMap((name) => {
      const value = c.req.query(name);
      return value ? [[name, value]] : [];
    }),
  );
}
