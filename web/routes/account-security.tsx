import { Hono } from "hono";
import { apiTokenInputSchema, codeSchema } from "../../db/domain/account-resources.ts";
import { AppError } from "../../db/domain/errors.ts";
import { safeNext } from "../../db/domain/return-address.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { getMe } from "../../db/services/accounts.ts";
import { createApiToken, deleteApiToken, listApiTokens } from "../../db/services/api-tokens.ts";
import type { Ctx } from "../../db/services/context.ts";
import { listOrganizations } from "../../db/services/organizations.ts";
import { confirmPassword } from "../../db/services/own-account.ts";
import { getWaysIn } from "../../db/services/sign-on-links.ts";
import {
  disableTwoFactor,
  enableTwoFactor,
  pendingTwoFactor,
  renewRecoveryCodes,
  setUpTwoFactor,
} from "../../db/services/two-factor.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { type RefusedForm, refusedBy, textOf } from "../forms/refused.ts";
import { AccountPage } from "../pages/account.tsx";
import { ApiTokens } from "../pages/api-tokens.tsx";
import { ConfirmPassword, RecoveryCodes, TwoFactorSetup } from "../pages/two-factor.tsx";
import { signOnFaultOf, signOnWayOf } from "../sign-on-way.ts";
import { attempted, go, idOf, type Site, signedIn } from "../site.tsx";
import { showSecurity } from "./own-account.tsx";

/** One-time codes, API tokens, and the password once more before either changes. */
export function accountSecurityRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  confirmation(app, site);
  twoFactor(app, site);
  tokens(app, site);
  return app;
}

type Handler = (c: WebContext, ctx: Ctx) => Promise<Response>;

/** A change that needs the password of a moment ago: who has not shown it does so, and comes back to `page`. */
export function confirmed(page: string, handler: Handler) {
  return signedIn(async (c, ctx) => {
    try {
      return await handler(c, ctx);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "confirmation-required") throw error;
      return go(c, `/account/confirm?next=${encodeURIComponent(page)}`);
    }
  });
}

function confirmation(app: Hono<WebEnv>, site: Site): void {
  const show = async (c: WebContext, ctx: Ctx, next: string, error: AppError | null) => {
    const { hasPassword, signOns } = await getWaysIn(ctx, site.deps.signOn?.issuer ?? null);
    const isLinked = signOns.some(({ isUsable }) => isUsable);
    const props = {
      next,
      hasPassword,
      signOn: isLinked ? signOnWayOf(site, ctx, "confirm", next) : null,
      fault: signOnFaultOf(c, site),
      errors: error?.errors ?? [],
    };
    const title = "Show once more who you are";
    return site.page(c, ctx, { title }, <ConfirmPassword {...props} />, error ? 422 : 200);
  };

  app.get(
    "/account/confirm",
    signedIn((c, ctx) => show(c, ctx, safeNext(c.req.query("next")), null)),
  );

  app.post(
    "/account/confirm",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const next = safeNext(textOf(form, "next"));
      const result = await attempted(() => confirmPassword(ctx, textOf(form, "password").slice(0, 256)));
      return result.error === undefined ? go(c, next) : show(c, ctx, next, result.error);
    }),
  );
}

function twoFactor(app: Hono<WebEnv>, site: Site): void {
  const security = "/account/security";
  const show = async (c: WebContext, ctx: Ctx, error: AppError | null) => {
    const pending = await pendingTwoFactor(ctx);
    if (!pending) return go(c, security);
    const refusal = error ? refusedBy(error) : { errors: [], fault: null };
    const body = <TwoFactorSetup {...pending} {...refusal} />;
    return site.page(c, ctx, { title: "Set up one-time codes" }, body, error ? 422 : 200);
  };
  const showCodes = (c: WebContext, ctx: Ctx, codes: readonly string[]) =>
    site.page(c, ctx, { title: "Recovery codes" }, <RecoveryCodes codes={codes} />);
  const codeIn = async (c: WebContext) =>
    parseInput(codeSchema, { code: textOf(await c.req.formData(), "code") }).code;

  app.post(
    "/account/2fa/setup",
    confirmed(security, async (c, ctx) => {
      const result = await attempted(() => setUpTwoFactor(ctx));
      return go(c, result.error === undefined ? "/account/2fa" : security);
    }),
  );

  app.get(
    "/account/2fa",
    confirmed("/account/2fa", (c, ctx) => show(c, ctx, null)),
  );

  app.post(
    "/account/2fa/enable",
    confirmed("/account/2fa", async (c, ctx) => {
      const result = await attempted(async () => enableTwoFactor(ctx, await codeIn(c)));
      return result.error === undefined ? showCodes(c, ctx, result.value) : show(c, ctx, result.error);
    }),
  );

  app.post(
    "/account/2fa/disable",
    confirmed(security, async (c, ctx) => {
      const result = await attempted(async () => disableTwoFactor(ctx, await codeIn(c)));
      if (result.error === undefined) return go(c, `${security}?done=codes-off`);
      return showSecurity(site, c, ctx, { ...refusedBy(result.error), form: "two-factor" });
    }),
  );

  app.post(
    "/account/2fa/recovery-codes",
    confirmed(security, async (c, ctx) => showCodes(c, ctx, await renewRecoveryCodes(ctx))),
  );
}

function tokens(app: Hono<WebEnv>, site: Site): void {
  const page = "/account/tokens";
  const show = async (c: WebContext, ctx: Ctx, made: string | null, refused: RefusedForm | null) => {
    const [user, list, organizations] = await Promise.all([
      getMe(ctx),
      listApiTokens(ctx),
      listOrganizations(ctx, { limit: 200 }),
    ]);
    const props = { tokens: list, organizations: organizations.items, made, refused, now: ctx.now() };
    const done = c.req.query("done") === "deleted" ? "The token is deleted." : null;
    const body = (
      <AccountPage email={user.email} current="tokens" done={done}>
        <ApiTokens {...props} />
      </AccountPage>
    );
    return site.page(c, ctx, { title: "API tokens" }, body, refused ? 422 : 200);
  };

  app.get(
    page,
    signedIn((c, ctx) => show(c, ctx, null, null)),
  );

  app.post(
    page,
    confirmed(page, async (c, ctx) => {
      const form = await c.req.formData();
      const wanted = {
        name: textOf(form, "name"),
        scopes: ["read", ...form.getAll("scopes").map(String)],
        expiresInDays: textOf(form, "expiresInDays"),
        organizationId: textOf(form, "organizationId") || null,
      };
      const result = await attempted(() => createApiToken(ctx, parseInput(apiTokenInputSchema, wanted)));
      if (result.error === undefined) return show(c, ctx, result.value.token, null);
      return show(c, ctx, null, { ...refusedBy(result.error), form: "token" });
    }),
  );

  app.post(
    `${page}/:id/delete`,
    signedIn(async (c, ctx) => {
      await deleteApiToken(ctx, idOf(c, "token"));
      return go(c, `${page}?done=deleted`);
    }),
  );
}
