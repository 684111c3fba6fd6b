import { z } from "zod";
import { pageQuerySchema } from "../../db/domain/queries.ts";
import { runSchema } from "../../db/domain/resources.ts";
import {
  scheduleChangeSchema,
  scheduleInputSchema,
  schedulePreviewQuerySchema,
  schedulePreviewSchema,
  scheduleSchema,
  tickHourSchema,
  tickSchema,
} from "../../db/domain/schedule-resources.ts";
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
import { listTickHours } from "../../db/services/tick-hours.ts";
import { type Api, endpoint } from "./endpoint.ts";
import { byId, named, pageOf, triggerOf, wholeList } from "./shared.ts";

const tag = "Schedules";
const ofProject = "/projects/{id}/schedules";
const one = `${ofProject}/{scheduleId}`;
const bySchedule = byId.extend({ scheduleId: z.uuid() });

export function scheduleRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "listSchedules",
      method: "get",
      path: ofProject,
      tag,
      summary: "The schedules of a project, with their next and last ticks",
      params: byId,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(scheduleSchema),
    },
    ({ ctx, params, query }) => listSchedules(ctx, params.id, query),
  );

  endpoint(
    api,
    {
      id: "createSchedule",
      method: "post",
      path: ofProject,
      tag,
      summary: "Run a suite by the clock",
      params: byId,
      body: named(scheduleInputSchema, "ScheduleInput"),
      bodyExample: {
        name: "Nightly",
        suiteId: "019a2b7c-3c1f-7cc3-98c4-dc0c0c07398f",
        cron: "30 2 * * 1-5",
        timeZone: "Europe/Berlin",
      },
      status: 201,
      result: scheduleSchema,
      errors: ["conflict"],
    },
    async ({ c, ctx, params, body }) => {
      const schedule = await createSchedule(ctx, params.id, body);
      c.header("Location", `/api/v1/projects/${schedule.projectId}/schedules/${schedule.id}`);
      return schedule;
    },
  );

  // Before those with an id: its word must not be taken for one.
  endpoint(
    api,
    {
      id: "previewSchedule",
      method: "get",
      path: `${ofProject}/preview`,
      tag,
      summary: "What a cron expression means, and when it would be due next",
      params: byId,
      query: schedulePreviewQuerySchema,
      status: 200,
      result: schedulePreviewSchema,
    },
    ({ ctx, params, query }) => previewSchedule(ctx, params.id, query),
  );
  singleRoutes(api);
  actionRoutes(api);
}

function singleRoutes(api: Api): void {
  endpoint(
    api,
    {
      id: "getSchedule",
      method: "get",
      path: one,
      tag,
      summary: "One schedule, with its next five and its last twenty ticks",
      params: bySchedule,
      status: 200,
      result: scheduleSchema,
    },
    ({ ctx, params }) => getSchedule(ctx, params.id, params.scheduleId),
  );

  endpoint(
    api,
    {
      id: "updateSchedule",
      method: "patch",
      path: one,
      tag,
      summary: "Change a schedule; another expression or time zone counts from now on",
      params: bySchedule,
      body: named(scheduleChangeSchema, "ScheduleChange"),
      status: 200,
      result: scheduleSchema,
      errors: ["conflict"],
    },
    ({ ctx, params, body }) => updateSchedule(ctx, params.id, params.scheduleId, body),
  );

  endpoint(
    api,
    {
      id: "deleteSchedule",
      method: "delete",
      path: one,
      tag,
      summary: "Remove a schedule and the history of its ticks; its runs stay",
      params: bySchedule,
      status: 204,
    },
    async ({ ctx, params }) => {
      await deleteSchedule(ctx, params.id, params.scheduleId);
      return undefined;
    },
  );

  endpoint(
    api,
    {
      id: "listScheduleTicks",
      method: "get",
      path: `${one}/ticks`,
      tag,
      summary: "What became of the ticks of a schedule, the newest first",
      params: bySchedule,
      query: pageQuerySchema,
      status: 200,
      result: pageOf(tickSchema),
    },
    ({ ctx, params, query }) => listTicks(ctx, params.id, params.scheduleId, query),
  );

  endpoint(
    api,
    {
      id: "listTickHours",
      method: "get",
      path: `${one}/hours`,
      tag,
      summary: "What the ticks of each of the last 24 hours came to, the oldest first",
      params: bySchedule,
      status: 200,
      result: pageOf(tickHourSchema),
    },
    async ({ ctx, params }) => wholeList(await listTickHours(ctx, params.id, params.scheduleId)),
  );
}

function actionRoutes(api: Api): void {
  for (const [verb, isPaused, summary] of [
    ["pause", true, "Pause a schedule; what would be due meanwhile is not made up for"],
    ["resume", false, "Resume a schedule, from the next tick on"],
  ] as const) {
    endpoint(
      api,
      {
        id: `${verb}Schedule`,
        method: "post",
        path: `${one}/${verb}`,
        tag,
        summary,
        params: bySchedule,
        status: 200,
        result: scheduleSchema,
      },
      ({ ctx, params }) => pauseSchedule(ctx, params.id, params.scheduleId, isPaused),
    );
  }

  endpoint(
    api,
    {
      id: "runScheduleNow",
      method: "post",
      path: `${one}/run-now`,
      tag,
      summary: "Run what the schedule runs, at once and beside its ticks",
      params: bySchedule,
      status: 202,
      result: runSchema,
      errors: ["conflict"],
    },
    async ({ c, ctx, params }) => {
      const run = await runScheduleNow(ctx, params.id, params.scheduleId, triggerOf(c));
      c.header("Location", `/api/v1/runs/${run.id}`);
      return run;
    },
  );
}
