import { and, asc, count, desc, eq, gt, gte, inArray, lt, lte, type SQL, sql } from "drizzle-orm";
import type { EventType, LogItem } from "../domain/events.ts";
import type { Execution } from "../domain/resources.ts";
import type { AttemptStatus } from "../domain/states.ts";
import { attempts, events, executions } from "../schema/runs.ts";
import { type Ctx, transaction } from "./context.ts";
import type { LogPage } from "./executions.ts";
import { lastGreen } from "./last-green.ts";
import { executionOf, loadExecution } from "./run-rows.ts";
import { iso } from "./times.ts";

/** The reads of the page of one execution, where the whole log would be too much. */

export type EventQuery = {
  /** Of one attempt; of all when null. */
  attempt: number | null;
  /** Only these; every type when empty. */
  types: readonly EventType[];
  /** From this number + 1 on. */
  after: number;
  limit: number;
  /** Only those that happened then, both ends included; at any time when null. */
  during?: Period | null;
  /** The last `limit` of them instead of the first; they still come in their order, and there is no next page. */
  newest?: boolean;
};

export type Period = { from: Date; to: Date };

/** Events in their order. `nextAfter` is null when there is no more for now. */
export async function listEvents(ctx: Ctx, executionId: string, query: EventQuery): Promise<LogPage> {
  return transaction(ctx, async (inner) => {
    const execution = await loadExecution(inner, executionId, "run.read");
    const rows = await inner.tx
      .select()
      .from(events)
      .where(
        and(
          eq(events.executionId, execution.id),
          query.attempt === null ? undefined : eq(events.attempt, query.attempt),
          gt(events.seq, query.after),
          query.types.length > 0 ? inArray(events.type, [...query.types]) : undefined,
          within(query.during),
        ),
      )
      .orderBy(query.newest ? desc(events.seq) : asc(events.seq))
      .limit(query.limit + 1);
    const items = rows
      .slice(0, query.limit)
      .map(({ body, seq, at, attempt }): LogItem => ({ ...body, seq, at: iso(at), attempt }));
    if (query.newest) return { items: items.reverse(), nextAfter: null };
    return { items, nextAfter: rows.length > query.limit ? (items.at(-1)?.seq ?? null) : null };
  });
}

function within(period: Period | null | undefined): SQL | undefined {
  return period ? and(gte(events.at, period.from), lte(events.at, period.to)) : undefined;
}

export type EventCounts = {
  /** The number of the newest of them; 0 before the first. */
  lastSeq: number;
  of: Partial<Record<EventType, number>>;
  /** Console messages of level error and warning. */
  consoleFaults: number;
};

/** How many events of each type there are, of one attempt or of all; one range of the primary key is read. */
export async function countEvents(
  ctx: Ctx,
  executionId: string,
  attempt: number | null,
  during: Period | null = null,
): Promise<EventCounts> {
  return transaction(ctx, async (inner) => {
    const execution = await loadExecution(inner, executionId, "run.read");
    const rows = await inner.tx
      .select({
        type: events.type,
        count: count(),
        faults: sql<number>`count(*) filter (where ${events.type} = 'console'
          and ${events.body} ->> 'level' in ('error', 'warning'))::int`,
        lastSeq: sql<number>`max(${events.seq})::int`,
      })
      .from(events)
      .where(
        and(
          eq(events.executionId, execution.id),
          attempt === null ? undefined : eq(events.attempt, attempt),
          within(during),
        ),
      )
      .groupBy(events.type);
    return {
      lastSeq: rows.reduce((last, row) => Math.max(last, row.lastSeq), 0),
      of: Object.fromEntries(rows.map((row) => [row.type, row.count])),
      consoleFaults: rows.reduce((sum, row) => sum + row.faults, 0),
    };
  });
}

/** What stands around an execution: the failures beside it in its run, and the last time that its case passed before. */
export type Surroundings = {
  previousFailure: string | null;
  nextFailure: string | null;
  /** In the same browser, on the same screen and in the same environment if it ever did there, else in any. */
  lastPassed: Execution | null;
};

/** What a worker had done of the same run before an attempt began, the last of it first. */
export type Neighbour = { executionId: string; testCaseName: string; number: number; status: AttemptStatus };

const neighboursMax = 5;

/** What ran before an attempt on its worker, of the same run: to see what depends on the order. */
export async function beforeOnWorker(ctx: Ctx, executionId: string, attempt: number): Promise<Neighbour[]> {
  return transaction(ctx, async (ctx) => {
    const execution = await loadExecution(ctx, executionId, "run.read");
    const [own] = await ctx.tx
      .select({ workerId: attempts.workerId, startedAt: attempts.startedAt })
      .from(attempts)
      .where(and(eq(attempts.executionId, execution.id), eq(attempts.number, attempt)));
    if (!own?.workerId) return [];
    return ctx.tx
      .select({
        executionId: executions.id,
        testCaseName: executions.testCaseName,
        number: attempts.number,
        status: attempts.status,
      })
      .from(executions)
      .innerJoin(attempts, eq(attempts.executionId, executions.id))
      .where(
        and(
          eq(executions.runId, execution.runId),
          eq(attempts.workerId, own.workerId),
          lt(attempts.startedAt, own.startedAt),
        ),
      )
      .orderBy(desc(attempts.startedAt))
      .limit(neighboursMax);
  });
}

export async function surroundings(ctx: Ctx, executionId: string): Promise<Surroundings> {
  return transaction(ctx, async (inner) => {
    const execution = await loadExecution(inner, executionId, "run.read");
    const failures = and(
      eq(executions.runId, execution.runId),
      inArray(executions.status, ["failed", "error"]),
    );
    const pick = () => inner.tx.select({ id: executions.id }).from(executions).$dynamic();
    const [previous] = await pick()
      .where(and(failures, lt(executions.id, execution.id)))
      .orderBy(desc(executions.id))
      .limit(1);
    const [next] = await pick()
      .where(and(failures, gt(executions.id, execution.id)))
      .orderBy(asc(executions.id))
      .limit(1);
    const passed =
      (await lastGreen(inner, execution, { alike: true })) ??
      (await lastGreen(inner, execution, { alike: false }));
    return {
      previousFailure: previous?.id ?? null,
      nextFailure: next?.id ?? null,
      lastPassed: passed ? executionOf(passed) : null,
    };
  });
}
