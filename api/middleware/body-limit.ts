import type { MiddlewareHandler } from "hono";
import { bodyLimit as honoBodyLimit } from "hono/body-limit";
import { AppError } from "../../db/domain/errors.ts";
import type { AppEnv } from "../deps.ts";

const bodyBytesMax = 1_000_000;
const importBytesMax = 5_000_000;
const importPath = /^\/(?:api\/v1\/test-cases|projects\/[^/]+)\/import$/;

/** Refuses a body by its length before it is read, and one without a length when it has grown too long. */
export function bodyLimit(): MiddlewareHandler<AppEnv> {
  const limit = (maxSize: number) =>
    honoBodyLimit({
      maxSize,
      onError: () => {
        throw new AppError("too-large", `the body is larger than ${maxSize / 1_000_000} MB`);
      },
    });
  const usual = limit(bodyBytesMax);
  const ofImport = limit(importBytesMax);
  return (c, next) => (importPath.test(c.req.path) ? ofImport(c, next) : usual(c, next));
}
