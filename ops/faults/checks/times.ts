import type { Sql } from "postgres";
import type { Fault } from "../experiment.ts";
import { type Check, type Finding, finding } from "./evidence.ts";

export type Recovery = { executionId: string; ms: number; trial: number };

/** From each blow until its victim ran again; of those that had to run again. */
export async function recoveriesOf(sql: Sql, faults: readonly Fault[]): Promise<Recovery[]> {
  const rows = await sql<{ id: string; started: Date[]; finished: Date | null }[]>`
    select e.id, e.finished_at as finished,
      array(select started_at from attempt where execution_id = e.id order by number) as started from execution e`;
  const known = new Map(rows.map((row) => [row.id, row]));
  return faults.flatMap(({ at, victims, trial }) =>
    victims.flatMap((executionId) => {
      const row = known.get(executionId);
      const again = row?.started.map(Number).find((startedAt) => startedAt > at);
      // It went on, or ended, without another attempt.
      return again === undefined ? [] : [{ executionId, ms: again - at, trial }];
    }),
  );
}

/** I7: a victim runs again within the bound. */
export const recoveredInTime: Check = async ({ sql, faults, recoveryMsMax, hasWrongClocks }) => {
  if (hasWrongClocks) return { checked: 0, breaks: [] };
  return finding(await recoveriesOf(sql, faults), ({ executionId, ms, trial }) =>
    ms <= recoveryMsMax
      ? null
      : `execution ${executionId} of trial ${trial} ran again only after ${Math.round(ms)} ms`,
  );
};

const answerMsMax = 5_000;

/** I12: whatever is away, the API answers within five seconds, and says when to come back if it can't do what was asked. */
export const answeredInTime: Check = async ({ ledger }): Promise<Finding> =>
  finding(ledger.answers, ({ path, ms, status, retryAfter, at, error }) => {
    const when = new Date(at).toISOString();
    if (status === null) return `${path} at ${when} got no answer: ${error}`;
    if (ms > answerMsMax) return `${path} at ${when} was answered after ${Math.round(ms)} ms`;
    if (status === 503)
      return retryAfter || path.startsWith("/health") ? null : `${path} at ${when}: 503 without Retry-After`;
    return status < 500 ? null : `${path} at ${when} was answered ${status}`;
  });

/** I13: of every due tick there is one job. */
export const oneJobPerTick: Check = async ({ sql }) => {
  const rows = await sql<{ due: Date; jobs: number }[]>`
    select t.due_at as due, (select count(*)::int from (select created_at from outbox where kind = 'housekeeping'
        union all select created_at from outbox_done where kind = 'housekeeping') j
      where date_trunc('hour', j.created_at) = t.due_at) as jobs
    from schedule_tick t where t.schedule = 'housekeeping'`;
  return finding(rows, ({ due, jobs }) =>
    jobs === 1 ? null : `the tick of ${due.toISOString()} made ${jobs} jobs`,
  );
};
