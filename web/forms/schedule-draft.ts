import type { Schedule } from "../../db/domain/schedule-resources.ts";
import type { FormValues } from "./step-fields.ts";

/** A schedule while it is edited: the fields of its form as they stand. */
export type ScheduleDraft = {
  name: string;
  suiteId: string;
  environmentId: string;
  cron: string;
  timeZone: string;
  missed: string;
  overlap: string;
};

export const newSchedule: ScheduleDraft = {
  name: "",
  suiteId: "",
  environmentId: "",
  cron: "30 2 * * *",
  timeZone: "UTC",
  missed: "once",
  overlap: "start",
};

export function scheduleDraftOf(schedule: Schedule): ScheduleDraft {
  const { name, cron, timeZone, missed, overlap } = schedule;
  return {
    name,
    cron,
    timeZone,
    missed,
    overlap,
    suiteId: schedule.suite?.id ?? "",
    environmentId: schedule.environmentId ?? "",
  };
}

export function readScheduleDraft(form: FormValues): ScheduleDraft {
  const text = (name: string) => String(form.get(name) ?? "");
  return {
    name: text("name"),
    suiteId: text("suiteId"),
    environmentId: text("environmentId"),
    cron: text("cron"),
    timeZone: text("timeZone"),
    missed: text("missed"),
    overlap: text("overlap"),
  };
}

/** The input that a draft stands for; the schema judges it. A schedule whose suite is gone keeps having none. */
export function scheduleInputOf({
  suiteId,
  environmentId,
  ...draft
}: ScheduleDraft): Record<string, unknown> {
  return {
    ...draft,
    ...(suiteId === "" ? {} : { suiteId }),
    environmentId: environmentId === "" ? null : environmentId,
  };
}
