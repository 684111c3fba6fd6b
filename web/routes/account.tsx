import { Hono } from "hono";
import { html } from "hono/html";
import type { SignInMethod } from "../../db/domain/account-resources.ts";
import { AppError } from "../../db/domain/errors.ts";
import { signInSchema } from "../../db/domain/resources.ts";
import { safeNext } from "../../db/domain/return-address.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { isRegistrationOpen } from "../../db/services/account-links.ts";
import {
  checkPassword,
  completeSignIn,
  openChallenge,
  sealChallenge,
} from "../../db/services/credentials.ts";
import { preferencesOf } from "../../db/services/own-account.ts";
import { linkAtDoor } from "../../db/services/sign-on-links.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { SignIn } from "../pages/sign-in.tsx";
import { SignInCode } from "../pages/two-factor.tsx";
import { signOnFaultOf, signOnWay } from "../sign-on-way.ts";
import { go, rememberTheme, type Site, themeOf } from "../site.tsx";
import { doorOf } from "./door.tsx";

/** Signing in and out, and the theme. The limit on tries stands before this, in the api. */
export function accountRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  const show = async (
    c: WebContext,
    props: { next: string; email: string; fault: string | null },
    status: 200 | 422 | 401,
  ) => {
    c.header("Cache-Control", "no-store");
    const isOpen = await isRegistrationOpen(doorOf(c, site));
    const signOn = signOnWay(site, props.next);
    const page = <SignIn {...props} isOpen={isOpen} signOn={signOn} asset={site.asset} theme={themeOf(c)} />;
    return c.html(html`<!doctype html>${page}`, status);
  };

  app.get("/sign-in", async (c) => {
    const next = safeNext(c.req.query("next"));
    if (c.get("ctx")) return c.redirect(next, 303);
    return show(c, { next, email: "", fault: signOnFaultOf(c, site) }, 200);
  });

  app.post("/sign-in", async (c) => {
    const form = await c.req.formData();
    const email = String(form.get("email") ?? "").trim();
    const next = safeNext(String(form.get("next") ?? ""));
    const client = clientOf(c, site);
    try {
      const credentials = parseInput(signInSchema, { email, password: String(form.get("password") ?? "") });
      const asker = { ...client, requestId: c.get("requestId") };
      const { db, keys } = site.deps;
      const { userId, needsCode } = await checkPassword(db, { ...credentials, ...asker });
      if (needsCode) {
        const challenge = sealChallenge(keys, { userId, by: "password", link: null }, new Date());
        return showCode(c, site, { challenge, next, fault: null }, 200);
      }
      await completeSignIn(db, userId, null, keys, asker);
      return await enter(c, site, userId, next, "password");
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === "invalid-credentials") return show(c, { next, email, fault: error.message }, 401);
      if (error.code !== "invalid-input") throw error;
      return show(c, { next, email, fault: "Enter your e-mail address and your password." }, 422);
    }
  });

  app.post("/sign-in/code", async (c) => {
    const form = await c.req.formData();
    const next = safeNext(String(form.get("next") ?? ""));
    const challenge = String(form.get("challenge") ?? "");
    const { db, keys } = site.deps;
    const passed = openChallenge(keys, challenge, new Date());
    if (passed === null) {
      return show(c, { next, email: "", fault: "That took too long: sign in once more." }, 401);
    }
    const { userId, by, link } = passed;
    try {
      const code = String(form.get("code") ?? "").slice(0, 100);
      const asker = { ...clientOf(c, site), requestId: c.get("requestId"), by };
      await completeSignIn(db, userId, code, keys, asker);
      if (link) await linkAtDoor(doorOf(c, site), userId, link);
      return await enter(c, site, userId, next, by);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // Signed in, but for what has come to be linked elsewhere meanwhile.
      if (error.code === "conflict") return show(c, { next, email: "", fault: error.message }, 401);
      if (error.code !== "invalid-credentials") throw error;
      return showCode(c, site, { challenge, next, fault: error.message }, 401);
    }
  });

  app.post("/sign-out", async (c) => {
    const cookie = await site.deps.sessions.revoke(c.req.header("Cookie") ?? null);
    c.header("Set-Cookie", cookie, { append: true });
    return go(c, "/sign-in");
  });

  app.post("/theme", async (c) => {
    const form = await c.req.formData();
    rememberTheme(c, themeOf(c) === "dark" ? "light" : "dark");
    return go(c, safeNext(String(form.get("next") ?? "")));
  });

  return app;
}

/** How they like the dashboard, also in a browser that they have not used before. */
async function showTheme(c: WebContext, { deps }: Site, userId: string): Promise<void> {
  const { theme } = await preferencesOf(deps.db, userId);
  if (theme !== "auto") rememberTheme(c, theme);
}

export function clientOf(c: WebContext, { deps }: Site) {
  return { address: deps.addressOf?.(c) ?? null, userAgent: c.req.header("User-Agent") ?? null };
}

type CodeProps = { challenge: string; next: string; fault: string | null };

/** The second half of a sign-in. */
export function showCode(c: WebContext, { asset }: Site, props: CodeProps, status: 200 | 401) {
  c.header("Cache-Control", "no-store");
  const page = <SignInCode {...props} asset={asset} theme={themeOf(c)} />;
  return c.html(html`<!doctype html>${page}`, status);
}

/** In, after a password or a code was shown a moment ago. */
export async function enter(
  c: WebContext,
  site: Site,
  userId: string,
  next: string,
  by: SignInMethod,
): Promise<Response> {
  const arrived = { method: by, provedAt: new Date() };
  const session = await site.deps.sessions.create(userId, clientOf(c, site), arrived);
  c.header("Set-Cookie", session.cookie, { append: true });
  await showTheme(c, site, userId);
  return go(c, next);
}
