import type { TestApp } from "../../api/testing/app.ts";
import type { Run } from "../../db/domain/resources.ts";
import { type Schedule, scheduleInputSchema } from "../../db/domain/schedule-resources.ts";
import { ticks } from "../../db/schema/schedules.ts";
import { setTenant } from "../../db/services/context.ts";
import { listRuns } from "../../db/services/runs.ts";
import { createSchedule } from "../../db/services/schedules.ts";
import { hostile } from "./seed-texts.ts";

const hourMs = 3_600_000;

/** A quarter of an hour each, of a busy day: with every kind of end. */
function daysTicks({ id, organizationId }: Schedule, runs: readonly Run[]) {
  const shared = { scheduleId: id, organizationId };
  const now = Date.now();
  return Array.from({ length: 60 }, (_, index) => {
    const dueAt = new Date(now - (index * 15 + (index > 30 ? 180 : 2)) * 60_000);
    const run = runs[index % Math.max(1, runs.length)];
    const times = { dueAt, firstDueAt: dueAt, decidedAt: new Date(dueAt.getTime() + 1_200) };
    if (index === 0)
      return {
        ...shared,
        ...times,
        outcome: "waiting" as const,
        reason: "waits until the run of an earlier tick has ended",
      };
    if (index === 9)
      return {
        ...shared,
        ...times,
        outcome: "skipped" as const,
        reason: "the run of an earlier tick was still going on",
      };
    if (index === 30) {
      const firstDueAt = new Date(dueAt.getTime() - 150 * 60_000);
      return {
        ...shared,
        ...times,
        firstDueAt,
        count: 11,
        outcome: "missed" as const,
        reason: "no worker could fire it in time; one run makes up for all of them",
      };
    }
    return { ...shared, ...times, outcome: "started" as const, runId: run?.id ?? null };
  });
}

/** Schedules as they are after days of use: results of every kind, missed ticks, one paused, one without its suite's luck. */
export async function seedSchedules(
  t: TestApp,
  projectId: string,
  suiteId: string,
): Promise<{ scheduleId: string; busyScheduleId: string }> {
  const ctx = t.world.as.alice;
  const make = (input: object) =>
    createSchedule(ctx, projectId, scheduleInputSchema.parse({ suiteId, ...input }));
  const nightly = await make({ name: "Nightly", cron: "30 2 * * 1-5", timeZone: "Europe/Berlin" });
  const smoke = await make({
    name: "Smoke on staging",
    cron: "*/15 9-17 * * 1-5",
    timeZone: "America/New_York",
    overlap: "queue",
  });
  await make({ name: `Paused ${hostile}`.slice(0, 200), cron: "0 0 13 * 5", isPaused: true });
  const { items } = await listRuns(ctx, { projectId, limit: 20 });
  const now = Date.now();
  const shared = { scheduleId: nightly.id, organizationId: nightly.organizationId };
  const rows = items.map(({ id }, index) => {
    const dueAt = new Date(now - (index + 3) * 24 * hourMs);
    return { ...shared, dueAt, firstDueAt: dueAt, outcome: "started" as const, runId: id, decidedAt: dueAt };
  });
  const failedAt = new Date(now - 25 * hourMs);
  const missedAt = new Date(now - 49 * hourMs);
  await t.deps.db.orm.transaction(async (tx) => {
    await setTenant(tx, [nightly.organizationId], null);
    await tx.insert(ticks).values([
      ...rows,
      {
        ...shared,
        dueAt: failedAt,
        firstDueAt: failedAt,
        outcome: "failed",
        reason: "the suite has no case that can run",
      },
      {
        ...shared,
        dueAt: missedAt,
        firstDueAt: new Date(now - 66 * hourMs),
        count: 7,
        outcome: "missed",
        reason: "no worker could fire it in time; one run makes up for all of them",
      },
      ...daysTicks(smoke, items),
    ]);
  });
  return { scheduleId: nightly.id, busyScheduleId: smoke.id };
}
