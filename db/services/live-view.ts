import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../client.ts";
import type { LiveView, Scene, ViewState, WatchWish } from "../domain/live-view.ts";
import { viewLimits } from "../domain/live-view.ts";
import type { ProjectPlace } from "../domain/permissions.ts";
import { type ExecutionStatus, isFinal } from "../domain/states.ts";
import { WORKER_CHANNEL } from "../outbox/wake.ts";
import { authorize, type Ctx, type TxCtx, transaction } from "./context.ts";
import { VIEW_CHANNEL } from "./live.ts";
import { found, knownId } from "./refusals.ts";

/**
 * The page of a running execution as watchers see it. The worker writes the newest picture and scene into one row, watchers
 * read it; hints tell both sides to look, and what is missed is seen with the next look. What a worker does is in
 * `live-worker.ts`, how an execution is held and steered in `live-control.ts`.
 */

/** A view, and its picture when that is newer than the one the reader has. */
export type SeenView = { view: LiveView; picture: Uint8Array | null; pictureRevision: number };

type Row = {
  id: string;
  status: ExecutionStatus;
  organization_id: string;
  project_id: string;
  revision: string | null;
  scene: Scene | null;
  picture: Uint8Array | null;
  picture_revision: string | null;
  wanted: "run" | "pause" | null;
  wanted_by: string | null;
  then_does: "run" | "stop" | null;
  paused_at: string | null;
  paused_until: string | null;
  holder_id: string | null;
  holder: string | null;
  held_until: string | null;
};

/** What is to be seen of an execution now. @param afterPicture the number of the picture that the reader has, or 0 */
export async function readView(ctx: Ctx, id: string, afterPicture = 0): Promise<SeenView> {
  return transaction(ctx, async (ctx) => readInside(ctx, id, afterPicture));
}

export async function getView(ctx: Ctx, id: string): Promise<LiveView> {
  return (await readView(ctx, id, Number.MAX_SAFE_INTEGER)).view;
}

export async function readInside(ctx: TxCtx, id: string, afterPicture: number): Promise<SeenView> {
  const [row] = await ctx.tx.execute<Row>(sql`
    select e.id, e.status, e.organization_id, e.project_id, v.revision, v.scene, v.wanted, v.wanted_by, v.then_does, v.paused_at, v.paused_until,
      v.picture_revision, case when v.picture_revision > ${afterPicture} then v.picture end as picture,
      case when v.held_until > now() then v.holder_id end as holder_id, v.holder, v.held_until
    from execution e left join live_view v on v.execution_id = e.id where e.id = ${knownId(id, "execution")}`);
  const known = found(row, "execution");
  authorize(ctx, placeOf(known), "run.read", "execution");
  return {
    view: viewOf(known),
    picture: known.picture,
    pictureRevision: Number(known.picture_revision ?? 0),
  };
}

function placeOf(row: Pick<Row, "organization_id" | "project_id">): ProjectPlace {
  return { organizationId: row.organization_id, projectId: row.project_id };
}

function viewOf(row: Row): LiveView {
  const state = stateOf(row);
  const isHeld = row.wanted === "pause" && state !== "ended";
  return {
    executionId: row.id,
    status: row.status,
    state,
    revision: Number(row.revision ?? 0),
    scene: state === "ended" ? null : row.scene,
    pause: isHeld
      ? {
          by: row.wanted_by,
          since: isoOf(row.paused_at),
          until: isoOf(row.paused_until),
          thenDoes: row.then_does ?? "run",
        }
      : null,
    holder:
      row.holder_id === null || state !== "paused"
        ? null
        : { userId: row.holder_id, name: row.holder ?? "", until: isoOf(row.held_until) ?? "" },
  };
}

function stateOf({ status, wanted, paused_at }: Row): ViewState {
  if (isFinal(status)) return "ended";
  if (status === "queued") return "waiting";
  if (paused_at !== null) return "paused";
  return wanted === "pause" ? "pausing" : "live";
}

/** Timestamps of statements written by hand come as PostgreSQL writes them. */
function isoOf(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/**
 * Says, until `viewLimits.watchMs` from now, that this process watches the execution for somebody. Without effect for one that
 * has ended. Its worker is told when that is news.
 */
export async function watchView(ctx: Ctx, id: string, watcherId: string, wish: WatchWish): Promise<void> {
  const executionId = knownId(id, "execution");
  const worker = await transaction(ctx, async (ctx) => {
    const [row] = await ctx.tx.execute<Pick<Row, "organization_id" | "project_id">>(
      sql`select organization_id, project_id from execution where id = ${executionId}`,
    );
    authorize(ctx, placeOf(found(row, "execution")), "run.read", "execution");
    const [said] = await ctx.tx.execute<{ is_news: boolean; worker_id: string | null }>(sql`
      with known as (select fps, width from live_watch where execution_id = ${executionId} and watcher_id = ${watcherId}
        and expires_at > now()),
      said as (insert into live_watch (execution_id, watcher_id, organization_id, fps, width, expires_at)
        select id, ${watcherId}, organization_id, ${wish.fps}, ${wish.width},
          now() + ${viewLimits.watchMs} * interval '1 millisecond'
        from execution where id = ${executionId} and status in ('queued', 'running')
        on conflict (execution_id, watcher_id) do update
          set fps = excluded.fps, width = excluded.width, expires_at = excluded.expires_at returning fps, width)
      select not exists (select from known k where k.fps = said.fps and k.width = said.width) as is_news,
        ${workerOf(executionId)} as worker_id from said`);
    return said?.is_news ? said.worker_id : null;
  });
  if (worker !== null) await wakeView(ctx.db, worker, executionId);
}

/** This process watches it for nobody any more. */
export async function unwatchView(ctx: Ctx, id: string, watcherId: string): Promise<void> {
  const executionId = knownId(id, "execution");
  const worker = await transaction(ctx, async (ctx) => {
    const [row] = await ctx.tx.execute<{ worker_id: string | null }>(sql`
      with gone as (delete from live_watch where execution_id = ${executionId} and watcher_id = ${watcherId} returning 1)
      select ${workerOf(executionId)} as worker_id from gone`);
    return row?.worker_id ?? null;
  });
  if (worker !== null) await wakeView(ctx.db, worker, executionId);
}

/** The worker that runs an attempt of it now, as a subquery. */
export function workerOf(executionId: string): SQL {
  return sql`(select worker_id from attempt where execution_id = ${executionId} and status = 'running')`;
}

/** The hint by which a worker looks at what is wanted of an execution that it runs. */
function viewHint(executionId: string): string {
  return `view:${executionId}`;
}

/** Null for any other hint. */
export function executionOfHint(payload: string): string | null {
  return payload.startsWith("view:") ? payload.slice("view:".length) : null;
}

/** To be called after the commit. Never throws: the worker looks now and then by itself. */
export async function wakeView(db: Pick<Db, "sql">, workerId: string, executionId: string): Promise<void> {
  await db.sql`select pg_notify(${WORKER_CHANNEL} || ${workerId}::text, ${viewHint(executionId)})`.catch(
    () => undefined,
  );
}

/** Tells those who watch that there is something new to see. To be called after the commit. Never throws. */
export async function notifyView(db: Pick<Db, "sql">, executionId: string): Promise<void> {
  await db.sql`select pg_notify(${VIEW_CHANNEL}, ${executionId})`.catch(() => undefined);
}
