import { Hono } from "hono";
import {
  passwordChangeSchema,
  preferencesChangeSchema,
  profileChangeSchema,
} from "../../db/domain/account-resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import { getMe } from "../../db/services/accounts.ts";
import type { Ctx } from "../../db/services/context.ts";
import {
  changePassword,
  changePreferences,
  getPreferences,
  updateProfile,
} from "../../db/services/own-account.ts";
import { endOtherSignIns, endSignIn, hasRecentProof, listSignIns } from "../../db/services/sign-ins.ts";
import { getWaysIn } from "../../db/services/sign-on-links.ts";
import { getTwoFactor } from "../../db/services/two-factor.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { type RefusedForm, refusedBy, textOf } from "../forms/refused.ts";
import { AccountPage, Profile } from "../pages/account.tsx";
import { PasswordForm, SignIns } from "../pages/account-security.tsx";
import { NoPassword, SignOnSection } from "../pages/single-sign-on.tsx";
import { TwoFactorSection } from "../pages/two-factor.tsx";
import { signOnFaultOf, signOnWayOf } from "../sign-on-way.ts";
import { attempted, go, rememberTheme, type Site, signedIn } from "../site.tsx";

const doneTexts: Readonly<Record<string, string>> = {
  saved: "Saved.",
  password: "Your password is changed. Other sign-ins have ended.",
  ended: "That sign-in has ended.",
  others: "The other sign-ins have ended.",
  "codes-off": "One-time codes are off.",
  linked: "Linked: it opens your account from now on.",
  unlinked: "Unlinked. Your other sign-ins have ended.",
};

/** Everybody's own account: profile, preferences, password, sign-ins. */
export function ownAccountRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  profile(app, site);
  security(app, site);
  return app;
}

function profile(app: Hono<WebEnv>, site: Site): void {
  const show = async (c: WebContext, ctx: Ctx, refused: (RefusedForm & { name?: string }) | null) => {
    const [user, preferences] = await Promise.all([getMe(ctx), getPreferences(ctx)]);
    const props = { user, preferences, refused, name: refused?.name ?? user.name };
    const body = (
      <AccountPage email={user.email} current="profile" done={doneOf(c)}>
        <Profile {...props} />
      </AccountPage>
    );
    return site.page(c, ctx, { title: "Account" }, body, refused ? 422 : 200);
  };

  app.get(
    "/account",
    signedIn((c, ctx) => show(c, ctx, null)),
  );

  app.post(
    "/account",
    signedIn(async (c, ctx) => {
      const name = textOf(await c.req.formData(), "name");
      const result = await attempted(() => updateProfile(ctx, parseInput(profileChangeSchema, { name })));
      if (result.error !== undefined)
        return show(c, ctx, { ...refusedBy(result.error), form: "profile", name });
      return go(c, "/account?done=saved");
    }),
  );

  app.post(
    "/account/preferences",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const wanted = { theme: textOf(form, "theme"), timeZone: textOf(form, "timeZone") || null };
      const result = await attempted(() =>
        changePreferences(ctx, parseInput(preferencesChangeSchema, wanted)),
      );
      if (result.error !== undefined)
        return show(c, ctx, { ...refusedBy(result.error), form: "preferences" });
      rememberTheme(c, result.value.theme);
      return go(c, "/account?done=saved");
    }),
  );
}

function security(app: Hono<WebEnv>, site: Site): void {
  const show = (c: WebContext, ctx: Ctx, refused: RefusedForm | null) => showSecurity(site, c, ctx, refused);

  app.get(
    "/account/security",
    signedIn((c, ctx) => show(c, ctx, null)),
  );

  app.post(
    "/account/password",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const change = {
        currentPassword: textOf(form, "currentPassword"),
        newPassword: textOf(form, "newPassword"),
        keepApiTokens: form.get("keepApiTokens") === "true",
      };
      const result = await attempted(() => changePassword(ctx, parseInput(passwordChangeSchema, change)));
      if (result.error !== undefined) return show(c, ctx, { ...refusedBy(result.error), form: "password" });
      await renewSession(c, ctx, site);
      return go(c, "/account/security?done=password");
    }),
  );

  app.post(
    "/account/sessions/end-others",
    signedIn(async (c, ctx) => {
      await endOtherSignIns(ctx);
      return go(c, "/account/security?done=others");
    }),
  );

  app.post(
    "/account/sessions/:id/end",
    signedIn(async (c, ctx) => {
      const id = c.req.param("id") ?? "";
      await endSignIn(ctx, id);
      return go(c, ctx.signIn?.id === id ? "/sign-in" : "/account/security?done=ended");
    }),
  );
}

/** Password, one-time codes and sign-ins. */
export async function showSecurity(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  refused: RefusedForm | null,
): Promise<Response> {
  const { signOn } = site.deps;
  const [user, sessions, state, ways, isProved] = await Promise.all([
    getMe(ctx),
    listSignIns(ctx),
    getTwoFactor(ctx),
    getWaysIn(ctx, signOn?.issuer ?? null),
    hasRecentProof(ctx),
  ]);
  const signOnProps = {
    ways,
    provider: signOn?.name ?? null,
    linkHref: isProved ? (signOnWayOf(site, ctx, "link", "/account/security")?.href ?? null) : null,
    fault: refused?.form === "sign-on" ? refused.fault : signOnFaultOf(c, site),
    now: ctx.now(),
  };
  const body = (
    <AccountPage email={user.email} current="security" done={doneOf(c)}>
      {ways.hasPassword ? <PasswordForm refused={refused} /> : <NoPassword />}
      <TwoFactorSection state={state} refused={refused} now={ctx.now()} />
      <SignOnSection {...signOnProps} />
      <SignIns sessions={sessions} now={ctx.now()} />
    </AccountPage>
  );
  return site.page(c, ctx, { title: "Security" }, body, refused ? 422 : 200);
}

/** A new cookie after a proof of who one is: one that somebody has seen before opens nothing any more. */
async function renewSession(c: WebContext, ctx: Ctx, { deps }: Site): Promise<void> {
  const { actor, signIn, address, userAgent } = ctx;
  if (actor.kind !== "user" || signIn?.kind !== "session") return;
  const session = await deps.sessions.create(actor.userId, { address, userAgent });
  c.header("Set-Cookie", session.cookie, { append: true });
  await deps.sessions.end(signIn.id);
}

function doneOf(c: WebContext): string | null {
  return doneTexts[c.req.query("done") ?? ""] ?? null;
}
