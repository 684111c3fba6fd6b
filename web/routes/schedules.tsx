import { Hono } from "hono";
import type { AppError } from "../../db/domain/errors.ts";
import type { Project } from "../../db/domain/resources.ts";
import {
  type Schedule,
  scheduleChangeSchema,
  scheduleInputSchema,
  schedulePreviewQuerySchema,
} from "../../db/domain/schedule-resources.ts";
import { parseInput } from "../../db/domain/validation.ts";
import type { Ctx } from "../../db/services/context.ts";
import { listEnvironments } from "../../db/services/environments.ts";
import { getPreferences } from "../../db/services/own-account.ts";
import { getProject } from "../../db/services/projects.ts";
import {
  createSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  listTicks,
  pauseSchedule,
  previewSchedule,
  runScheduleNow,
  updateSchedule,
} from "../../db/services/schedules.ts";
import { listSuites } from "../../db/services/suites.ts";
import { listTickHours, tickHoursOf } from "../../db/services/tick-hours.ts";
import { may, placeOf } from "../access.ts";
import type { WebContext, WebEnv } from "../env.ts";
import {
  newSchedule,
  readScheduleDraft,
  type ScheduleDraft,
  scheduleDraftOf,
  scheduleInputOf,
} from "../forms/schedule-draft.ts";
import { SchedulePage } from "../pages/schedule.tsx";
import {
  NewSchedulePage,
  type Preview,
  type ScheduleFormProps,
  SchedulePreviewPart,
} from "../pages/schedule-form.tsx";
import { Schedules } from "../pages/schedules.tsx";
import { attempted, go, idOf, part, pathOf, type Site, signedIn, wantedPart } from "../site.tsx";

/** How many suites can be chosen from. */
const suitesMax = 200;
const ticksShown = 20;

/** Schedules: suites run by the clock. */
export function scheduleRoutes(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  listRoutes(app, site);
  createRoutes(app, site);
  singleRoutes(app, site);
  return app;
}

function listRoutes(app: Hono<WebEnv>, site: Site): void {
  app.get(
    "/projects/:id/schedules",
    signedIn(async (c, ctx) => {
      const projectId = idOf(c, "project");
      const cursor = c.req.query("cursor");
      const [project, page, suites] = await Promise.all([
        getProject(ctx, projectId),
        listSchedules(ctx, projectId, { limit: 50, ...(cursor ? { cursor } : {}) }),
        listSuites(ctx, { projectId, limit: 1 }),
      ]);
      const ids = page.items.map(({ id }) => id);
      const hours = await tickHoursOf(ctx, projectId, ids);
      const props = { project, page, hours, path: pathOf(c), now: ctx.now(), ...rightsIn(ctx, project) };
      const body = <Schedules {...props} hasSuites={suites.items.length > 0} />;
      if (wantedPart(c) === "schedules") return part(c, body);
      const head = { ...headOf(project, `Schedules of ${project.name}`), scripts: ["refresh"] as const };
      return site.page(c, ctx, head, body);
    }),
  );

  // The part of the form that says what is written there means.
  app.get(
    "/projects/:id/schedules/preview",
    signedIn(async (c, ctx) => {
      const { cron = "", timeZone = "" } = c.req.query();
      const preview = await previewOf(ctx, idOf(c, "project"), { cron, timeZone });
      return part(c, <SchedulePreviewPart preview={preview} now={ctx.now()} />);
    }),
  );
}

function createRoutes(app: Hono<WebEnv>, site: Site): void {
  const show = async (c: WebContext, ctx: Ctx, draft: ScheduleDraft, error: AppError | null) => {
    const props = await formProps(ctx, idOf(c, "project"), draft, error);
    const head = headOf(props.project, "New schedule");
    return site.page(c, ctx, head, <NewSchedulePage {...props} />, error ? 422 : 200);
  };

  app.get(
    "/projects/:id/schedules/new",
    signedIn(async (c, ctx) => {
      const { timeZone } = await getPreferences(ctx);
      const draft = { ...newSchedule, suiteId: c.req.query("suite") ?? "" };
      return show(c, ctx, timeZone === null ? draft : { ...draft, timeZone }, null);
    }),
  );

  app.post(
    "/projects/:id/schedules",
    signedIn(async (c, ctx) => {
      const draft = readScheduleDraft(await c.req.formData());
      const result = await attempted(() => {
        const input = { suiteId: "", ...scheduleInputOf(draft) };
        return createSchedule(ctx, idOf(c, "project"), parseInput(scheduleInputSchema, input));
      });
      return result.error ? show(c, ctx, draft, result.error) : go(c, pathTo(result.value));
    }),
  );
}

