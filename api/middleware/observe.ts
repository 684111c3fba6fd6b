import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { AppContext, AppDeps, AppEnv, LogLevel } from "../deps.ts";
import { asAppError } from "../errors.ts";

/** One wide log line and one observation per request. */
export function observe(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const startedAt = performance.now();
    deps.metrics.active(1);
    try {
      await next();
    } finally {
      deps.metrics.active(-1);
      const durationMs = performance.now() - startedAt;
      const route = routeOf(c);
      const status = c.res.status;
      deps.metrics.request({ method: methodOf(c), route, status: String(status) }, durationMs / 1000);
      const error = c.error === undefined ? null : asAppError(c.error);
      deps.log(levelOf(route, status), {
        event: "request",
        requestId: c.get("requestId"),
        method: methodOf(c),
        route,
        path: c.req.path.slice(0, 500),
        status,
        durationMs: Math.round(durationMs * 10) / 10,
        actor: c.get("credential")?.userId ?? null,
        address: c.get("client")?.address ?? null,
        ...(error ? { code: error.code } : {}),
        ...(error && status >= 500 ? { error: error.cause ?? error } : {}),
      });
    }
  };
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Anybody can invent a method; a label must not. */
export function methodOf(c: AppContext): string {
  return methods.has(c.req.method) ? c.req.method : "other";
}

/** The pattern that was registered, such as `/api/v1/runs/:id`; requests that match nothing share one label. */
export function routeOf(c: AppContext): string {
  return matchedRoutes(c).find((route) => route.method !== "ALL")?.path ?? "unmatched";
}

function levelOf(route: string, status: number): LogLevel {
  if (status >= 500) return "error";
  return route.startsWith("/static/") || route.startsWith("/health") || route === "/metrics"
    ? "debug"
    : "info";
}
