import { watch } from "node:fs/promises";
import type { Sql } from "postgres";
import { within } from "./patience.ts";
import type { Random } from "./random.ts";

/** Where an execution is when a fault hits it. */
export const stages = [
  "enqueued",
  "claimed",
  "launching",
  "in a step",
  "flushing events",
  "uploading",
  "before the verdict",
  "after the verdict",
] as const;
export type Stage = (typeof stages)[number];

/** A moment that was reached: who is there, and how what holds it there is let go. */
export type Moment = {
  stage: Stage;
  /** The worker that is in this stage; null where it is about nobody's execution. */
  workerId: string | null;
  executionId: string | null;
  /** To be called after the blow. */
  release: () => Promise<void>;
};

export type Place = { sql: Sql; artifacts: string; random: Random };

const reachMsMax = 4_000;
const nothing = async () => undefined;

/**
 * Waits until some execution is in that stage. Stages that last for a moment only are held: a row that the worker needs next is
 * locked by us until the blow has fallen. Null when it was not reached within a few seconds.
 */
export function reach(stage: Stage, place: Place): Promise<Moment | null> {
  return ways[stage](place);
}

const ways: Record<Stage, (place: Place) => Promise<Moment | null>> = {
  enqueued: async ({ sql }) => {
    const found = await within(reachMsMax, async () => {
      const [row] = await sql<{ id: string }[]>`
        select unique_key as id from outbox where kind = 'execution' and state = 'ready' limit 1`;
      return row;
    });
    return found && { stage: "enqueued", workerId: null, executionId: found.id, release: nothing };
  },

  claimed: async ({ sql }) => {
    const [next] = await sql<{ id: string }[]>`
      select unique_key as id from outbox where kind = 'execution' and state = 'ready' order by id limit 1`;
    if (!next) return null;
    return heldBy(sql, "execution", next.id, async () => {
      const [row] = await sql<{ worker_id: string }[]>`
        select worker_id from outbox where unique_key = ${next.id} and state = 'running'`;
      return row && { stage: "claimed", workerId: row.worker_id, executionId: next.id };
    });
  },

  launching: ({ sql }) =>
    seen("launching", () =>
      attempts(
        sql,
        sql`not exists (select from event v where v.execution_id = a.execution_id
      and v.attempt = a.number)`,
      ),
    ),

  "in a step": ({ sql, random }) =>
    seen("in a step", async () => {
      const running = await attempts(
        sql,
        sql`(select v.type from event v where v.execution_id = a.execution_id
        order by v.seq desc limit 1) = 'step-started'`,
      );
      return running.length > 1 ? [random.pick(running)] : running;
    }),

  "flushing events": async ({ sql, random }) => {
    const running = await attempts(sql, sql`true`);
    if (running.length === 0) return null;
    const { execution_id: id, worker_id: workerId } = random.pick(running);
    return heldBy(
      sql,
      "execution",
      id,
      async (isWaitedFor) =>
        (await isWaitedFor("for share of o")) && { stage: "flushing events", workerId, executionId: id },
    );
  },

  uploading: async ({ sql, artifacts }) => {
    const [running] = await attempts(sql, sql`a.started_at > now() - interval '1 second'`);
    if (!running) return null;
    const { execution_id: id, worker_id: workerId } = running;
    const signal = AbortSignal.timeout(reachMsMax);
    try {
      for await (const { filename } of watch(artifacts, { recursive: true, signal })) {
        if (!filename?.includes(id) || !filename.endsWith(".draft")) continue;
        return { stage: "uploading", workerId, executionId: id, release: nothing };
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return null;
  },

  "before the verdict": async ({ sql, random }) => {
    const running = await attempts(sql, sql`true`);
    if (running.length === 0) return null;
    const { execution_id: id, worker_id: workerId, run_id: runId } = random.pick(running);
    return heldBy(
      sql,
      "run",
      runId,
      async (isWaitedFor) =>
        (await isWaitedFor("")) && { stage: "before the verdict", workerId, executionId: id },
    );
  },

  "after the verdict": async ({ sql, random }) => {
    const running = await attempts(sql, sql`true`);
    if (running.length === 0) return null;
    const { execution_id: id, worker_id: workerId } = random.pick(running);
    const isOver = await within(reachMsMax, async () => {
      const [row] = await sql`select 1 from execution where id = ${id} and finished_at is not null`;
      return row;
    });
    return isOver && { stage: "after the verdict", workerId, executionId: id, release: nothing };
  },
};

type Running = { execution_id: string; worker_id: string; run_id: string };

function attempts(sql: Sql, condition: ReturnType<Sql>): Promise<Running[]> {
  return sql<Running[]>`
    select a.execution_id, a.worker_id, e.run_id from attempt a join execution e on e.id = a.execution_id
    join outbox o on o.unique_key = e.id::text and o.lease_token = a.lease_token
    where a.status = 'running' and ${condition} order by a.started_at desc limit 20`;
}

async function seen(stage: Stage, look: () => Promise<Running[]>): Promise<Moment | null> {
  const found = await within(reachMsMax, async () => (await look())[0]);
  return found && { stage, workerId: found.worker_id, executionId: found.execution_id, release: nothing };
}

/** Locks a row and waits for what comes to it; gives it back with the moment, or at once when nothing came. */
async function heldBy(
  sql: Sql,
  table: "execution" | "run",
  id: string,
  look: (
    isWaitedFor: (statement: string) => Promise<boolean>,
  ) => Promise<Omit<Moment, "release"> | false | undefined>,
): Promise<Moment | null> {
  const session = await sql.reserve();
  const release = async () => {
    await session`rollback`.catch(() => undefined);
    session.release();
  };
  try {
    await session`begin`;
    await session`set local lock_timeout = '1s'`;
    const [me] = await session<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await session`select 1 from ${sql(table)} where id = ${id} for update`;
    const isWaitedFor = async (statement: string) => {
      const rows = await sql`select 1 from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and ${me?.pid ?? 0} = any (pg_blocking_pids(pid))
        and query like ${`%${statement}%`}`;
      return rows.length > 0;
    };
    const moment = await within(reachMsMax, () => look(isWaitedFor));
    if (moment) return { ...moment, release };
  } catch {
    // The row was somebody else's for too long, or the database went away: the moment has passed.
  }
  await release();
  return null;
}
