import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { notFound } from "../../db/domain/errors.ts";
import { type Queue, queueChangeSchema, shareChangeSchema } from "../../db/domain/installation.ts";
import { queues as knownQueues } from "../../db/domain/jobs.ts";
import { windowNames } from "../../db/domain/tally.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { changeQueue, listQueues, throughput } from "../../db/services/queues.ts";
import { changeShare, getShare, listShares } from "../../db/services/shares.ts";
import type { WebContext, WebEnv } from "../env.ts";
import { QueueFigures, QueuePage } from "../pages/queue.tsx";
import { SharePage, type ShareValues, valuesOf } from "../pages/shares.tsx";
import { attempted, go, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

const sharesShown = 20;

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
      const shares = await sharesOf(c, ctx, shown.queue.name);
      return page(site, c, ctx, <QueuePage {...shown} shares={shares} values={values} errors={[]} />, 200);
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
      const props = { ...shown, path: `/queues/${name}`, values, errors: result.error.errors };
      const body = <QueuePage {...props} shares={await sharesOf(c, ctx, shown.queue.name)} />;
      return page(site, c, ctx, body, 422);
    }),
  );

  shareRoutes(app, site);
  return app;
}

/** What a project may have of a queue in which they take turns. */
function shareRoutes(app: Hono<WebEnv>, site: Site): void {
  const path = "/queues/:name/shares/:project";
  const ids = (c: WebContext) => [c.req.param("name") ?? "", c.req.param("project") ?? ""] as const;

  app.get(
    path,
    signedIn(async (c, ctx) => {
      const share = await getShare(ctx, ...ids(c));
      const body = <SharePage share={share} values={valuesOf(share)} errors={[]} now={ctx.now()} />;
      return page(site, c, ctx, body, 200);
    }),
  );

  app.post(
    path,
    signedIn(async (c, ctx) => {
      const form = await c.req.formData();
      const text = (name: string) => String(form.get(name) ?? "").trim();
      const values = {
        weight: text("weight"),
        atOnce: text("atOnce"),
        rateJobs: text("rateJobs"),
        rateSeconds: text("rateSeconds"),
      };
      const result = await attempted(() =>
        changeShare(ctx, ...ids(c), parseInput(shareChangeSchema, shareOf(values))),
      );
      if (result.error === undefined) return go(c, `/queues/${result.value.queue}#shares`);
      const share = await getShare(ctx, ...ids(c));
      const { errors } = result.error;
      return page(
        site,
        c,
        ctx,
        <SharePage share={share} values={values} errors={errors} now={ctx.now()} />,
        422,
      );
    }),
  );
}

/** The whole form: what is empty is as for all. */
function shareOf({ weight, atOnce, rateJobs, rateSeconds }: ShareValues) {
  const number = (text: string) => (text === "" ? null : Number(text));
  const hasRate = rateJobs !== "" || rateSeconds !== "";
  return {
    weight: number(weight),
    atOnce: number(atOnce),
    rate: hasRate ? { jobs: number(rateJobs), perMs: Math.round(Number(rateSeconds) * 1_000) } : null,
  };
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

async function sharesOf(c: WebContext, ctx: Ctx, queue: Queue["name"]) {
  if (!knownQueues[queue].isShared) return null;
  const cursor = c.req.query("shares");
  return listShares(ctx, queue, { limit: sharesShown, ...(cursor ? { cursor } : {}) });
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
