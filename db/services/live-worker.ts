import { type SQL, sql } from "drizzle-orm";
import {
  type LiveAnswer,
  type LiveCommandBody,
  type LiveCommandKind,
  type Scene,
  viewLimits,
} from "../domain/live-view.ts";
import type { Lease } from "../outbox/finish.ts";
import { storable } from "../storable.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { notifyView } from "./live-view.ts";

/** What the worker that holds an execution's job shows of it, and what it is told in return. Each write is behind the lease. */

export type ViewRef = { executionId: string; organizationId: string };

/** Parts that are left out stay as they are; `pausedMs`: for how long at most it is paused from now on, null: it goes on. */
export type Shown = {
  scene?: Scene | undefined;
  picture?: Uint8Array | undefined;
  pausedMs?: number | null | undefined;
};

/** What watchers and those who steer want. `fps` 0: nobody watches. */
export type ViewWishes = {
  fps: number;
  width: number;
  wanted: "run" | "pause";
  by: string | null;
  stepsGranted: number;
  before: number | null;
  /** What becomes of it when its pause ends by itself. */
  thenDoes: "run" | "stop";
  /** Since when nobody has watched nor asked for anything, in ms; 0 while somebody watches. */
  aloneMs: number;
  /** Commands that wait for the page. */
  commands: number;
};

type WishRow = {
  fps: number;
  width: number;
  wanted: "run" | "pause" | null;
  wanted_by: string | null;
  steps_granted: number | null;
  pause_before: number | null;
  then_does: "run" | "stop" | null;
  alone_ms: number;
  commands: number;
};

const nothing: Shown = {};

/**
 * Shows something new, or nothing, and learns what is wanted.
 * @returns null when the lease is lost: nothing was written then.
 */
export async function exchangeView(
  ctx: Ctx,
  lease: Lease,
  ref: ViewRef,
  shown: Shown = nothing,
): Promise<ViewWishes | null> {
  const { executionId } = ref;
  const isNews = shown !== nothing;
  const wishes = await transaction(ctx, async (ctx) => {
    if (!(await isOurs(ctx, lease))) return null;
    if (isNews) await show(ctx, ref, shown);
    const [row] = await ctx.tx.execute<WishRow>(sql`
      select coalesce(w.fps, 0) as fps, coalesce(w.width, 0) as width, v.wanted, v.wanted_by, v.steps_granted, v.pause_before, v.then_does,
        case when w.fps is not null then 0 else
          extract(epoch from now() - greatest(v.wanted_at, w.last))::float8 * 1000 end as alone_ms,
        case when v.paused_at is null then 0 else
          (select count(*)::int from live_command where execution_id = ${executionId} and taken_at is null) end as commands
      from (select max(fps) filter (where expires_at > now()) as fps, max(width) filter (where expires_at > now()) as width,
          max(expires_at) as last from live_watch where execution_id = ${executionId}) w
        left join live_view v on v.execution_id = ${executionId}`);
    if (!row) throw new Error("the wishes for a view answered no row");
    return {
      fps: row.fps,
      width: row.width,
      wanted: row.wanted ?? "run",
      by: row.wanted_by,
      stepsGranted: row.steps_granted ?? 0,
      before: row.pause_before,
      thenDoes: row.then_does ?? "run",
      aloneMs: Math.max(0, row.alone_ms ?? 0),
      commands: row.commands,
    } satisfies ViewWishes;
  });
  if (wishes && isNews) await notifyView(ctx.db, executionId);
  return wishes;
}

/** Not a stronger lock than it must be: it keeps the job from ending under us, and lets heartbeats pass. */
async function isOurs(ctx: TxCtx, { jobId, leaseToken }: Lease): Promise<boolean> {
  const rows = await ctx.tx.execute(sql`select 1 from outbox where id = ${jobId}
    and lease_token = ${leaseToken} and state = 'running' for key share`);
  return rows.length > 0;
}

/** One more than before, and never behind the clock: it grows also over a deletion of the row. */
export const nextRevision = sql`greatest(live_view.revision + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint)`;

/** Makes the row of an execution unless it is there. */
export async function ensureView(ctx: TxCtx, { executionId, organizationId }: ViewRef): Promise<void> {
  await ctx.tx.execute(sql`insert into live_view (execution_id, organization_id)
    values (${executionId}, ${organizationId}) on conflict do nothing`);
}

async function show(ctx: TxCtx, ref: ViewRef, shown: Shown): Promise<void> {
  const update = sql`update live_view set ${sql.join(changesOf(shown), sql`, `)}
    where execution_id = ${ref.executionId} returning 1`;
  if ((await ctx.tx.execute(update)).length > 0) return;
  await ensureView(ctx, ref);
  await ctx.tx.execute(update);
}

function changesOf({ scene, picture, pausedMs }: Shown): SQL[] {
  const changes = [sql`revision = ${nextRevision}`];
  if (scene !== undefined) changes.push(sql`scene = ${JSON.stringify(storable(scene))}::text::jsonb`);
  if (picture !== undefined && picture.byteLength <= viewLimits.pictureBytesMax) {
    changes.push(sql`picture = ${Buffer.from(picture)}`, sql`picture_revision = ${nextRevision}`);
  }
  if (pausedMs === null) {
    changes.push(
      sql`paused_at = null, paused_until = null, holder_id = null, holder = null, held_until = null`,
    );
  } else if (pausedMs !== undefined) {
    changes.push(sql`paused_at = now(), paused_until = now() + ${pausedMs} * interval '1 millisecond'`);
  }
  return changes;
}

export type TakenCommand = { id: string; kind: LiveCommandKind; body: LiveCommandBody };

/** The commands that wait, in their order, each once. Nothing when the lease is lost. */
export async function takeCommands(
  ctx: Ctx,
  lease: Lease,
  { executionId }: ViewRef,
): Promise<TakenCommand[]> {
  return transaction(ctx, async (ctx) => {
    if (!(await isOurs(ctx, lease))) return [];
    const rows = await ctx.tx.execute<TakenCommand>(sql`
      update live_command set taken_at = now() where execution_id = ${executionId} and taken_at is null
      returning id, kind, body`);
    // Nobody waits for what input made of the page.
    await ctx.tx.execute(sql`delete from live_command where execution_id = ${executionId} and taken_at is not null
      and (kind = 'input' or taken_at < now() - interval '1 minute')`);
    return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  });
}

/** What the page said to a command. */
export async function answerCommand(
  ctx: Ctx,
  { executionId }: ViewRef,
  id: string,
  answer: LiveAnswer,
): Promise<void> {
  await transaction(ctx, (ctx) =>
    ctx.tx.execute(sql`update live_command set answer = ${JSON.stringify(storable(answer))}::text::jsonb
      where id = ${id} and execution_id = ${executionId}`),
  );
  await notifyView(ctx.db, executionId);
}

/** It has paused for long enough, or for nobody: it goes on. */
export async function endPause(ctx: Ctx, lease: Lease, { executionId }: ViewRef): Promise<void> {
  await transaction(ctx, (ctx) =>
    ctx.tx.execute(sql`update live_view set wanted = 'run', wanted_by = null, revision = ${nextRevision}
      where execution_id = ${executionId} and exists (select from outbox where id = ${lease.jobId}
        and lease_token = ${lease.leaseToken} and state = 'running')`),
  );
  await notifyView(ctx.db, executionId);
}
