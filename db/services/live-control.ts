import { and, eq, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { InputEvent, LiveView } from "../domain/live-view.ts";
import { viewLimits } from "../domain/live-view.ts";
import type { Execution } from "../domain/resources.ts";
import { isFinal } from "../domain/states.ts";
import { users } from "../schema/identity.ts";
import { liveCommands, liveViews } from "../schema/live.ts";
import { executions } from "../schema/runs.ts";
import { afterCommit, authorize, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { notifyView, readInside, wakeView, workerOf } from "./live-view.ts";
import { ensureView, nextRevision } from "./live-worker.ts";
import { type ExecutionRow, loadExecution } from "./run-rows.ts";
import { executeTestCase } from "./runs.ts";

/** Holding an execution: it pauses before its next step, takes one step at a time, goes on; and lends its mouse and keyboard. */

/** The execution that a change is about, and its view as it is before. */
type Steered = { row: ExecutionRow; view: LiveView };

/**
 * Before its next step, or before the first one of an execution that waits. It goes on by itself after
 * `viewLimits.pauseMsMax`, or when nobody watches any more.
 * @throws AppError `conflict` when it has ended
 */
export async function pauseExecution(ctx: Ctx, id: string): Promise<LiveView> {
  return steer(ctx, id, "execution.pause", async (ctx, { row, view }) => {
    if (view.pause) return false;
    await ensureView(ctx, { executionId: row.id, organizationId: row.organizationId });
    const by = await nameOf(ctx);
    await change(ctx, row, { wanted: "pause", wantedBy: by, stepsGranted: 0, pauseBefore: null });
    return true;
  });
}

/**
 * Starts a test case to try steps on: its steps run up to the one with this number, counted from 0, then it is paused there,
 * and again at its end or when a step fails. It is stopped when its pause ends by itself.
 * @throws AppError `conflict` when the project has `viewLimits.heldRunsMax` of them already
 */
export async function startHeld(ctx: Ctx, testCaseId: string, beforeStep: number): Promise<Execution> {
  return transaction(ctx, async (ctx) => {
    const started = await executeTestCase(ctx, { testCaseId }, "manual");
    const { id: executionId, organizationId, projectId } = started;
    authorize(ctx, started, "run.control", "execution");
    const [held] = await ctx.tx.execute<{ count: number }>(sql`select count(*)::int as count
      from live_view v join execution e on e.id = v.execution_id where v.then_does = 'stop' and e.project_id = ${projectId}`);
    if ((held?.count ?? 0) >= viewLimits.heldRunsMax) {
      const most = `${viewLimits.heldRunsMax} browsers are held for trying steps in this project already`;
      throw new AppError("conflict", `${most}; stop one of them first`);
    }
    await ensureView(ctx, { executionId, organizationId });
    const row = await loadExecution(ctx, executionId, "run.control");
    const hold = { wanted: "pause", thenDoes: "stop", pauseBefore: beforeStep } as const;
    await change(ctx, row, { ...hold, wantedBy: await nameOf(ctx) });
    return started;
  });
}

/** @throws AppError `conflict` when it has ended */
export async function resumeExecution(ctx: Ctx, id: string): Promise<LiveView> {
  return steer(ctx, id, "execution.resume", async (ctx, { row, view }) => {
    if (!view.pause) return false;
    await change(ctx, row, { wanted: "run", wantedBy: await nameOf(ctx) });
    return true;
  });
}

/**
 * One step, steps inside of others counted as well; then it pauses again.
 * @throws AppError `conflict` when it is not to pause, or has ended
 */
export async function stepExecution(ctx: Ctx, id: string): Promise<LiveView> {
  return steer(ctx, id, "execution.step", async (ctx, { row, view }) => {
    if (!view.pause) throw new AppError("conflict", "the execution is not paused; pause it first");
    await change(ctx, row, {
      wantedBy: await nameOf(ctx),
      stepsGranted: sql`${liveViews.stepsGranted} + 1` as unknown as number,
    });
    return true;
  });
}

/**
 * Takes mouse and keyboard of a paused page, also from somebody else; they go back by themselves when their holder does
 * nothing for `viewLimits.holdMs`, and when the execution goes on.
 * @throws AppError `conflict` while it is not paused
 */
export async function takeInput(ctx: Ctx, id: string): Promise<LiveView> {
  return steer(ctx, id, "execution.take-input", async (ctx, { row, view }) => {
    requirePaused(view);
    if (ctx.actor.kind !== "user")
      throw new AppError("forbidden", "only a person has a mouse and a keyboard");
    const heldUntil = sql`now() + ${viewLimits.holdMs} * interval '1 millisecond'` as unknown as Date;
    await change(ctx, row, { holderId: ctx.actor.userId, holder: await nameOf(ctx), heldUntil });
    return true;
  });
}

/** Gives them back. Without effect for who does not have them. */
export async function giveInput(ctx: Ctx, id: string): Promise<LiveView> {
  return steer(ctx, id, "execution.give-input", async (ctx, { row, view }) => {
    if (ctx.actor.kind !== "user" || view.holder?.userId !== ctx.actor.userId) return false;
    await change(ctx, row, { holderId: null, holder: null, heldUntil: null });
    return true;
  });
}

/**
 * What the holder of mouse and keyboard does, in order.
 * @throws AppError `conflict` for who does not hold them; `rate-limited` when the page does not keep up
 */
export async function sendInput(ctx: Ctx, id: string, events: readonly InputEvent[]): Promise<void> {
  const worker = await transaction(ctx, async (ctx) => {
    const row = await loadExecution(ctx, id, "run.control");
    const { view } = await readInside(ctx, row.id, Number.MAX_SAFE_INTEGER);
    if (ctx.actor.kind !== "user" || view.holder?.userId !== ctx.actor.userId) {
      throw new AppError("conflict", "take mouse and keyboard first");
    }
    await addCommand(ctx, row, { kind: "input", body: { events: [...events] } });
    await ctx.tx.execute(sql`update live_view set wanted_at = now(),
      held_until = now() + ${viewLimits.holdMs} * interval '1 millisecond' where execution_id = ${row.id}`);
    return workerIdOf(ctx, row.id);
  });
  if (worker !== null) await afterCommit(ctx, () => wakeView(ctx.db, worker, id));
}

/** Adds a command for the page. The execution must be locked or its end must not matter. @returns its id */
export async function addCommand(
  ctx: TxCtx,
  row: ExecutionRow,
  command: Pick<typeof liveCommands.$inferInsert, "kind" | "body">,
): Promise<string> {
  // Its end deletes commands: a row that came after that would stay.
  const [lock] = await ctx.tx.execute<{ waiting: number }>(sql`
    with e as materialized (select id from execution where id = ${row.id} and status = 'running' for share)
    select (select count(*)::int from live_command c where c.execution_id = e.id and taken_at is null) as waiting from e`);
  if (!lock) throw new AppError("conflict", "the execution is not running");
  if (lock.waiting >= viewLimits.commandsWaitingMax) {
    throw new AppError("rate-limited", "the page does not keep up; try again in a moment", {
      retryAfterSeconds: 1,
    });
  }
  const id = newId();
  const { organizationId } = row;
  await ctx.tx
    .insert(liveCommands)
    .values({ id, executionId: row.id, organizationId, createdAt: ctx.now(), ...command });
  return id;
}

export function requirePaused({ state }: LiveView): void {
  if (state !== "paused") throw new AppError("conflict", "the execution is not paused; pause it first");
}

export async function workerIdOf(ctx: TxCtx, executionId: string): Promise<string | null> {
  const [row] = await ctx.tx.execute<{ worker_id: string | null }>(
    sql`select ${workerOf(executionId)} as worker_id`,
  );
  return row?.worker_id ?? null;
}

/** Changes what is wanted, under the lock of the execution, with its audit row; then the worker and all who watch look. */
async function steer(
  ctx: Ctx,
  id: string,
  action: string,
  work: (ctx: TxCtx, steered: Steered) => Promise<boolean>,
): Promise<LiveView> {
  const steered = await transaction(ctx, async (ctx) => {
    const row = await loadExecution(ctx, id, "run.control");
    // It must not end meanwhile: what is wanted of it would stay behind. Its steps go on.
    const [locked] = await ctx.tx
      .select({ status: executions.status })
      .from(executions)
      .where(and(eq(executions.id, row.id)))
      .for("share");
    if (!locked || isFinal(locked.status)) throw new AppError("conflict", "the execution has ended");
    const { view } = await readInside(ctx, row.id, Number.MAX_SAFE_INTEGER);
    if (!(await work(ctx, { row, view }))) return { view, worker: null };
    const { organizationId } = row;
    await recordAudit(ctx, { action, entity: "execution", entityId: row.id, organizationId });
    const after = await readInside(ctx, row.id, Number.MAX_SAFE_INTEGER);
    return { view: after.view, worker: await workerIdOf(ctx, row.id) };
  });
  const { view, worker } = steered;
  await afterCommit(ctx, async () => {
    if (worker !== null) await wakeView(ctx.db, worker, view.executionId);
    await notifyView(ctx.db, view.executionId);
  });
  return view;
}

type Changed = Partial<typeof liveViews.$inferInsert>;

async function change(ctx: TxCtx, { id }: ExecutionRow, changed: Changed): Promise<void> {
  const revision = nextRevision as unknown as number;
  const wantedAt = sql`now()` as unknown as Date;
  await ctx.tx
    .update(liveViews)
    .set({ ...changed, revision, wantedAt })
    .where(eq(liveViews.executionId, id));
}

/** As others are told: "paused by Ann". */
async function nameOf(ctx: TxCtx): Promise<string> {
  const { actor } = ctx;
  if (actor.kind === "system") return actor.name;
  const [user] = await ctx.tx.select({ name: users.name }).from(users).where(eq(users.id, actor.userId));
  return user?.name ?? actor.email;
}
