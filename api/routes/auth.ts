import { z } from "zod";
import {
  confirmationSchema,
  forgottenSchema,
  registrationSchema,
  resetSchema,
} from "../../db/domain/account-resources.ts";
import { AppError } from "../../db/domain/errors.ts";
import { refreshSchema, signInSchema, tokensSchema, userSchema } from "../../db/domain/resources.ts";
import {
  confirmRegistration,
  type Door,
  forgotPassword,
  register,
  resetPassword,
} from "../../db/services/account-links.ts";
import { getMe } from "../../db/services/accounts.ts";
import type { IssuedTokens } from "../../db/services/tokens.ts";
import { signIn } from "../auth/sign-in.ts";
import type { AppContext, AppDeps } from "../deps.ts";
import { ctxOfUser, proofOf } from "../middleware/identity.ts";
import { spendAtDoor } from "../middleware/rate-limit.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { named } from "./shared.ts";

export function authRoutes(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "login",
      method: "post",
      once: "never",
      path: "/auth/login",
      tag: "Auth",
      summary: "Sign in with e-mail and password",
      description:
        "Five tries a minute for each address and e-mail. With one-time codes on, it answers `totp-required` to the right password alone: send it again with `code`.",
      body: named(signInSchema, "SignIn"),
      bodyExample: { email: "alice@example.com", password: "correct horse battery staple" },
      status: 200,
      result: tokensSchema,
      errors: ["invalid-credentials", "totp-required", "rate-limited", "unavailable"],
    },
    async ({ c, body }) => {
      const userId = await signIn(c, deps, body);
      return answerOf(c, deps, await deps.tokens.issue(userId, c.get("client")));
    },
  );

  endpoint(
    api,
    {
      id: "refresh",
      method: "post",
      once: "never",
      path: "/auth/refresh",
      tag: "Auth",
      summary: "Exchange a refresh token for new tokens",
      description: "A refresh token works once. Its second use ends every token of the same sign-in.",
      body: named(refreshSchema, "Refresh"),
      status: 200,
      result: tokensSchema,
      errors: ["unauthenticated"],
    },
    async ({ c, body }) => {
      return answerOf(c, deps, await deps.tokens.refresh(body.refreshToken));
    },
  );

  endpoint(
    api,
    {
      id: "logout",
      method: "post",
      once: "never",
      path: "/auth/logout",
      tag: "Auth",
      summary: "End a sign-in: that of the refresh token, and that of the cookie",
      body: named(refreshSchema.partial(), "Logout"),
      isBodyOptional: true,
      status: 204,
    },
    async ({ c, body }) => {
      if (body.refreshToken !== undefined) await deps.tokens.revoke(body.refreshToken);
      const cookie = c.req.header("Cookie");
      if (cookie !== undefined && c.get("credential")?.kind === "session") {
        c.header("Set-Cookie", await deps.sessions.revoke(cookie), { append: true });
      }
      return undefined;
    },
  );
  doorRoutes(api);
}

/** For people without an account, or without their password. What they answer says nothing about who has an account. */
function doorRoutes(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "register",
      method: "post",
      once: "never",
      path: "/auth/register",
      tag: "Auth",
      summary: "Ask for an account",
      description:
        "Where registration is open. The account is made when the link in the mail is opened; the answer is the same for an address that has one.",
      body: named(registrationSchema, "Registration"),
      bodyExample: { email: "alice@example.com", name: "Alice", password: "correct horse battery staple" },
      status: 202,
      result: mailedSchema,
      errors: ["forbidden", "rate-limited", "unavailable"],
    },
    async ({ c, body }) => {
      await spendAtDoor(c, deps, "links", body.email);
      await register(doorOf(c, deps), body);
      return { message: "a link to confirm the address is on its way" };
    },
  );

  endpoint(
    api,
    {
      id: "verifyEmail",
      method: "post",
      once: "never",
      path: "/auth/verify-email",
      tag: "Auth",
      summary: "Confirm an address with the token of the link, which makes the account",
      body: named(confirmationSchema, "Confirmation"),
      status: 200,
      result: userSchema,
      errors: ["conflict", "rate-limited"],
    },
    async ({ c, body }) => {
      await spendAtDoor(c, deps, "sign-in", "");
      return confirmRegistration(doorOf(c, deps), body.token);
    },
  );

  endpoint(
    api,
    {
      id: "forgotPassword",
      method: "post",
      once: "never",
      path: "/auth/forgot-password",
      tag: "Auth",
      summary: "Ask for a link that sets a new password",
      description: "The answer is the same whether the address has an account or not.",
      body: named(forgottenSchema, "ForgottenPassword"),
      status: 202,
      result: mailedSchema,
      errors: ["rate-limited", "unavailable"],
    },
    async ({ c, body }) => {
      await spendAtDoor(c, deps, "links", body.email);
      await forgotPassword(doorOf(c, deps), body);
      return { message: "if the address has an account, a link is on its way" };
    },
  );

  endpoint(
    api,
    {
      id: "resetPassword",
      method: "post",
      once: "never",
      path: "/auth/reset-password",
      tag: "Auth",
      summary: "Set a new password with the token of the link",
      description: "Every sign-in of the account ends. One-time codes stay on.",
      body: named(resetSchema, "PasswordReset"),
      status: 204,
      errors: ["rate-limited", "unavailable"],
    },
    async ({ c, body }) => {
      await spendAtDoor(c, deps, "sign-in", "");
      await resetPassword(doorOf(c, deps), body.token, body.password);
      return undefined;
    },
  );
}

const mailedSchema = z.strictObject({ message: z.string() }).meta({ id: "Mailed" });

export function doorOf(c: AppContext, { db, keys, now }: AppDeps): Door {
  return { db, keys, now, requestId: c.get("requestId"), ...c.get("client") };
}

async function answerOf(c: AppContext, deps: AppDeps, issued: IssuedTokens) {
  const verified = await deps.tokens.verify(issued.accessToken);
  if (!verified) throw new Error("a token that was issued just now does not verify");
  const ctx = await ctxOfUser(deps, proofOf(verified), c.get("requestId"), c.get("client"));
  if (!ctx) throw new AppError("unauthenticated", "this account is disabled");
  return { ...issued, user: await getMe(ctx) };
}
