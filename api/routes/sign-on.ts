import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import { THEME_COOKIE } from "../../db/domain/account-resources.ts";
import { AppError, type ErrorCode, notFound } from "../../db/domain/errors.ts";
import { limits } from "../../db/domain/limits.ts";
import { safeNext } from "../../db/domain/return-address.ts";
import { type Identity, type SignOnFault, signOnSchema } from "../../db/domain/sign-on.ts";
import { sealChallenge } from "../../db/services/credentials.ts";
import { preferencesOf } from "../../db/services/own-account.ts";
import { arrive } from "../../db/services/sign-on.ts";
import { confirmBySignOn, getWaysIn, linkSignOn, unlinkSignOn } from "../../db/services/sign-on-links.ts";
import {
  isAskOf,
  openFlow,
  type SignOnFlow,
  type SignOnHalfway,
  sealSignOn,
  signOnCookie,
} from "../../db/services/sign-on-state.ts";
import { type Arrived, SignOnRefusal, type SingleSignOn } from "../auth/single-sign-on.ts";
import type { AppContext, AppDeps } from "../deps.ts";
import { requireCtx } from "../middleware/identity.ts";
import { spend } from "../middleware/rate-limit.ts";
import { doorOf } from "./auth.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, pageOf, wholeList } from "./shared.ts";

const tag = "Auth";

/** Single sign-on by an OpenID provider: there and back for browsers, and which accounts there open one's account here. */
export function signOnRoutes(api: Api): void {
  wayRoutes(api);
  linkRoutes(api);
}

const providerSchema = z
  .strictObject({
    provider: z
      .strictObject({ name: z.string(), issuer: z.string() })
      .nullable()
      .meta({ description: "Null: people sign in with passwords only" }),
  })
  .meta({ id: "SignOnProvider" });

const startSchema = z.strictObject({
  purpose: z.enum(["sign-in", "link", "confirm"]).default("sign-in"),
  next: z.string().max(2_000).optional().meta({ description: "The path to come back to" }),
  ask: z.string().max(1_000).optional().meta({
    description: "From a page of the session that links, or confirms: no other site can make it up",
  }),
});

/** What the provider sends along; some send more, which nobody looks at. */
const callbackSchema = z.looseObject({
  code: z.string().max(4_096).optional(),
  state: z.string().max(1_000).optional(),
  iss: z.string().max(1_000).optional(),
  error: z.string().max(1_000).optional(),
});

function wayRoutes(api: Api): void {
  const { deps } = api;
  endpoint(
    api,
    {
      id: "getSignOnProvider",
      method: "get",
      path: "/auth/oidc",
      tag,
      summary: "The OpenID provider with which people can sign in",
      status: 200,
      result: providerSchema,
    },
    async () => ({ provider: deps.signOn && { name: deps.signOn.name, issuer: deps.signOn.issuer } }),
  );

  endpoint(
    api,
    {
      id: "startSignOn",
      method: "get",
      path: "/auth/oidc/start",
      tag,
      summary: "Send a browser to the provider",
      description: "For browsers: it comes back to `/auth/oidc/callback`, and from there to a page.",
      query: startSchema,
      status: 303,
      errors: ["not-found"],
    },
    async ({ c, query }) => {
      const { purpose, ask } = query;
      const next = safeNext(query.next);
      return onward(c, deps, { purpose, next }, async (signOn) => {
        if (purpose === "sign-in" && c.get("ctx")) return c.redirect(next, 303);
        const sessionId = purpose === "sign-in" ? null : sessionThatAsks(c, deps, purpose, ask);
        const { url, ...checks } = await signOn.begin(purpose !== "sign-in");
        keep(c, deps, { step: "away", purpose, sessionId, next, ...checks });
        return c.redirect(url, 303);
      });
    },
  );

  endpoint(
    api,
    {
      id: "finishSignOn",
      method: "get",
      path: "/auth/oidc/callback",
      tag,
      summary: "Where the provider sends a browser back to",
      query: callbackSchema,
      status: 303,
      errors: ["not-found"],
    },
    async ({ c }) => {
      const { name } = signOnCookie(deps.publicUrl);
      const flow = openFlow(deps.keys, getCookie(c, name), deps.now());
      forget(c, deps);
      return onward(c, deps, flow, async (signOn) => {
        if (!flow) throw new SignOnRefusal("expired", "this browser has not begun, or too long ago");
        const checks = { ...flow, fresh: flow.purpose !== "sign-in" };
        const arrived = await signOn.finish(new URL(c.req.url).search, checks);
        return flow.purpose === "sign-in"
          ? signInBy(c, deps, flow, arrived)
          : changeBy(c, flow, arrived.identity);
      });
    },
  );
}

function linkRoutes(api: Api): void {
  const { deps } = api;
  const issuer = () => deps.signOn?.issuer ?? null;
  endpoint(
    api,
    {
      id: "listSignOns",
      method: "get",
      path: "/auth/oidc/links",
      tag: "Account",
      summary: "Which accounts at an OpenID provider open one's account",
      status: 200,
      result: pageOf(signOnSchema),
    },
    async ({ ctx }) => wholeList((await getWaysIn(ctx, issuer())).signOns),
  );

  endpoint(
    api,
    {
      id: "unlinkSignOn",
      method: "delete",
      path: "/auth/oidc/links/{id}",
      tag: "Account",
      summary: "Unlink an account at a provider; every other sign-in ends",
      description: "Refused where nothing else would open the account.",
      params: byId,
      status: 204,
      errors: ["confirmation-required", "conflict"],
    },
    async ({ ctx, params }) => {
      await unlinkSignOn(ctx, params.id, issuer());
      return undefined;
    },
  );
}

