import { and, eq, sql } from "drizzle-orm";
import { cronText } from "../domain/cron-text.ts";
import { AppError, invalidInput } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Page, PageQuery } from "../domain/queries.ts";
import type { Run } from "../domain/resources.ts";
import type {
  Schedule,
  ScheduleChange,
  ScheduleInput,
  SchedulePreview,
  Tick,
} from "../domain/schedule-resources.ts";
import { nextTick, nextTicks, type Timing } from "../domain/schedules.ts";
import { runs } from "../schema/runs.ts";
import { schedules, ticks } from "../schema/schedules.ts";
import { suites } from "../schema/tests.ts";
import { type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { requireEnvironment } from "./environments.ts";
import { dropWaiting } from "./overlap.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { loadOpenProject, loadProject } from "./projects.ts";
import { refuseDuplicates } from "./refusals.ts";
import type { Trigger } from "./runs.ts";
import { databaseNow, loadSchedule, type ScheduleRow, scheduleColumns, scheduleOf } from "./schedule-rows.ts";
import { executeScheduled, passOver } from "./schedule-ticks.ts";
import { iso } from "./times.ts";

const PREVIEW_TICKS = 5;

const byName: Order = {
  name: "name",
  key: { column: schedules.name, kind: "text" },
  id: schedules.id,
  descending: false,
};

/** The schedules of a project, by name. */
export async function listSchedules(ctx: Ctx, projectId: string, query: PageQuery): Promise<Page<Schedule>> {
  return transaction(ctx, async (ctx) => {
    const project = await loadProject(ctx, projectId, "schedule.read");
    const rows = await ctx.tx
      .select({ ...scheduleColumns, cursorKey: cursorKey(byName) })
      .from(schedules)
      .where(and(eq(schedules.projectId, project.id), behind(byName, query.cursor)))
      .orderBy(...orderBy(byName))
      .limit(query.limit + 1);
    return pageOf(byName, query.limit, rows, scheduleOf, ({ row }) => row.id);
  });
}

export async function getSchedule(ctx: Ctx, projectId: string, id: string): Promise<Schedule> {
  return transaction(ctx, async (ctx) => scheduleOf(await loadSchedule(ctx, projectId, id, "schedule.read")));
}

/**
 * Due from the first tick after now on.
 * @throws AppError `invalid-input` naming the suite or environment that is not one of the project, `conflict` for a name
 * that is taken and when the project has as many as it may.
 */
export async function createSchedule(ctx: Ctx, projectId: string, input: ScheduleInput): Promise<Schedule> {
  return transaction(ctx, async (ctx) => {
    const project = await loadOpenProject(ctx, projectId, "schedule.write");
    await requireRoom(ctx, project.id);
    const { isPaused, ...fields } = input;
    const now = await databaseNow(ctx);
    const row: ScheduleRow = {
      id: newId(),
      organizationId: project.organizationId,
      projectId: project.id,
      ...fields,
      pausedAt: isPaused ? now : null,
      nextAt: isPaused ? null : nextTick(fields, now),
      lastRunId: null,
      waitingAt: null,
      createdBy: ctx.actor.kind === "user" ? ctx.actor.userId : null,
      createdAt: now,
      updatedAt: now,
    };
    await requireParts(ctx, row);
    await refuseSameName(row.name, () => ctx.tx.insert(schedules).values(row));
    return reloadAndAudit(ctx, "create", row);
  });
}

/**
 * Saves what is given and keeps the rest. With another expression or time zone the next tick is that of the new one; one that
 * had come and was not fired yet is recorded as missed.
 * @throws AppError as `createSchedule`.
 */
export async function updateSchedule(
  ctx: Ctx,
  projectId: string,
  id: string,
  change: ScheduleChange,
): Promise<Schedule> {
  return transaction(ctx, async (ctx) => {
    const before = await loadSchedule(ctx, projectId, id, "schedule.write", "update");
    const { row: old } = before;
    const now = await databaseNow(ctx);
    const row: ScheduleRow = {
      ...old,
      name: change.name ?? old.name,
      suiteId: change.suiteId ?? old.suiteId,
      environmentId: change.environmentId === undefined ? old.environmentId : change.environmentId,
      cron: change.cron ?? old.cron,
      timeZone: change.timeZone ?? old.timeZone,
      missed: change.missed ?? old.missed,
      overlap: change.overlap ?? old.overlap,
      updatedAt: now,
    };
    await requireParts(ctx, row);
    if (old.nextAt && (row.cron !== old.cron || row.timeZone !== old.timeZone)) {
      await passOver(ctx, old, now, "the schedule was changed before this tick was fired");
      row.nextAt = nextTick(row, now);
    }
    await refuseSameName(row.name, () => save(ctx, row));
    return reloadAndAudit(ctx, "update", row, scheduleOf(before));
  });
}

/** Pauses or resumes; what is due meanwhile is not made up for. To do it twice changes nothing. */
export async function pauseSchedule(
  ctx: Ctx,
  projectId: string,
  id: string,
  isPaused: boolean,
): Promise<Schedule> {
  return transaction(ctx, async (ctx) => {
    const before = await loadSchedule(ctx, projectId, id, "schedule.write", "update");
    const { row: old } = before;
    if ((old.pausedAt !== null) === isPaused) return scheduleOf(before);
    const now = await databaseNow(ctx);
    if (isPaused) {
      await passOver(ctx, old, now, "the schedule was paused before this tick was fired");
      await dropWaiting(ctx, old, "the schedule was paused while this tick waited for the run before it");
    }
    const row = {
      ...old,
      waitingAt: null,
      pausedAt: isPaused ? now : null,
      nextAt: isPaused ? null : nextTick(old, now),
      updatedAt: now,
    };
    await save(ctx, row);
    return reloadAndAudit(ctx, isPaused ? "pause" : "resume", row, scheduleOf(before));
  });
}

/** What it has started stays; its history of ticks goes with it. */
export async function deleteSchedule(ctx: Ctx, projectId: string, id: string): Promise<void> {
  await transaction(ctx, async (ctx) => {
    const before = await loadSchedule(ctx, projectId, id, "schedule.write", "update");
    await ctx.tx.delete(schedules).where(eq(schedules.id, before.row.id));
    await audit(ctx, "delete", before.row, { before: scheduleOf(before) });
  });
}

/**
 * Runs what the schedule would run, at once and beside its ticks, paused or not.
 * @throws AppError `conflict` when its suite was deleted, and as `executeSuite`.
 */
export async function runScheduleNow(
  ctx: Ctx,
  projectId: string,
  id: string,
  trigger: Trigger,
): Promise<Run> {
  const { row } = await transaction(ctx, (ctx) => loadSchedule(ctx, projectId, id, "run.start"));
  return executeScheduled(ctx, row, trigger);
}

const newestFirst: Order = {
  name: "-dueAt",
  key: { column: ticks.dueAt, kind: "time" },
  id: ticks.scheduleId,
  descending: true,
};

/** What became of its ticks, the newest first. */
export async function listTicks(
  ctx: Ctx,
  projectId: string,
  id: string,
  query: PageQuery,
): Promise<Page<Tick>> {
  return transaction(ctx, async (ctx) => {
    const { row } = await loadSchedule(ctx, projectId, id, "schedule.read");
    const rows = await ctx.tx
      .select({ tick: ticks, status: runs.status, cursorKey: cursorKey(newestFirst) })
      .from(ticks)
      .leftJoin(runs, eq(runs.id, ticks.runId))
      .where(and(eq(ticks.scheduleId, row.id), behind(newestFirst, query.cursor)))
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(newestFirst, query.limit, rows, tickOf, ({ tick }) => tick.scheduleId);
  });
}

function tickOf({ tick, status }: { tick: typeof ticks.$inferSelect; status: Run["status"] | null }): Tick {
  return {
    dueAt: iso(tick.dueAt),
    outcome: tick.outcome,
    run: tick.runId && status ? { id: tick.runId, status } : null,
    reason: tick.reason,
    firstDueAt: iso(tick.firstDueAt),
    count: tick.count,
    decidedAt: iso(tick.decidedAt),
  };
}

/** What an expression means and when it is due next, by the database's clock. */
export async function previewSchedule(
  ctx: Ctx,
  projectId: string,
  { cron, timeZone }: Timing,
): Promise<SchedulePreview> {
  return transaction(ctx, async (ctx) => {
    await loadProject(ctx, projectId, "schedule.read");
    const coming = nextTicks({ cron, timeZone }, await databaseNow(ctx), PREVIEW_TICKS);
    return { cron, timeZone, text: cronText(cron), nextTicks: coming.map(iso) };
  });
}

async function requireRoom(ctx: TxCtx, projectId: string): Promise<void> {
  // The project's row is locked, so that two who come at once are counted one after the other.
  await ctx.tx.execute(sql`select 1 from project where id = ${projectId} for update`);
  const count = await ctx.tx.$count(schedules, eq(schedules.projectId, projectId));
  if (count < limits.schedulesPerProjectMax) return;
  throw new AppError(
    "conflict",
    `a project has at most ${limits.schedulesPerProjectMax} schedules; delete one that is not needed`,
  );
}

async function requireParts(ctx: TxCtx, { projectId, suiteId, environmentId }: ScheduleRow): Promise<void> {
  await requireEnvironment(ctx, projectId, environmentId);
  if (suiteId === null) return;
  const [suite] = await ctx.tx
    .select({ id: suites.id })
    .from(suites)
    .where(and(eq(suites.id, suiteId), eq(suites.projectId, projectId)));
  if (!suite) throw invalidInput([{ path: "suiteId", message: `this project has no suite ${suiteId}` }]);
}

function refuseSameName<T>(name: string, work: () => Promise<T>): Promise<T> {
  const message = `this project has a schedule "${name}"`;
  return refuseDuplicates({ schedule_project_id_name_key: { path: "name", message } }, work);
}

async function save(ctx: TxCtx, row: ScheduleRow): Promise<void> {
  const { id, organizationId: _, projectId: __, createdAt: ___, createdBy: ____, ...fields } = row;
  await ctx.tx.update(schedules).set(fields).where(eq(schedules.id, id));
}

async function reloadAndAudit(
  ctx: TxCtx,
  verb: string,
  row: ScheduleRow,
  before?: Schedule,
): Promise<Schedule> {
  const schedule = scheduleOf(await loadSchedule(ctx, row.projectId, row.id, "schedule.write"));
  await audit(ctx, verb, row, { before, after: schedule });
  return schedule;
}

/** Without its ticks: they are history and no change of anybody's. */
async function audit(
  ctx: TxCtx,
  verb: string,
  { id, organizationId }: ScheduleRow,
  change: { before?: Schedule | undefined; after?: Schedule },
): Promise<void> {
  const plain = (schedule: Schedule | undefined) => {
    if (!schedule) return undefined;
    const { lastTicks: _, nextTicks: __, ...kept } = schedule;
    return kept;
  };
  await recordAudit(ctx, {
    action: `schedule.${verb}`,
    entity: "schedule",
    entityId: id,
    organizationId,
    before: plain(change.before),
    after: plain(change.after),
  });
}
