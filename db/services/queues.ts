import { sql } from "drizzle-orm";
import { notFound } from "../domain/errors.ts";
import type { Queue, QueueChange, Throughput } from "../domain/installation.ts";
import { type JobKind, jobKinds, policyOf, type QueueName, queueNames, queues } from "../domain/jobs.ts";
import type { ThroughputQuery } from "../domain/queries.ts";
import { addTally, noTally, quantileMs, type Tally, windows } from "../domain/tally.ts";
import { isTaking } from "../domain/workers.ts";
import { type QueueDepth, queueDepths } from "../outbox/depth.ts";
import { wakeIdle } from "../outbox/wake.ts";
import { authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { slotsOf, type Workforce } from "./job-rows.ts";
import { iso } from "./times.ts";
import { workforceOf } from "./workforce.ts";

/** Queues belong to the installation: these verbs are for platform administrators. */

/** Every queue: what people have said about it, how deep it is, what it has done in the last five minutes. */
export async function listQueues(ctx: Ctx): Promise<Queue[]> {
  authorizePlatform(ctx, "jobs.read");
  const depths = (await queueDepths(ctx.db.sql)).queues;
  return transaction(ctx, async (ctx) => {
    const workforce = await workforceOf(ctx);
    const lately = await tallied(ctx, { window: "5m" });
    return queueNames.flatMap((name): Queue[] => {
      const depth = depths.get(name);
      if (!depth) return [];
      const own = lately.filter(({ kind }) => policyOf(kind).queue === name);
      return [{ ...queueOf(name, depth), ...takersOf(workforce, name), lately: summaryOf(sumOf(own)) }];
    });
  });
}

/** Workers that claim from it now, and the slots that they have for it. */
function takersOf({ workers }: Workforce, name: QueueName): { workers: number; slots: number } {
  const takers = workers.filter((worker) =>
    queues[name].needsBrowser
      ? worker.browsers.some((browser) => isTaking(worker, browser))
      : isTaking(worker, null),
  );
  return { workers: takers.length, slots: slotsOf(takers, name) };
}

function queueOf(name: QueueName, depth: QueueDepth) {
  const { paused, slotsMax, ...rest } = depth;
  const mode: Queue["mode"] = paused ? "paused" : slotsMax === null ? "open" : "limited";
  return { name, mode, slotsMax, ...rest };
}

/**
 * Pauses a queue, resumes it, or changes how many of its jobs run at once on all workers together. What runs goes on; the
 * next claim of any worker obeys, and an idle one is woken to it.
 */
export async function changeQueue(ctx: Ctx, text: string, change: QueueChange): Promise<Queue> {
  authorizePlatform(ctx, "jobs.manage");
  const name = queueNames.find((known) => known === text);
  if (!name) throw notFound("queue");
  await transaction(ctx, async (ctx) => {
    const before = await settingOf(ctx, name);
    const after = {
      paused: change.paused ?? before.paused,
      slotsMax: change.slotsMax === undefined ? before.slotsMax : change.slotsMax,
      reason: change.reason === undefined ? null : change.reason || null,
    };
    const by = ctx.actor.kind === "user" ? ctx.actor.email : ctx.actor.name;
    await ctx.tx.execute(sql`
      insert into queue_setting (queue, paused, slots, reason, changed_by)
      values (${name}, ${after.paused}, ${after.slotsMax}::int, ${after.reason}, ${by})
      on conflict (queue) do update set paused = excluded.paused, slots = excluded.slots, reason = excluded.reason,
        changed_by = excluded.changed_by, changed_at = now()`);
    const audited = { action: "queue.change", entity: "queue", entityId: name, organizationId: null };
    await recordAudit(ctx, { ...audited, before, after });
  });
  if (!ctx.tx) await wakeIdle(ctx.db.sql, name);
  const queue = (await listQueues(ctx)).find((queue) => queue.name === name);
  if (!queue) throw notFound("queue");
  return queue;
}

/** What is set now. Of two who change it at once, the second starts from what the first has set. */
async function settingOf(
  ctx: TxCtx,
  name: QueueName,
): Promise<{ paused: boolean; slotsMax: number | null; reason: string | null }> {
  await ctx.tx.execute(sql`select pg_advisory_xact_lock(hashtext('queue_setting'), hashtext(${name}))`);
  const [row] = await ctx.tx.execute<{ paused: boolean; slotsMax: number | null; reason: string | null }>(
    sql`select paused, slots as "slotsMax", reason from queue_setting where queue = ${name}`,
  );
  return row ?? { paused: false, slotsMax: null, reason: null };
}

/**
 * What was started, done and not done, over the last five minutes, hour or day, and how long jobs waited and ran. Reads what
 * the workers have counted, a row for each span and kind, and no job: it costs the same whatever the history.
 */
export async function throughput(ctx: Ctx, query: ThroughputQuery): Promise<Throughput> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    const { spanS, spans } = windows[query.window];
    const tallies = await tallied(ctx, query);
    const [clock] = await ctx.tx.execute<{ s: number }>(sql`select extract(epoch from now())::float8 as s`);
    const last = Math.floor((clock?.s ?? 0) / spanS) * spanS;
    const points = Array.from({ length: spans }, (_, index) => {
      const atS = last - (spans - 1 - index) * spanS;
      const { started, finished, failed } = sumOf(tallies.filter((tally) => tally.at_s === atS));
      return { at: iso(new Date(atS * 1_000)), started, finished, failed };
    });
    const kinds = jobKinds.flatMap((kind) => {
      const own = tallies.filter((tally) => tally.kind === kind);
      if (own.length === 0) return [];
      return [{ kind, queue: policyOf(kind).queue, ...summaryOf(sumOf(own)) }];
    });
    return { window: query.window, spanS, points, kinds, total: summaryOf(sumOf(tallies)) };
  });
}

type TallyRow = Tally & { at_s: number; kind: JobKind };

async function tallied(ctx: TxCtx, { window, queue, kind }: ThroughputQuery): Promise<TallyRow[]> {
  const { spanS, spans } = windows[window];
  const kinds = jobKinds.filter(
    (known) => (!kind || known === kind) && (!queue || policyOf(known).queue === queue),
  );
  const rows = await ctx.tx.execute<TallyRow>(sql`
    select extract(epoch from at)::float8 as at_s, kind, started, finished, failed, waits, runs from queue_tally
    where span_s = ${spanS} and at > now() - ${spanS * spans}::int * interval '1 second'`);
  return rows.filter((row) => kinds.includes(row.kind));
}

function sumOf(tallies: readonly Tally[]): Tally {
  return tallies.reduce(addTally, noTally());
}

function summaryOf({ started, finished, failed, waits, runs }: Tally) {
  return {
    started,
    finished,
    failed,
    waitP50Ms: quantileMs(waits, 0.5),
    waitP95Ms: quantileMs(waits, 0.95),
    runP50Ms: quantileMs(runs, 0.5),
    runP95Ms: quantileMs(runs, 0.95),
  };
}
