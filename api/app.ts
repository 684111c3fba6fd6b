import { Hono } from "hono";
import { AppError, notFound } from "../db/domain/errors.ts";
import type { AppContext, AppDeps, AppEnv } from "./deps.ts";
import { docsPage } from "./docs/page.ts";
import { answerError, isProgramPath } from "./errors.ts";
import { healthRoutes } from "./health/routes.ts";
import { socketRoute } from "./live/route.ts";
import { metricsRoutes, scraperFirst } from "./metrics.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { client } from "./middleware/client.ts";
import { deadline } from "./middleware/deadline.ts";
import { identity, requireUser } from "./middleware/identity.ts";
import { observe } from "./middleware/observe.ts";
import { originGuard } from "./middleware/origin.ts";
import { doorLimits, rateLimit } from "./middleware/rate-limit.ts";
import { auditRefusals } from "./middleware/refusals.ts";
import { requestId } from "./middleware/request-id.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { openApiDocument } from "./openapi/document.ts";
import { createApi } from "./routes/index.ts";

/**
 * The whole HTTP application: Request in, Response out, on Web standards alone. All guards stand here, in their order and
 * before any route; errors and unknown addresses are answered here and nowhere else.
 */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError((error, c) => answerError(c, error, deps));
  app.notFound((c) => answerError(c, notFound("what this address names was"), deps));

  app.use(requestId());
  app.use(securityHeaders(deps.publicUrl));
  app.use(client(deps));
  app.use(observe(deps));
  app.use(deadline(deps));
  app.use(bodyLimit());

  // These answer without knowing who asks, and when the database does not answer at all.
  app.route("/health", healthRoutes(deps));
  app.get("/static/*", (c) => staticFile(c, deps));
  app.use("/metrics", scraperFirst(deps));

  app.use(identity(deps));
  app.use(auditRefusals(deps));
  app.use(originGuard(deps));
  app.use("/api/v1/*", requireUser());
  app.use("/api/v1/*", rateLimit(deps));

  const api = createApi(deps);
  app.route("/api/v1", api.router);
  app.route("/metrics", metricsRoutes(deps));
  app.get("/ws", socketRoute(deps));
  const document = JSON.stringify(openApiDocument(api.endpoints, deps));
  app.get("/api/openapi.json", (c) => {
    c.header("Cache-Control", "no-cache");
    return c.body(document, 200, { "Content-Type": "application/json" });
  });
  app.get("/api/docs", (c) => docsPage(c, deps));

  if (deps.web) {
    app.use(formsOnly());
    app.use(doorLimits(deps));
    app.route("/", deps.web);
  }
  return app;
}

/** Pages send forms. Anything else that changes something is not from a page of ours. */
function formsOnly() {
  const form = /^(?:application\/x-www-form-urlencoded|multipart\/form-data) *(?:;|$)/i;
  return async (c: AppContext, next: () => Promise<void>): Promise<void> => {
    const type = c.req.header("Content-Type");
    const isForm = type === undefined || form.test(type);
    if (c.req.method !== "GET" && c.req.method !== "HEAD" && !isForm && !isProgramPath(c.req.path)) {
      throw new AppError("unsupported-media-type", "pages take forms; programs speak to /api/v1");
    }
    await next();
  };
}

/** With the hash of its content in the address a file can be kept for ever; otherwise it is asked about each time. */
async function staticFile(c: AppContext, { assets }: AppDeps): Promise<Response> {
  const asset = await assets.read(c.req.path.slice("/static/".length));
  if (!asset) throw notFound("this file was");
  const etag = `"${asset.hash}"`;
  const isExact = c.req.query("v") === asset.hash;
  const headers = {
    ETag: etag,
    "Cache-Control": isExact ? "public, max-age=31536000, immutable" : "public, no-cache",
  };
  if (c.req.header("If-None-Match")?.includes(etag)) return new Response(null, { status: 304, headers });
  return new Response(asset.bytes, { headers: { ...headers, "Content-Type": asset.contentType } });
}