function singleRoutes(app: Hono<WebEnv>, site: Site): void {
  const one = "/projects/:id/schedules/:schedule";
  const ids = (c: WebContext) => [idOf(c, "project"), idOf(c, "schedule", "schedule")] as const;

  app.get(
    one,
    signedIn((c, ctx) => showSchedule(site, c, ctx, ids(c), null, null)),
  );

  app.post(
    one,
    signedIn(async (c, ctx) => {
      const draft = readScheduleDraft(await c.req.formData());
      const result = await attempted(() =>
        updateSchedule(ctx, ...ids(c), parseInput(scheduleChangeSchema, scheduleInputOf(draft))),
      );
      if (result.error) return showSchedule(site, c, ctx, ids(c), draft, result.error);
      return go(c, `${pathTo(result.value)}?saved=true`);
    }),
  );

  app.post(
    `${one}/run`,
    signedIn(async (c, ctx) => {
      const result = await attempted(() => runScheduleNow(ctx, ...ids(c), "manual"));
      if (result.error) return showSchedule(site, c, ctx, ids(c), null, result.error);
      return go(c, `/runs/${result.value.id}`);
    }),
  );

  for (const [verb, isPaused] of [
    ["pause", true],
    ["resume", false],
  ] as const) {
    app.post(
      `${one}/${verb}`,
      signedIn(async (c, ctx) => go(c, pathTo(await pauseSchedule(ctx, ...ids(c), isPaused)))),
    );
  }

  app.post(
    `${one}/delete`,
    signedIn(async (c, ctx) => {
      const [projectId, id] = ids(c);
      await deleteSchedule(ctx, projectId, id);
      return go(c, `/projects/${projectId}/schedules`);
    }),
  );
}

async function showSchedule(
  site: Site,
  c: WebContext,
  ctx: Ctx,
  [projectId, id]: readonly [string, string],
  refused: ScheduleDraft | null,
  error: AppError | null,
): Promise<Response> {
  const cursor = c.req.method === "GET" ? c.req.query("cursor") : undefined;
  const [schedule, hours, history] = await Promise.all([
    getSchedule(ctx, projectId, id),
    listTickHours(ctx, projectId, id),
    listTicks(ctx, projectId, id, { limit: ticksShown, ...(cursor ? { cursor } : {}) }),
  ]);
  const form = await formProps(ctx, projectId, refused ?? scheduleDraftOf(schedule), error);
  // A refused run has faults of the suite, and none of this form.
  const errors = refused === null ? [] : form.errors;
  const props = {
    ...form,
    errors,
    schedule,
    ticks: history.items,
    hours,
    nextCursor: history.nextCursor,
    path: c.req.method === "GET" ? pathOf(c) : pathTo(schedule),
    saved: c.req.query("saved") === "true",
    ...rightsIn(ctx, form.project),
  };
  const head = headOf(form.project, schedule.name);
  return site.page(c, ctx, head, <SchedulePage {...props} />, error ? 422 : 200);
}

async function formProps(
  ctx: Ctx,
  projectId: string,
  draft: ScheduleDraft,
  error: AppError | null,
): Promise<ScheduleFormProps> {
  const [project, suites, environments, preview] = await Promise.all([
    getProject(ctx, projectId),
    listSuites(ctx, { projectId, limit: suitesMax }),
    listEnvironments(ctx, projectId, { limit: 200 }),
    previewOf(ctx, projectId, draft),
  ]);
  return {
    project,
    suites: suites.items.toSorted((a, b) => a.name.localeCompare(b.name)),
    environments: environments.items,
    draft,
    preview,
    errors: error?.errors ?? [],
    fault: error?.message ?? null,
    now: ctx.now(),
  };
}

async function previewOf(
  ctx: Ctx,
  projectId: string,
  { cron, timeZone }: Pick<ScheduleDraft, "cron" | "timeZone">,
): Promise<Preview> {
  const result = await attempted(() =>
    previewSchedule(ctx, projectId, parseInput(schedulePreviewQuerySchema, { cron, timeZone })),
  );
  return result.error ? { fault: result.error.errors[0]?.message ?? result.error.message } : result.value;
}

function rightsIn(ctx: Ctx, project: Project) {
  const place = placeOf(project);
  return {
    writes: may(ctx, place, "schedule.write"),
    starts: may(ctx, place, "run.start"),
  };
}

function headOf(project: Project, title: string) {
  return { title, project, section: "schedules" as const };
}

function pathTo({ projectId, id }: Schedule): string {
  return `/projects/${projectId}/schedules/${id}`;
}
