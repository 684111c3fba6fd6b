import { Hono } from "hono";
import { deleteCookie, getCookie } from "hono/cookie";
import { html } from "hono/html";
import { AppError } from "../../db/domain/errors.ts";
import type { Identity } from "../../db/domain/sign-on.ts";
import { checkPassword, completeSignIn, sealChallenge } from "../../db/services/credentials.ts";
import { linkAtDoor, unlinkSignOn } from "../../db/services/sign-on-links.ts";
import { openHalfway, signOnCookie } from "../../db/services/sign-on-state.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { textOf } from "../forms/refused.ts";
import { SignOnPassword } from "../pages/single-sign-on.tsx";
import { providerOf } from "../sign-on-way.ts";
import { attempted, go, type Site, themeOf } from "../site.tsx";
import { clientOf, enter, showCode } from "./account.tsx";
import { confirmed } from "./account-security.tsx";
import { doorOf } from "./door.tsx";
import { showSecurity } from "./own-account.tsx";

/** What is still to be shown after a provider has signed somebody in, and the accounts there that open one's own. */
export function singleSignOnRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  halfway(app, site);
  app.post(
    "/account/sign-ons/:id/unlink",
    confirmed("/account/security", async (c, ctx) => {
      const id = c.req.param("id") ?? "";
      const result = await attempted(() => unlinkSignOn(ctx, id, site.deps.signOn?.issuer ?? null));
      if (result.error === undefined) return go(c, "/account/security?done=unlinked");
      return showSecurity(site, c, ctx, { form: "sign-on", fault: result.error.message, errors: [] });
    }),
  );
  return app;
}

const path = "/sign-in/single-sign-on";

function halfway(app: Hono<WebEnv>, site: Site): void {
  const { db, keys } = site.deps;
  const stateOf = (c: WebContext) => openHalfway(keys, getCookie(c, cookieOf(site).name), new Date());
  const showPassword = (c: WebContext, { email }: Identity, fault: string | null, status: 200 | 401) => {
    c.header("Cache-Control", "no-store");
    const props = { email: email ?? "", provider: providerOf(site), fault };
    const page = <SignOnPassword {...props} asset={site.asset} theme={themeOf(c)} />;
    return c.html(html`<!doctype html>${page}`, status);
  };

  app.get(path, (c) => {
    const state = stateOf(c);
    if (state?.step === "password") return showPassword(c, state.identity, null, 200);
    if (state?.step !== "code") return c.redirect("/sign-in?fault=expired", 303);
    const { challenge, next } = state;
    return showCode(c, site, { challenge, next, fault: null }, 200);
  });

  app.post(path, async (c) => {
    const form = await c.req.formData();
    const state = stateOf(c);
    if (state?.step !== "password") return go(c, "/sign-in?fault=expired");
    const { identity, next } = state;
    const asker = { ...clientOf(c, site), requestId: c.get("requestId"), by: "sign-on" } as const;
    try {
      const password = textOf(form, "password").slice(0, 256);
      const given = { email: identity.email ?? "", password, ...asker };
      const { userId, needsCode } = await checkPassword(db, given);
      if (needsCode) {
        const challenge = sealChallenge(keys, { userId, by: "sign-on", link: identity }, new Date());
        return showCode(c, site, { challenge, next, fault: null }, 200);
      }
      await linkAtDoor(doorOf(c, site), userId, identity);
      await completeSignIn(db, userId, null, keys, asker);
      forget(c, site);
      return await enter(c, site, userId, next, "sign-on");
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === "conflict") return go(c, "/sign-in?fault=linked-already");
      if (error.code !== "invalid-credentials") throw error;
      return showPassword(c, identity, "That is not the password of this account.", 401);
    }
  });
}

function cookieOf({ deps }: Site) {
  return signOnCookie(deps.publicUrl);
}

function forget(c: WebContext, site: Site): void {
  const { name, secure } = cookieOf(site);
  deleteCookie(c, name, { path: "/", secure });
}
