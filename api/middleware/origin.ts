import type { MiddlewareHandler } from "hono";
import { AppError } from "../../db/domain/errors.ts";
import type { AppContext, AppDeps, AppEnv } from "../deps.ts";
import { isProgramPath } from "../errors.ts";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what another site made a browser send. With a cookie or on a page the browser must say that the request is
 * ours; a program without either has nothing that a foreign site could misuse, but what it does say must be right.
 */
export function originGuard(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!safeMethods.has(c.req.method) && c.get("credential")?.kind !== "bearer") {
      const mustProve = c.get("credential")?.kind === "session" || !isProgramPath(c.req.path);
      if (!isOwn(c, deps.publicUrl, mustProve)) throw foreign();
    }
    await next();
  };
}

/** A socket carries the cookie whatever page opened it, so its Origin must be ours. Programs that hold a ticket send none. */
export function requireOwnOrigin(c: AppContext, publicUrl: string): void {
  if (!isOwn(c, publicUrl, c.get("credential")?.kind === "session")) throw foreign();
}

function foreign(): AppError {
  return new AppError("origin-refused", "this request does not come from Verdict's own pages");
}

function isOwn(c: AppContext, publicUrl: string, mustProve: boolean): boolean {
  const site = c.req.header("Sec-Fetch-Site");
  const origin = c.req.header("Origin");
  if (site === undefined && origin === undefined) return !mustProve;
  if (site !== undefined && site !== "same-origin") return false;
  if (origin === undefined) return true;
  // Some browsers send "null" from our own page; they then say "same-origin" in the header that pages can't set.
  if (origin === "null") return site === "same-origin";
  return isOwnOrigin(origin, publicUrl, c.req.header("Host"));
}

/** Ours is the public address, and whatever address the browser itself has used for this request. */
function isOwnOrigin(origin: string, publicUrl: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.origin === new URL(publicUrl).origin || (host !== undefined && url.host === host);
}