/** Somebody comes to sign in: in, or halfway to a page that asks for what is still missing. */
async function signInBy(
  c: AppContext,
  deps: AppDeps,
  { next }: SignOnFlow,
  { identity, name }: Arrived,
): Promise<Response> {
  const arrival = await arrive(doorOf(c, deps), identity, name);
  if (arrival.state === "refused") throw new SignOnRefusal(arrival.fault, "the account here refuses");
  if (arrival.state === "password") return halfway(c, deps, { step: "password", identity, next });
  const { userId } = arrival;
  if (arrival.state === "code") {
    const challenge = sealChallenge(deps.keys, { userId, by: "sign-on", link: null }, deps.now());
    return halfway(c, deps, { step: "code", challenge, next });
  }
  await enter(c, deps, userId, identity);
  return c.redirect(next, 303);
}

async function enter(c: AppContext, deps: AppDeps, userId: string, identity: Identity): Promise<void> {
  const credential = c.get("credential");
  if (credential?.kind === "session") await deps.sessions.end(credential.sessionId);
  const at = identity.authenticatedAt === null ? null : new Date(identity.authenticatedAt);
  const provedAt = at && at > deps.now() ? deps.now() : at;
  const { cookie } = await deps.sessions.create(userId, c.get("client"), { method: "sign-on", provedAt });
  c.header("Set-Cookie", cookie, { append: true });
  const { theme } = await preferencesOf(deps.db, userId);
  if (theme !== "auto") setCookie(c, THEME_COOKIE, theme, { path: "/", sameSite: "Lax", maxAge: 31_536_000 });
}

function halfway(c: AppContext, deps: AppDeps, state: SignOnHalfway): Response {
  keep(c, deps, state);
  return c.redirect("/sign-in/single-sign-on", 303);
}

/** Somebody who is signed in comes back to link an account, or having shown once more who they are. */
async function changeBy(
  c: AppContext,
  { purpose, sessionId, next }: SignOnFlow,
  identity: Identity,
): Promise<Response> {
  const ctx = requireCtx(c);
  if (ctx.signIn?.kind !== "session" || ctx.signIn.id !== sessionId) {
    throw new SignOnRefusal("expired", "it was begun by another session");
  }
  if (purpose === "confirm") {
    await confirmBySignOn(ctx, identity);
    return c.redirect(next, 303);
  }
  await linkSignOn(ctx, identity);
  return c.redirect("/account/security?done=linked", 303);
}

function sessionThatAsks(
  c: AppContext,
  { keys }: AppDeps,
  purpose: "link" | "confirm",
  ask: string | undefined,
): string {
  const credential = c.get("credential");
  if (credential?.kind === "session" && ask && isAskOf(keys, ask, purpose, credential.sessionId)) {
    return credential.sessionId;
  }
  throw new SignOnRefusal("expired", "no page of this session has asked for it");
}

type Way = Pick<SignOnFlow, "purpose" | "next">;

/**
 * A step of the way. Whatever keeps it from being taken is said on the page that it began on: who stands there is a person with a
 * browser, and has another way in.
 */
async function onward(
  c: AppContext,
  deps: AppDeps,
  way: Way | null,
  step: (signOn: SingleSignOn) => Promise<Response>,
): Promise<Response> {
  const { signOn } = deps;
  if (!signOn) throw notFound("an OpenID provider was");
  c.header("Cache-Control", "no-store");
  try {
    spend(c, deps, await deps.limits("sign-on", `${c.get("client").address} ${c.req.path}`));
    return await step(signOn);
  } catch (error) {
    const fault = faultOf(error, way);
    if (fault === null) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    deps.log("warn", { event: "sign-on-refused", requestId: c.get("requestId"), fault, reason });
    return c.redirect(backTo(c, way, fault), 303);
  }
}

const faultsByCode: Partial<Record<ErrorCode, SignOnFault>> = {
  "rate-limited": "too-many",
  unauthenticated: "expired",
  "not-found": "other-account",
  conflict: "linked-already",
  "confirmation-required": "confirmation-required",
  "invalid-credentials": "disabled",
};

function faultOf(error: unknown, way: Way | null): SignOnFault | null {
  if (error instanceof SignOnRefusal) return error.fault;
  if (!(error instanceof AppError)) return null;
  if (error.errors.some(({ path }) => path === "subject")) return "other-account";
  if (error.code === "confirmation-required" && way?.purpose === "confirm") return "not-fresh";
  return faultsByCode[error.code] ?? null;
}

function backTo(c: AppContext, way: Way | null, fault: SignOnFault): string {
  const purpose = way?.purpose ?? (c.get("ctx") ? "link" : "sign-in");
  const path = { "sign-in": "/sign-in", link: "/account/security", confirm: "/account/confirm" }[purpose];
  const next = way && way.next !== "/" && purpose !== "link" ? { next: way.next } : {};
  return `${path}?${new URLSearchParams({ fault, ...next })}`;
}

function keep(c: AppContext, deps: AppDeps, state: SignOnFlow | SignOnHalfway): void {
  const { name, secure } = signOnCookie(deps.publicUrl);
  const maxAge = limits.signOnMs / 1_000;
  const options = { path: "/", httpOnly: true, secure, sameSite: "Lax", maxAge } as const;
  setCookie(c, name, sealSignOn(deps.keys, state, deps.now()), options);
}

/** What was begun is good for one answer. */
function forget(c: AppContext, deps: AppDeps): void {
  const { name, secure } = signOnCookie(deps.publicUrl);
  deleteCookie(c, name, { path: "/", secure });
}
