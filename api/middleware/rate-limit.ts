import type { MiddlewareHandler } from "hono";
import { AppError } from "../../db/domain/errors.ts";
import type { AppContext, AppDeps, AppEnv } from "../deps.ts";
import { type Allowance, windowSeconds } from "../limits.ts";

/** Pictures that a page of ours shows are part of the page, which is not counted either. */
const pictures = /^\/api\/v1\/artifacts\/[^/]+\/content$/;

/** The allowance of the API, per user. Sign-in has its own; pages and static files are not counted. */
export function rateLimit(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const credential = c.get("credential");
    const isPartOfPage = credential?.kind === "session" && pictures.test(c.req.path);
    if (credential && !isPartOfPage) {
      spend(c, deps, "api", await deps.limits.api(credential.userId));
    }
    await next();
  };
}

/** The sign-in page checks the password itself; its tries are counted here, before it does. */
export function signInPageLimit(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (c.req.method === "POST") {
      const form = await c.req.formData().catch((cause: unknown) => {
        throw new AppError("invalid-input", "the form can't be read", { cause });
      });
      spend(c, deps, "sign-in", await deps.limits.signIn(signInKey(c, String(form.get("email") ?? ""))));
    }
    await next();
  };
}

/** One principal, however the e-mail is written. */
export function signInKey(c: AppContext, email: string): string {
  return `${c.get("client").address ?? "unknown"}|${email.trim().toLowerCase().slice(0, 320)}`;
}

/**
 * Tells the caller what is left.
 * @throws AppError `rate-limited` when nothing is
 */
export function spend(c: AppContext, deps: AppDeps, name: "api" | "sign-in", allowance: Allowance): void {
  const { limit, remaining, resetSeconds, isOver } = allowance;
  c.header("RateLimit-Policy", `"${name}";q=${limit};w=${windowSeconds}`);
  c.header("RateLimit", `"${name}";r=${remaining};t=${resetSeconds}`);
  c.header("RateLimit-Limit", String(limit));
  c.header("RateLimit-Remaining", String(remaining));
  c.header("RateLimit-Reset", String(resetSeconds));
  if (!isOver) return;
  deps.metrics.limited(name);
  throw new AppError("rate-limited", `more than ${limit} requests in a minute; wait ${resetSeconds} s`, {
    retryAfterSeconds: resetSeconds,
  });
}
