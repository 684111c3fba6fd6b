import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { notFound } from "../../db/domain/errors.ts";
import { queueChangeSchema } from "../../db/domain/installation.ts";
import { windowNames } from "../../db/domain/tally.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { changeQueue, listQueues, throughput } from "../../db/services/queues.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { QueueFigures, QueuePage } from "../pages/queue.tsx";
import { attempted, go, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** A queue of its own: what it does, and pausing, resuming and limiting it. */
export function queueRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get(
    "/queues/:name",
    signedIn(async (c, ctx) => {
      const shown = await shownOf(c, ctx);
      if (wantedPart(c) === "queue-figures") return part(c, <QueueFigures {...shown} />);
      const { slotsMax, reason } = shown.queue;
      const values = { slotsMax: slotsMax === null ? "" : String(slotsMax), reason: reason ?? "" };
      return page(site, c, ctx, <QueuePage {...shown} values={values} errors={[]} />, 200);
    }),
  );

  app.post(
    "/queues/:name",
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const text = (name: string) => String(form.get(name) ?? "").trim();
      const values = { slotsMax: text("slotsMax"), reason: text("reason") };
      const change = changeOf(form.get("form") === "limit", text("paused"), values);
      const name = c.req.param("name") ?? "";
      const result = await attempted(() => changeQueue(ctx, name, parseInput(queueChangeSchema, change)));
      if (result.error === undefined)
        return go(c, form.get("form") === "limit" ? `/queues/${name}` : "/jobs");
      const shown = await shownOf(c, ctx);
      const body = (
        <QueuePage {...shown} path={`/queues/${name}`} values={values} errors={result.error.errors} />
      );
      return page(site, c, ctx, body, 422);
    }),
  );

  return app;
}

/** The buttons only pause and resume; the form also says how many at once, and why. */
function changeOf(
  isForm: boolean,
  paused: string,
  { slotsMax, reason }: { slotsMax: string; reason: string },
) {
  return {
    ...(paused === "" ? {} : { paused: paused === "true" }),
    ...(isForm ? { slotsMax: slotsMax === "" ? null : Number(slotsMax), reason } : {}),
  };
}

async function shownOf(c: WebContext, ctx: Ctx) {
  const window = windowNames.find((name) => name === c.req.query("window")) ?? "5m";
  const queues = await listQueues(ctx);
  const queue = queues.find(({ name }) => name === c.req.param("name"));
  if (!queue) throw notFound("queue");
  return {
    queue,
    throughput: await throughput(ctx, { window, queue: queue.name }),
    path: pathOf(c),
    now: ctx.now(),
  };
}

function page(site: Site, c: WebContext, ctx: Ctx, body: Child, status: 200 | 422) {
  return site.page(c, ctx, { title: "Queue", section: "jobs", scripts: ["refresh"] }, body, status);
}
