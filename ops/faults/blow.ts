import type { Sql } from "postgres";
import type { Stand } from "./experiment.ts";
import { end, type Lab, type LabWorker } from "./lab.ts";
import { persistently, within } from "./patience.ts";
import { type Moment, reach, type Stage, stages } from "./stages.ts";

/** What experiments share: to choose a moment, to hit, to wait until the victims are well again. */

const recoverMsMax = 120_000;

/** An execution in the hands of a worker, and where it is. */
export type Holding = { executionId: string; stage: Stage };

/** What a worker holds right now, by its rows and events. */
export function holdingsOf(sql: Sql, workerId: string): Promise<Holding[]> {
  return holdings(sql, sql`o.worker_id = ${workerId}`);
}

/** What all workers hold. */
export function allHoldings(sql: Sql): Promise<Holding[]> {
  return holdings(sql, sql`true`);
}

/** Where one execution is. */
export async function stageOfExecution(sql: Sql, executionId: string): Promise<Stage> {
  const [holding] = await holdings(sql, sql`o.unique_key = ${executionId}`);
  if (holding) return holding.stage;
  const [row] = await sql`select 1 from execution where id = ${executionId} and finished_at is not null`;
  return row ? "after the verdict" : "enqueued";
}

async function holdings(sql: Sql, condition: ReturnType<Sql>): Promise<Holding[]> {
  const rows = await sql<
    { id: string; has_attempt: boolean; last: string | null; done: number; steps: number }[]
  >`
    select e.id, a.number is not null as has_attempt,
      (select type from event v where v.execution_id = e.id and v.attempt = a.number order by seq desc limit 1) as last,
      (select count(*)::int from event v where v.execution_id = e.id and v.attempt = a.number
        and type = 'step-finished') as done,
      (select jsonb_array_length(content -> 'steps') from test_case_version
        where test_case_id = e.test_case_id and version = e.version) as steps
    from outbox o join execution e on e.id::text = o.unique_key
    left join attempt a on a.execution_id = e.id and a.lease_token = o.lease_token
    where o.state = 'running' and o.kind = 'execution' and ${condition}`;
  return rows.map(({ id, has_attempt, last, done, steps }) => ({
    executionId: id,
    stage: stageOf(has_attempt, last, done >= steps),
  }));
}

function stageOf(hasAttempt: boolean, lastEvent: string | null, hasAllSteps: boolean): Stage {
  if (!hasAttempt) return "claimed";
  if (lastEvent === null) return "launching";
  return hasAllSteps ? "before the verdict" : "in a step";
}

/** A moment at a stage drawn by chance, each in its turn; null where the next best moment has to do. */
export async function drawMoment({ lab, random }: Stand, trial: number): Promise<Moment | null> {
  // Every second one at a moment that nothing chooses.
  if (trial % 2 === 0) {
    await within(random.between(0, 1_500), () => false, 20);
    return null;
  }
  const stage = stages[((trial - 1) / 2) % stages.length] ?? random.pick(stages);
  return reach(stage, { sql: lab.sql, artifacts: lab.artifacts, random });
}

/** The worker that the moment is about, or any. */
export function victimOf({ lab, random }: Stand, moment: Moment | null): LabWorker {
  return lab.workers.find(({ id }) => id === moment?.workerId) ?? random.pick(lab.workers);
}

/** Hits a worker at that moment and writes it down. */
export async function hitWorker(
  { lab, record }: Stand,
  {
    trial,
    worker,
    moment,
    signal,
  }: { trial: number; worker: LabWorker; moment: Moment | null; signal: "SIGKILL" | "SIGSTOP" | "SIGTERM" },
): Promise<string[]> {
  const held = await holdingsOf(lab.sql, worker.id);
  const at = Date.now();
  worker.child.kill(signal);
  await moment?.release();
  if (signal === "SIGKILL") await end(worker.child, signal);
  const victims = held.map(({ executionId }) => executionId);
  record({ trial, kind: `${signal} of a worker`, at, stages: stagesHit(moment, held), victims });
  return victims;
}

/** The stage that was waited for, and those where the worker's other executions happened to be. */
export function stagesHit(moment: Moment | null, held: readonly Holding[]): Stage[] {
  const others = held
    .filter(({ executionId }) => executionId !== moment?.executionId)
    .map(({ stage }) => stage);
  return moment ? [moment.stage, ...others] : others;
}

/** Waits until these have ended, so that the next blow does not hit the same. What is lost the checker will say. */
export async function recovered({ sql }: Lab, executionIds: readonly string[]): Promise<void> {
  await within(
    recoverMsMax,
    async () => {
      const [row] = await persistently(
        () => sql<{ open: number }[]>`select count(*)::int as open from execution
          where id = any (${[...executionIds]}::uuid[]) and finished_at is null`,
      );
      return row?.open === 0;
    },
    50,
  );
}

/**
 * After a storage that failed: what is unfinished may end as an error, tried again and again in vain, and never as a failure.
 * Waits until it has ended. @returns how many
 */
export async function mayEndInError(lab: Lab): Promise<number> {
  const open = await lab.sql<
    { id: string }[]
  >`select id from execution where finished_at is null or status = 'error'`;
  for (const promised of open.flatMap(({ id }) => lab.ledger.promised.get(id) ?? [])) {
    promised.expected = [...new Set([...promised.expected, "error" as const])];
  }
  await recovered(
    lab,
    open.map(({ id }) => id),
  );
  return open.length;
}
