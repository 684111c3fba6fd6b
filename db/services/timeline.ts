import { and, asc, desc, eq, lt, sql } from "drizzle-orm";
import type { LogItem } from "../domain/events.ts";
import { events } from "../schema/runs.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { loadExecution } from "./run-rows.ts";
import { iso } from "./times.ts";

/** What stands on the time line of one attempt, and what of it may explain a failure. */

export const lanes = ["navigation", "request", "fault"] as const;
/** Navigations, failed requests, and errors of the page (thrown or written to its console). */
export type Lane = (typeof lanes)[number];

/** Something on a lane; what lies closer together than can be seen is one mark, with the first of them as its text. */
export type Mark = { lane: Lane; atMs: number; count: number; seq: number; text: string };

/** Marks that fit beside each other. */
const bucketsMax = 400;

const isFault = sql`(${events.type} = 'page-error'
  or (${events.type} = 'console' and ${events.body} ->> 'level' = 'error'))`;

/** The marks of an attempt, in milliseconds from its start and as close as its length allows; few, however much was logged. */
export async function timelineMarks(
  ctx: Ctx,
  executionId: string,
  attempt: number,
  { startedAt, lengthMs }: { startedAt: number; lengthMs: number },
): Promise<Mark[]> {
  return transaction(ctx, async (inner) => {
    const execution = await loadExecution(inner, executionId, "run.read");
    const width = Math.max(1, lengthMs / bucketsMax);
    const rows = await inner.tx.execute<Mark>(sql`
      select lane, bucket * ${width}::float8 as "atMs", count(*)::int as count, min(seq)::int as seq,
        (array_agg(said order by seq))[1] as text
      from (
        select seq,
          case type when 'navigation' then 'navigation' when 'request-failed' then 'request' else 'fault' end as lane,
          left(coalesce(body ->> 'url', body ->> 'message', body ->> 'text', ''), 200) as said,
          greatest(0, floor(extract(epoch from at - ${new Date(startedAt).toISOString()}::timestamptz) * 1000 / ${width}::float8)) as bucket
        from ${events}
        where execution_id = ${execution.id} and attempt = ${attempt}
          and (type in ('navigation', 'request-failed') or ${isFault})
      ) told
      group by lane, bucket order by lane, bucket limit ${bucketsMax * lanes.length}`);
    return [...rows];
  });
}

/** What went wrong in the page before a step failed: the first request that failed, the last error. */
export type Clues = { request: LogItem | null; fault: LogItem | null };

/** Looks at what was logged in the attempt before number `seq`. */
export async function findClues(ctx: Ctx, executionId: string, attempt: number, seq: number): Promise<Clues> {
  return transaction(ctx, async (inner) => {
    const execution = await loadExecution(inner, executionId, "run.read");
    const before = and(
      eq(events.executionId, execution.id),
      eq(events.attempt, attempt),
      lt(events.seq, seq),
    );
    const [request] = await eventsWhere(inner, and(before, eq(events.type, "request-failed")))
      .orderBy(asc(events.seq))
      .limit(1);
    const [fault] = await eventsWhere(inner, and(before, isFault)).orderBy(desc(events.seq)).limit(1);
    return { request: request ? itemOf(request) : null, fault: fault ? itemOf(fault) : null };
  });
}

function eventsWhere({ tx }: TxCtx, where: ReturnType<typeof and>) {
  return tx.select().from(events).where(where).$dynamic();
}

function itemOf({ body, seq, at, attempt }: typeof events.$inferSelect): LogItem {
  return { ...body, seq, at: iso(at), attempt };
}
