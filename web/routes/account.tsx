import { Hono } from "hono";
import { html } from "hono/html";
import { AppError } from "../../db/domain/errors.ts";
import { signInSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { isRegistrationOpen } from "../../db/services/account-links.ts";
import {
  checkPassword,
  completeSignIn,
  openChallenge,
  sealChallenge,
} from "../../db/services/credentials.ts";
import { preferencesOf } from "../../db/services/own-account.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { SignIn } from "../pages/sign-in.tsx";
import { SignInCode } from "../pages/two-factor.tsx";
import { safeNext } from "../parts/safe-link.tsx";
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
    const page = <SignIn {...props} isOpen={isOpen} asset={site.asset} theme={themeOf(c)} />;
    return c.html(html`<!doctype html>${page}`, status);
  };

  app.get("/sign-in", async (c) => {
    const next = safeNext(c.req.query("next"));
    return c.get("ctx") ? c.redirect(next, 303) : show(c, { next, email: "", fault: null }, 200);
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
        return showCode(c, { challenge: sealChallenge(keys, userId, new Date()), next, fault: null }, 200);
      }
      await completeSignIn(db, userId, null, keys, asker);
      return await enter(c, site, userId, next);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === "invalid-credentials") return show(c, { next, email, fault: error.message }, 401);
      if (error.code !== "invalid-input") throw error;
      return show(c, { next, email, fault: "Enter your e-mail address and your password." }, 422);
    }
  });

  const showCode = (
    c: WebContext,
    props: { challenge: string; next: string; fault: string | null },
    status: 200 | 401,
  ) => {
    c.header("Cache-Control", "no-store");
    const page = <SignInCode {...props} asset={site.asset} theme={themeOf(c)} />;
    return c.html(html`<!doctype html>${page}`, status);
  };

  app.post("/sign-in/code", async (c) => {
    const form = await c.req.formData();
    const next = safeNext(String(form.get("next") ?? ""));
    const challenge = String(form.get("challenge") ?? "");
    const { db, keys } = site.deps;
    const userId = openChallenge(keys, challenge, new Date());
    if (userId === null) {
      return show(c, { next, email: "", fault: "That took too long: sign in once more." }, 401);
    }
    try {
      const code = String(form.get("code") ?? "").slice(0, 100);
      await completeSignIn(db, userId, code, keys, { ...clientOf(c, site), requestId: c.get("requestId") });
      return await enter(c, site, userId, next);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "invalid-credentials") throw error;
      return showCode(c, { challenge, next, fault: error.message }, 401);
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

function clientOf(c: WebContext, { deps }: Site) {
  return { address: deps.addressOf?.(c) ?? null, userAgent: c.req.header("User-Agent") ?? null };
}

async function enter(c: WebContext, site: Site, userId: string, next: string): Promise<Response> {
  const session = await site.deps.sessions.create(userId, clientOf(c, site));
  c.header("Set-Cookie", session.cookie, { append: true });
  await showTheme(c, site, userId);
  return go(c, next);
}
