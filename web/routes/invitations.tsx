import { Hono } from "hono";
import { html } from "hono/html";
import { AppError, type FieldError, invalidInput } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import {
  acceptInvitation,
  joinByInvitation,
  readInvitation,
  visitorCtx,
} from "../../db/services/accept-invitation.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { InvitationPage } from "../pages/invitation.tsx";
import { signOnWay } from "../sign-on-way.ts";
import { attempted, go, type Site, themeOf } from "../site.tsx";

type Shown = { name?: string; errors?: readonly FieldError[]; fault?: string | null };

/** Accepting an invitation, with an account or with a new one. Tries are counted before this, in the api. */
export function invitationRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  const show = async (c: WebContext, token: string, { name = "", errors = [], fault = null }: Shown) => {
    const invitation = await readInvitation(visitorOf(site, c), token).catch((error: unknown) => {
      if (error instanceof AppError && error.code === "not-found") return null;
      throw error;
    });
    const actor = c.get("ctx")?.actor;
    const props = {
      invitation,
      token,
      signedInAs: actor?.kind === "user" ? actor.email : null,
      name,
      errors,
      signOn: signOnWay(site, `/invitations/accept?token=${encodeURIComponent(token)}`),
      fault: invitation ? fault : "This invitation was used or revoked, or has expired. Ask for another one.",
      asset: site.asset,
      theme: themeOf(c),
    };
    c.header("Cache-Control", "no-store");
    const status = invitation === null ? 404 : fault ? 422 : 200;
    return c.html(html`<!doctype html>${<InvitationPage {...props} />}`, status);
  };

  app.get("/invitations/accept", (c) => show(c, c.req.query("token") ?? "", {}));

  app.post("/invitations/accept", async (c) => {
    const form = await c.req.formData();
    const text = (field: string) => String(form.get(field) ?? "");
    const token = text("token");
    const name = text("name").trim();
    const result = await attempted(() => join(site, c, token, { name, password: text("password") }));
    if (result.error) {
      const { errors, message } = result.error;
      return show(c, token, { name, errors, fault: errors.length > 0 ? "Something is not right" : message });
    }
    return go(c, `/organizations/${result.value}/members`);
  });

  return app;
}

/** @returns the organization's id; who makes an account is signed in */
async function join(
  site: Site,
  c: WebContext,
  token: string,
  account: { name: string; password: string },
): Promise<string> {
  const ctx = c.get("ctx");
  if (ctx) return (await acceptInvitation(ctx, token)).organizationId;
  if (account.name === "" || account.name.length > 200) {
    throw invalidInput([{ path: "name", message: "must have 1 to 200 characters" }]);
  }
  if (account.password.length > limits.passwordCharsMax) {
    throw invalidInput([{ path: "password", message: `has at most ${limits.passwordCharsMax} characters` }]);
  }
  const visitor = visitorOf(site, c);
  const { userId, organizationId } = await joinByInvitation(visitor, token, account);
  const { address, userAgent } = visitor;
  const session = await site.deps.sessions.create(userId, { address, userAgent });
  c.header("Set-Cookie", session.cookie, { append: true });
  return organizationId;
}

function visitorOf(site: Site, c: WebContext) {
  return visitorCtx(site.deps.db, {
    now: () => new Date(),
    requestId: c.get("requestId"),
    address: site.deps.addressOf?.(c) ?? null,
    userAgent: c.req.header("User-Agent") ?? null,
  });
}
