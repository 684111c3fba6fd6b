import type { MiddlewareHandler } from "hono";
import { AppError } from "../../db/domain/errors.ts";
import { AccessRefusals } from "../../db/services/access-refusals.ts";
import type { Refusal } from "../../db/services/context.ts";
import type { AppContext, AppDeps, AppEnv } from "../deps.ts";
import { methodOf, routeOf } from "./observe.ts";

/** Writes to the audit log what signed-in people were refused, once the request is answered with 403. */
export function auditRefusals(deps: Pick<AppDeps, "log">): MiddlewareHandler<AppEnv> {
  const recorder = new AccessRefusals();
  return async (c, next) => {
    const ctx = c.get("ctx");
    if (!ctx) return next();
    const refusals: Refusal[] = [];
    c.set("ctx", { ...ctx, refusals });
    await next();
    if (c.res.status !== 403) return;
    // The answer is no, whether or not it can be written down.
    await recorder.record(ctx, refusals.length > 0 ? refusals : otherRefusal(c)).catch((error: unknown) => {
      deps.log("error", { event: "refusal-not-audited", requestId: c.get("requestId"), error });
    });
  };
}

/** What is no matter of a permission: a request from a foreign page, or one that is not for tokens. */
function otherRefusal(c: AppContext): Refusal[] {
  const { error } = c;
  if (!(error instanceof AppError) || !["forbidden", "origin-refused"].includes(error.code)) return [];
  return [{ organizationId: null, permission: `${methodOf(c)} ${routeOf(c)}`, reason: error.message }];
}
