import type { MiddlewareHandler } from "hono";
import { newId } from "../../db/domain/ids.ts";
import type { AppEnv } from "../deps.ts";

const sane = /^[A-Za-z0-9._-]{8,64}$/;

/** Every request has an id: the caller's when it is of a sane form, else a new one. It is in the answer and in the log. */
export function requestId(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const given = c.req.header("X-Request-Id");
    const id = given !== undefined && sane.test(given) ? given : newId();
    c.set("requestId", id);
    c.set("ctx", null);
    c.set("credential", null);
    await next();
    c.res.headers.set("X-Request-Id", id);
  };
}
