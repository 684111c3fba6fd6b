import type { MiddlewareHandler } from "hono";
import { AppError } from "../../db/domain/errors.ts";
import type { TokenScope } from "../../db/domain/permissions.ts";
import { findActor, type UserActor } from "../../db/services/accounts.ts";
import { findApiToken, isApiToken } from "../../db/services/api-tokens.ts";
import type { Ctx, SignIn } from "../../db/services/context.ts";
import type { AppContext, AppDeps, AppEnv, Client, Credential } from "../deps.ts";

/** API paths that answer without credentials. Everything else below `/api/v1` needs them, whatever a route forgets. */
export const publicPaths: ReadonlySet<string> = new Set([
  "/api/v1/auth/login",
  "/api/v1/auth/refresh",
  "/api/v1/auth/logout",
  "/api/v1/auth/register",
  "/api/v1/auth/verify-email",
  "/api/v1/auth/forgot-password",
  "/api/v1/auth/reset-password",
  "/api/v1/auth/oidc",
  "/api/v1/auth/oidc/start",
  "/api/v1/auth/oidc/callback",
  "/api/v1/invitations/read",
  "/api/v1/invitations/join",
]);

type Identity = { credential: Credential; ctx: Ctx; cookie: string | null };

/** Finds out who asks, and leaves it in `ctx`. Whoever presents a broken bearer token is refused, cookie or not. */
export function identity(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const found = await identify(c, deps);
    if (found) {
      c.set("ctx", found.ctx);
      c.set("credential", found.credential);
    }
    await next();
    // A sign-out in this very request has the last word.
    if (found?.cookie && !c.res.headers.has("Set-Cookie")) c.res.headers.append("Set-Cookie", found.cookie);
  };
}

/** @throws AppError `unauthenticated` for an Authorization header that proves nothing */
export async function identify(c: AppContext, deps: AppDeps): Promise<Identity | null> {
  const authorization = c.req.header("Authorization");
  if (authorization !== undefined) return ofBearer(c, deps, authorization);
  const cookie = c.req.header("Cookie");
  const session = cookie === undefined ? null : await deps.sessions.validate(cookie);
  if (!session) return null;
  const { userId, sessionId } = session;
  const signIn = { kind: "session", id: sessionId } as const;
  const ctx = await ctxOfUser(deps, { userId, signIn }, c.get("requestId"), c.get("client"));
  if (!ctx) return null;
  const credential = { kind: "session", userId, sessionId } as const;
  return { credential, ctx: { ...ctx, signal: c.get("signal") }, cookie: session.cookie };
}

async function ofBearer(c: AppContext, deps: AppDeps, authorization: string): Promise<Identity> {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]{1,4096})$/i.exec(authorization)?.[1];
  const proof = token === undefined ? null : await proofOfBearer(deps, token);
  const ctx = proof && (await ctxOfUser(deps, proof, c.get("requestId"), c.get("client")));
  if (!proof || !ctx) throw new AppError("unauthenticated", "the token is not valid, or has expired");
  const credential = { kind: "bearer", userId: proof.userId } as const;
  return { credential, ctx: { ...ctx, signal: c.get("signal") }, cookie: null };
}

async function proofOfBearer(deps: AppDeps, token: string): Promise<Proof | null> {
  if (isApiToken(token)) return findApiToken(deps.db, token);
  const verified = await deps.tokens.verify(token);
  return verified && proofOf(verified);
}

/** Who somebody has proved to be, and what with. */
export type Proof = {
  userId: string;
  signIn: SignIn | null;
  /** Of an API token: the only organization that it is good for. */
  restrictedTo?: string | null;
};

export function proofOf({ userId, familyId }: { userId: string; familyId: string }): Proof {
  return { userId, signIn: { kind: "family", id: familyId } };
}

/**
 * The context of a user with the roles of now; null for one who is disabled or gone, and when a program's sign-in has ended.
 * Whether a session goes on is for who reads its cookie.
 */
export async function ctxOfUser(
  deps: Pick<AppDeps, "db" | "keys" | "now">,
  { userId, signIn, restrictedTo = null }: Proof,
  requestId: string | null,
  client: Client,
): Promise<Ctx | null> {
  const found = await findActor(deps.db, userId, signIn?.kind === "family" ? signIn.id : null);
  const actor = found && signIn?.kind === "token" ? withinToken(found, signIn.scopes, restrictedTo) : found;
  return actor && { db: deps.db, actor, keys: deps.keys, now: deps.now, requestId, signIn, ...client };
}

/** What of somebody an API token knows: the organizations that it is good for, and the installation only as `admin` of all. */
function withinToken(
  actor: UserActor,
  scopes: readonly TokenScope[],
  restrictedTo: string | null,
): UserActor {
  const isWhole = restrictedTo === null && scopes.includes("admin");
  const roles = [...actor.roles].filter(([id]) => restrictedTo === null || id === restrictedTo);
  return { ...actor, roles: new Map(roles), platformRole: isWhole ? actor.platformRole : "viewer" };
}

/** Refuses anonymous callers everywhere but on `publicPaths`. */
export function requireUser(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!publicPaths.has(c.req.path)) requireCtx(c);
    await next();
  };
}

/** @throws AppError `unauthenticated` */
export function requireCtx(c: AppContext): Ctx {
  const ctx = c.get("ctx");
  if (!ctx) throw new AppError("unauthenticated", "sign in, or send an access token");
  return ctx;
}
