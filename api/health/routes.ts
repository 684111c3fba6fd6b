import { Hono } from "hono";
import { notFound } from "../../db/domain/errors.ts";
import { holdsOnPlatform } from "../../db/domain/permissions.ts";
import type { AppContext, AppDeps, AppEnv } from "../deps.ts";
import { identify } from "../middleware/identity.ts";
import { type Component, components, type Report, worst } from "./health.ts";

/** `/health/…`: a status for everybody, reasons and figures for platform administrators. */
export function healthRoutes(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    await next();
    c.res.headers.set("Cache-Control", "no-store");
  });

  app.get("/", async (c) => {
    const [reports, isDetailed] = [await deps.health.all(), await seesDetails(c, deps)];
    const status = worst(Object.values(reports));
    const shown = Object.fromEntries(
      Object.entries(reports).map(([name, report]) => [
        name,
        isDetailed ? report : { status: report.status },
      ]),
    );
    const facts = isDetailed ? { version: deps.version } : {};
    return c.json({ status, ...facts, components: shown }, status === "critical" ? 503 : 200);
  });

  app.get("/live", (c) => c.json({ status: "live" }));

  app.get("/ready", async (c) => {
    const isReady = await deps.health.isReady();
    return c.json({ status: isReady ? "ready" : "not-ready" }, isReady ? 200 : 503);
  });

  app.get("/:component", async (c) => {
    const name = c.req.param("component");
    if (!isComponent(name)) throw notFound(`a component of the name "${name.slice(0, 50)}" was`);
    const report: Report = await deps.health.component(name);
    const shown = (await seesDetails(c, deps)) ? report : { status: report.status };
    return c.json(shown, report.status === "critical" ? 503 : 200);
  });
  return app;
}

function isComponent(name: string): name is Component {
  return (components as readonly string[]).includes(name);
}

/** Health must answer when the database can't say who asks. */
async function seesDetails(c: AppContext, deps: AppDeps): Promise<boolean> {
  if (c.req.header("Authorization") === undefined && c.req.header("Cookie") === undefined) return false;
  try {
    const actor = (await identify(c, deps))?.ctx.actor;
    return actor?.kind === "user" && holdsOnPlatform(actor.platformRole, "health.details");
  } catch {
    return false;
  }
}
