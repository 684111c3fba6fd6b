import { z } from "zod";
import { cronFault, normalizedCron } from "./cron.ts";
import { suiteInputSchema } from "./resources.ts";
import { missedPolicies, overlapPolicies } from "./schedules.ts";
import { runStatuses } from "./states.ts";
import { normalizedTimeZone, timeZoneFault } from "./time-zones.ts";

/** Schedules as the API shows them and takes them. */

const id = z.uuid();
const time = z.iso.datetime();

/**
 * `missed`: nobody was there to fire it, or it was passed over; `failed`: its run could not be started; `skipped`: the run
 * before it went on; `waiting`: it starts when that one has ended.
 */
export const tickOutcomes = ["started", "failed", "missed", "skipped", "waiting"] as const;
export type TickOutcome = (typeof tickOutcomes)[number];

export const tickSchema = z
  .strictObject({
    dueAt: time,
    outcome: z.enum(tickOutcomes).meta({
      description:
        "`failed`: no run could be started; `missed`: nobody fired it in time; `skipped`: the run before it went on; `waiting`: it starts when that one has ended",
    }),
    run: z.strictObject({ id, status: z.enum(runStatuses) }).nullable(),
    reason: z.string().nullable().meta({ description: "Why no run was started" }),
    firstDueAt: time.meta({ description: "Missed ticks in a row are one item, by the last of them" }),
    count: z.int().min(1).meta({ description: "How many ticks the item stands for; counted up to 1000" }),
    decidedAt: time,
  })
  .meta({ id: "Tick" });
export type Tick = z.output<typeof tickSchema>;

/** What ticks came to: `error` also where no run could be started, `open` what goes on or waits, `none` the rest. */
export const tickResults = ["passed", "flaky", "failed", "error", "open", "missed", "none"] as const;
export type TickResult = (typeof tickResults)[number];

const ticks = z.int().min(0);
export const tickHourSchema = z
  .strictObject({
    from: time.meta({ description: "The beginning of an hour in the time zone of the schedule" }),
    passed: ticks,
    flaky: ticks,
    failed: ticks,
    error: ticks.meta({ description: "Also those of which no run could be started" }),
    open: ticks.meta({ description: "Those whose run goes on, and those that wait for an earlier run" }),
    missed: ticks.meta({ description: "Missed ticks in a row are spread evenly over their time" }),
    none: ticks.meta({ description: "Skipped, cancelled, or their run is gone" }),
  })
  .meta({ id: "TickHour" });
export type TickHour = z.output<typeof tickHourSchema>;

const suiteId = z.uuid("choose a suite of this project, by its id");
const cron = z
  .string()
  .max(200)
  .superRefine((text, context) => {
    const message = cronFault(text);
    if (message !== null) context.addIssue({ code: "custom", message });
  })
  .overwrite(normalizedCron)
  .meta({
    description:
      "Minute, hour, day of the month, month, day of the week: `30 2 * * 1-5`; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`",
  });
export const timeZoneSchema = z
  .string()
  .trim()
  .max(100)
  .superRefine((name, context) => {
    const message = timeZoneFault(name);
    if (message !== null) context.addIssue({ code: "custom", message });
  })
  .overwrite(normalizedTimeZone)
  .meta({ description: "A name of the IANA database: `Europe/Berlin`" });
const missed = z.enum(missedPolicies).meta({
  description:
    "What becomes of ticks that nobody could fire in time: `skip` runs only what is due now, `once` one run for all of them, `all` each of the newest 20",
});
const overlap = z.enum(overlapPolicies).meta({
  description:
    "What becomes of a tick while the run of the last one goes on: `start` runs beside it, `skip` does nothing, `queue` starts when it has ended (one waits, later ones are skipped), `stop` stops it and starts when it has ended",
});

export const scheduleSchema = z
  .strictObject({
    id,
    projectId: id,
    organizationId: id,
    name: z.string(),
    suite: z
      .strictObject({ id, name: z.string() })
      .nullable()
      .meta({ description: "Null when it was deleted" }),
    environmentId: id.nullable().meta({ description: "Null: the one of the suite" }),
    cron: z.string(),
    timeZone: z.string(),
    text: z
      .string()
      .meta({ description: "The expression in plain English, or itself where that is clearer" }),
    missed,
    overlap,
    isPaused: z.boolean(),
    nextTicks: z.array(time).meta({ description: "The next five; none while it is paused" }),
    lastTicks: z.array(tickSchema).meta({ description: "The last twenty, the newest first" }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Schedule" });
export type Schedule = z.output<typeof scheduleSchema>;

export const scheduleInputSchema = z.strictObject({
  name: suiteInputSchema.shape.name,
  suiteId,
  environmentId: id.nullable().default(null),
  cron,
  timeZone: timeZoneSchema.default("UTC"),
  missed: missed.default("once"),
  overlap: overlap.default("start"),
  isPaused: z.boolean().default(false),
});
export type ScheduleInput = z.output<typeof scheduleInputSchema>;
export const scheduleChangeSchema = z.strictObject({
  name: scheduleInputSchema.shape.name.optional(),
  suiteId: suiteId.optional(),
  environmentId: id.nullable().optional(),
  cron: cron.optional(),
  timeZone: timeZoneSchema.optional(),
  missed: missed.optional(),
  overlap: overlap.optional(),
});
export type ScheduleChange = z.output<typeof scheduleChangeSchema>;

export const schedulePreviewQuerySchema = z.strictObject({ cron, timeZone: timeZoneSchema.default("UTC") });
export const schedulePreviewSchema = z
  .strictObject({ cron: z.string(), timeZone: z.string(), text: z.string(), nextTicks: z.array(time) })
  .meta({ id: "SchedulePreview" });
export type SchedulePreview = z.output<typeof schedulePreviewSchema>;
