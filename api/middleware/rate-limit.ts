import type { MiddlewareHandler } from "hono";
import { AppError } from "../../db/domain/errors.ts";
import type { AppContext, AppDeps, AppEnv } from "../deps.ts";
import type { Allowance } from "../limits.ts";

/** Pictures that a page of ours shows are part of the page, which is not counted either. */
const pictures = /^\/api\/v1\/artifacts\/[^/]+\/content$/;

/** The allowance of the API, per user. Sign-in has its own; pages and static files are not counted. */
export function rateLimit(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const credential = c.get("credential");
    const isPartOfPage = credential?.kind === "session" && pictures.test(c.req.path);
    if (credential && !isPartOfPage) {
      spend(c, deps, await deps.limits("api", credential.userId));
    }
    await next();
  };
}

/**
 * Forms of people who have not signed in, and those that take a password: what they cost is counted here, before anything is
 * looked at.
 */
export function doorLimits(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const limit = c.req.method === "POST" ? doors[c.req.path] : undefined;
    if (limit) await spendAtDoor(c, deps, limit, await emailOf(c));
    if (c.req.method === "POST" && uploads.test(c.req.path)) await spendUpload(c, deps);
    await next();
  };
}

const doors: Readonly<Record<string, "sign-in" | "links">> = {
  "/sign-in": "sign-in",
  "/sign-in/code": "sign-in",
  "/sign-in/single-sign-on": "sign-in",
  "/register": "links",
  "/forgot-password": "links",
  "/reset-password": "sign-in",
  "/verify-email": "sign-in",
  "/invitations/accept": "sign-in",
  "/account/password": "sign-in",
  "/account/confirm": "sign-in",
  "/account/2fa/enable": "sign-in",
  "/account/2fa/disable": "sign-in",
};

/** Forms that take a file. */
const uploads = /^\/projects\/[^/]+\/import$/;

/**
 * One file that somebody sends.
 * @throws AppError `rate-limited`
 */
export async function spendUpload(c: AppContext, deps: AppDeps): Promise<void> {
  const credential = c.get("credential");
  if (credential) spend(c, deps, await deps.limits("uploads", credential.userId));
}

/**
 * One try of something that costs a hash or a mail. Tries for one e-mail address and those of one address of the network are
 * counted; of somebody who is signed in, theirs.
 * @throws AppError `rate-limited`
 */
export async function spendAtDoor(
  c: AppContext,
  deps: AppDeps,
  limit: "sign-in" | "links",
  email: string,
): Promise<void> {
  const who = email === "" ? (c.get("credential")?.userId ?? "") : email;
  spend(c, deps, await deps.limits("sign-in", signInKey(c, who)));
  if (limit === "links") spend(c, deps, await deps.limits("links", c.get("client").address ?? "unknown"));
}

async function emailOf(c: AppContext): Promise<string> {
  const form = await c.req.formData().catch((cause: unknown) => {
    throw new AppError("invalid-input", "the form can't be read", { cause });
  });
  return String(form.get("email") ?? "");
}

/** One principal, however the e-mail is written. */
export function signInKey(c: AppContext, email: string): string {
  return `${c.get("client").address ?? "unknown"}|${email.trim().toLowerCase().slice(0, 320)}`;
}

/**
 * Tells the caller what is left: of several limits of one request, of the last one that was asked.
 * @throws AppError `rate-limited` when nothing is
 */
export function spend(c: AppContext, deps: AppDeps, allowance: Allowance): void {
  const { name, limit, windowSeconds, remaining, resetSeconds, isOver } = allowance;
  c.header("RateLimit-Policy", `"${name}";q=${limit};w=${windowSeconds}`);
  c.header("RateLimit", `"${name}";r=${remaining};t=${resetSeconds}`);
  c.header("RateLimit-Limit", String(limit));
  c.header("RateLimit-Remaining", String(remaining));
  c.header("RateLimit-Reset", String(resetSeconds));
  if (!isOver) return;
  deps.metrics.limited(name);
  const what = name === "uploads" ? "files in an hour" : "requests in a minute";
  throw new AppError("rate-limited", `more than ${limit} ${what}; wait ${resetSeconds} s`, {
    retryAfterSeconds: resetSeconds,
  });
}
