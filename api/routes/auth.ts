import { z } from "zod";
import { AppError } from "../../db/domain/errors.ts";
import {
  refreshSchema,
  signInSchema,
  tokensSchema,
  type User,
  userSchema,
} from "../../db/domain/resources.ts";
import { getMe } from "../../db/services/accounts.ts";
import type { IssuedTokens } from "../../db/services/tokens.ts";
import { signIn } from "../auth/sign-in.ts";
import type { AppContext, AppDeps } from "../deps.ts";
import { ctxOfUser } from "../middleware/identity.ts";
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
      description: "Five tries a minute for each address and e-mail.",
      body: named(signInSchema, "SignIn"),
      bodyExample: { email: "alice@example.com", password: "correct horse battery staple" },
      status: 200,
      result: tokensSchema,
      errors: ["invalid-credentials", "rate-limited", "unavailable"],
    },
    async ({ c, body }) => {
      const userId = await signIn(c, deps, body);
      return { ...(await deps.tokens.issue(userId)), user: await userOf(c, deps, userId) };
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
      const issued = await deps.tokens.refresh(body.refreshToken);
      return { ...issued, user: await userOf(c, deps, await ownerOf(deps, issued)) };
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
  ownRoutes(api);
}

function ownRoutes(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "getMe",
      method: "get",
      path: "/users/me",
      tag: "Auth",
      summary: "Who is signed in",
      status: 200,
      result: userSchema,
    },
    ({ ctx }) => getMe(ctx),
  );

  endpoint(
    api,
    {
      id: "createSocketTicket",
      method: "post",
      once: "never",
      path: "/ws-tickets",
      tag: "Live",
      summary: "A ticket that opens one WebSocket",
      description:
        "Open `/ws?ticket=…` with it within 30 seconds. Such a socket is closed after 15 minutes with 1008: get a new ticket, and go on after the last `seq`.",
      status: 201,
      result: z
        .strictObject({ ticket: z.string(), expiresAt: z.iso.datetime() })
        .meta({ id: "SocketTicket" }),
    },
    async ({ c, ctx }) => {
      const userId = c.get("credential")?.userId;
      if (ctx.actor.kind !== "user" || userId === undefined)
        throw new AppError("unauthenticated", "sign in first");
      return deps.tokens.issueTicket(userId);
    },
  );
}

async function ownerOf(deps: AppDeps, issued: IssuedTokens): Promise<string> {
  const verified = await deps.tokens.verify(issued.accessToken);
  if (!verified) throw new Error("a token that was issued just now does not verify");
  return verified.userId;
}

async function userOf(c: AppContext, deps: AppDeps, userId: string): Promise<User> {
  const ctx = await ctxOfUser(deps, userId, c.get("requestId"), c.get("client"));
  if (!ctx) throw new AppError("unauthenticated", "this account is disabled");
  return getMe(ctx);
}
