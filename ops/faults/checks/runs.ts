import {
  type ExecutionStatus,
  executionStatuses,
  isFinal,
  runStatusOf,
  type Verdict,
} from "../../../db/domain/states.ts";
import { type Check, finding, merged } from "./evidence.ts";

/** I1: what was acknowledged is there and has ended, once; no job of it is left. */
export const nothingLost: Check = async ({ sql, ledger }) => {
  const rows = await sql<{ id: string; status: ExecutionStatus }[]>`select id, status from execution`;
  const statuses = new Map(rows.map(({ id, status }) => [id, status]));
  const promised = finding([...ledger.promised.values()], ({ executionId, runId }) => {
    const status = statuses.get(executionId);
    if (!status) return `execution ${executionId} of run ${runId} was acknowledged and is not there`;
    return isFinal(status) ? null : `execution ${executionId} was acknowledged and is still ${status}`;
  });
  const jobs = await sql<{ id: string; state: string; unique_key: string }[]>`
    select id, state, unique_key from outbox where kind = 'execution'`;
  const left = finding(jobs, (job) => `job ${job.id} of execution ${job.unique_key} is left, ${job.state}`);
  const requests = await sql<{ marker: string; ids: string[] }[]>`
    select variables ->> 'marker' as marker, array_agg(id::text) as ids from execution group by 1`;
  const doubled = finding(requests, ({ marker, ids }) =>
    ids.length > 1 ? `one request (${marker}) started ${ids.length} executions: ${ids.join(", ")}` : null,
  );
  return merged(promised, left, doubled);
};

/** I2: one terminal event and one ending try, which say what the row says; and nobody can change a verdict. */
export const oneVerdict: Check = async ({ sql }) => {
  const rows = await sql<{ id: string; status: ExecutionStatus; terminal: string[]; judged: number }[]>`
    select e.id, e.status,
      array(select body ->> 'status' from event where execution_id = e.id and type = 'execution-finished') as terminal,
      (select count(*)::int from attempt where execution_id = e.id and status in ('passed', 'failed')) as judged
    from execution e`;
  const verdicts = finding(rows, ({ id, status, terminal, judged }) => {
    if (judged > 1) return `execution ${id} was judged ${judged} times`;
    if (!isFinal(status))
      return terminal.length > 0 ? `execution ${id} is ${status} and has a last event` : null;
    if (terminal.length !== 1) return `execution ${id} is ${status} and has ${terminal.length} last events`;
    return terminal[0] === status ? null : `execution ${id} is ${status}, its last event says ${terminal[0]}`;
  });
  const final = rows.find(({ status }) => isFinal(status));
  if (!final) return verdicts;
  const isRefused = await sql
    .begin(async (tx) => {
      const other = final.status === "passed" ? "failed" : "passed";
      await tx`update execution set status = ${other} where id = ${final.id}`;
      throw new Accepted();
    })
    .then(
      () => false,
      (error: unknown) => !(error instanceof Accepted),
    );
  return merged(
    verdicts,
    finding([final], ({ id }) => (isRefused ? null : `execution ${id} let its verdict be changed`)),
  );
};

class Accepted extends Error {}

/** I3: nothing of an attempt is written after the next one has begun. */
export const fenced: Check = async ({ sql, hasWrongClocks }) => {
  const events = await sql<
    { id: string; seq: number; attempt: number; before: number | null; has: boolean }[]
  >`
    select execution_id as id, seq, attempt, lag(attempt) over (partition by execution_id order by seq) as before,
      exists (select from attempt a where a.execution_id = v.execution_id and a.number = v.attempt) or attempt = 0 as has
    from event v`;
  const inOrder = finding(events, ({ id, seq, attempt, before, has }) => {
    if (!has) return `event ${seq} of execution ${id} is of attempt ${attempt}, which does not exist`;
    const isLate = before !== null && attempt < before;
    return isLate
      ? `event ${seq} of execution ${id} is of attempt ${attempt}, after one of attempt ${before}`
      : null;
  });
  if (hasWrongClocks) return inOrder;
  const files = await sql<{ id: string; execution_id: string; attempt: number; is_late: boolean }[]>`
    select f.id, f.execution_id, f.attempt, f.created_at > n.started_at as is_late
    from artifact f join attempt n on n.execution_id = f.execution_id and n.number = f.attempt + 1`;
  return merged(
    inOrder,
    finding(files, ({ id, execution_id, attempt, is_late }) =>
      is_late
        ? `artifact ${id} of attempt ${attempt} of ${execution_id} came after the next one had begun`
        : null,
    ),
  );
};

/** I8: trouble of ours is no failure of a test, and a failure of a test is no trouble of ours. */
export const rightlyAttributed: Check = async ({ sql, ledger }) => {
  const rows = await sql<{ id: string; status: ExecutionStatus; failure: unknown; tries: string[] }[]>`
    select e.id, e.status, e.failure, array(select status from attempt where execution_id = e.id order by number) as tries
    from execution e where finished_at is not null`;
  return finding(rows, ({ id, status, failure, tries }) => {
    const expected = ledger.promised.get(id)?.expected;
    if (!expected) return null;
    const said = `${status} ${JSON.stringify(failure)}`;
    const mayFail = expected.some((verdict) => verdict === "failed" || verdict === "flaky");
    if (!mayFail && tries.includes("failed"))
      return `a try of execution ${id} was counted as failed: ${said}`;
    if (!expected.includes(status as Verdict)) {
      return `execution ${id} should be ${expected.join(" or ")} and is ${said}`;
    }
    return status === "error" && failure === null ? `execution ${id} is an error without a cause` : null;
  });
};

/** I10: counters say what the rows say. */
export const countersRight: Check = async ({ sql }) => {
  type Counted = { id: string; status: ExecutionStatus } & Record<ExecutionStatus, number>;
  const runs = await sql<Counted[]>`select * from run`;
  const truth = await sql<{ run_id: string; status: ExecutionStatus; count: number }[]>`
    select run_id, status, count(*)::int from execution group by 1, 2`;
  const counts = Map.groupBy(truth, (row) => row.run_id);
  const rightly = finding(runs, (run) => {
    const real = counts.get(run.id) ?? [];
    const wrong = executionStatuses.find(
      (status) => run[status] !== (real.find((row) => row.status === status)?.count ?? 0),
    );
    if (wrong) return `run ${run.id} counts ${run[wrong]} ${wrong}, which is not what its executions say`;
    const status = runStatusOf(run);
    return run.status === status ? null : `run ${run.id} is ${run.status}; its counters make it ${status}`;
  });
  const open = await sql<{ execution_id: string; number: number }[]>`
    select a.execution_id, a.number from attempt a join execution e on e.id = a.execution_id
    where a.status = 'running' and e.status <> 'running'`;
  return merged(
    rightly,
    finding(open, (row) => `attempt ${row.number} of execution ${row.execution_id} still counts as running`),
  );
};
