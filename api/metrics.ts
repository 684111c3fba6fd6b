import { Hono, type MiddlewareHandler } from "hono";
import { AppError } from "../db/domain/errors.ts";
import { holdsOnPlatform } from "../db/domain/permissions.ts";
import type { AppContext, AppDeps, AppEnv } from "./deps.ts";
import { isLoopback } from "./middleware/client.ts";
import { requireCtx } from "./middleware/identity.ts";

/**
 * Answers a scraper before anybody is asked to sign in: by its token where one is configured, else by its address, which is
 * this machine's.
 */
export function scraperFirst(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { metricsToken } = deps;
    const isScraper = metricsToken === null ? isLoopback(c) : await hasToken(c, metricsToken);
    if (isScraper && c.req.method === "GET") return metrics(c, deps);
    await next();
  };
}

/** And everybody who may see the details of health. */
export function metricsRoutes(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get("/", (c) => {
    const { actor } = requireCtx(c);
    if (actor.kind !== "user" || !holdsOnPlatform(actor.platformRole, "health.details")) {
      throw new AppError("forbidden", "metrics are for platform administrators");
    }
    return metrics(c, deps);
  });
  return app;
}

async function metrics(c: AppContext, deps: AppDeps): Promise<Response> {
  const { contentType, text } = await deps.metrics.text();
  return c.body(text, 200, { "Content-Type": contentType, "Cache-Control": "no-store" });
}

/** Compares digests, so that the time taken says nothing about the token. */
async function hasToken(c: AppContext, token: string): Promise<boolean> {
  const given = /^Bearer +(.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  if (given === undefined) return false;
  const [a, b] = await Promise.all([digest(given), digest(token)]);
  return a.every((byte, i) => byte === b[i]);
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
