import { Hono } from "hono";
import { html } from "hono/html";
import { AppError } from "../../db/domain/errors.ts";
import { signInSchema } from "../../db/domain/resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { isRegistrationOpen } from "../../db/services/account-links.ts";
import { checkCredentials } from "../../db/services/accounts.ts";
import { preferencesOf } from "../../db/services/own-account.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { SignIn } from "../pages/sign-in.tsx";
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
    const client = {
      address: site.deps.addressOf?.(c) ?? null,
      userAgent: c.req.header("User-Agent") ?? null,
    };
    try {
      const credentials = parseInput(signInSchema, { email, password: String(form.get("password") ?? "") });
      const userId = await checkCredentials(site.deps.db, {
        ...credentials,
        ...client,
        requestId: c.get("requestId"),
      });
      const session = await site.deps.sessions.create(userId, client);
      c.header("Set-Cookie", session.cookie, { append: true });
      await showTheme(c, site, userId);
      return go(c, next);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === "invalid-credentials") return show(c, { next, email, fault: error.message }, 401);
      if (error.code !== "invalid-input") throw error;
      return show(c, { next, email, fault: "Enter your e-mail address and your password." }, 422);
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
