import type { MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { invalidInput } from "../../db/domain/errors.ts";
import { beginRequest, finishRequest, forgetRequest } from "../../db/services/idempotency.ts";
import type { AppContext, AppDeps, AppEnv } from "../deps.ts";

/** Answers here are secrets or set cookies; they are never stored. */
const excluded = /^\/api\/v1\/(auth\/|ws-tickets$)/;

/**
 * `Idempotency-Key` on POST: the same request again is answered with what was answered first. Only successes are kept; a
 * refused or failed request changed nothing, so its key is free again. The key of another request, or of one that has not
 * ended, is a 409.
 */
export function idempotency(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = c.req.header("Idempotency-Key");
    const userId = c.get("credential")?.userId;
    if (key === undefined || c.req.method !== "POST" || !userId || excluded.test(c.req.path)) return next();
    if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
      throw invalidInput([
        { path: "Idempotency-Key", message: "1 to 200 visible ASCII characters without spaces are needed" },
      ]);
    }
    const request = { userId, key };
    const state = await beginRequest(deps.db, { ...request, requestHash: await hashOf(c) });
    if (state.state === "done") {
      c.header("Idempotent-Replayed", "true");
      return c.json(state.body as object, state.status as ContentfulStatusCode);
    }
    try {
      await next();
    } finally {
      await keep(c, deps, request);
    }
  };
}

async function keep(c: AppContext, deps: AppDeps, request: { userId: string; key: string }): Promise<void> {
  const isJson = c.res.headers.get("Content-Type")?.startsWith("application/json") ?? false;
  if (c.error !== undefined || c.res.status >= 300 || !isJson) {
    await forgetRequest(deps.db, request);
    return;
  }
  const body: unknown = await c.res.clone().json();
  await finishRequest(deps.db, { ...request, status: c.res.status, body });
}

/** What makes two requests the same: method, path, query and body. */
async function hashOf(c: AppContext): Promise<string> {
  const url = new URL(c.req.url);
  const head = new TextEncoder().encode(`${c.req.method} ${url.pathname}${url.search}\n`);
  const body = new Uint8Array(await c.req.arrayBuffer());
  const all = new Uint8Array(head.length + body.length);
  all.set(head);
  all.set(body, head.length);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
