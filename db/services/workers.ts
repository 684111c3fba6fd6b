import { type SQL, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import type { Worker, WorkerJob } from "../domain/installation.ts";
import type { JobKind } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import { browserNames } from "../domain/steps/definition.ts";
import { type WorkerAbility, type WorkerMode, whyNobody } from "../domain/workers.ts";
import { MODE_CHANGED, WORKER_CHANNEL } from "../outbox/wake.ts";
import { authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { found, knownId } from "./refusals.ts";
import { iso } from "./times.ts";

/** Workers belong to the installation: what a person asks of them is for platform administrators, whatever their tenant. */

const workersMax = 200;
const jobsShownMax = 10;
const reasonCharsMax = 500;

/** Whether a row of `worker` is alive, by the database's clock. */
const isHere = sql`(lost_at is null and seen_at > now() - ${limits.leaseMs} * interval '1 millisecond')`;

/** Its state as it is shown; `draining` also while its process is stopping. */
const stateOfWorker = sql`case when not ${isHere} then 'lost' when draining then 'draining' else mode end`;

/** Those that were seen within a day, the newest first; at most 200. */
export async function listWorkers(ctx: Ctx): Promise<Worker[]> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, (ctx) => read(ctx, sql`true`));
}

export async function getWorker(ctx: Ctx, id: string): Promise<Worker> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    const [worker] = await read(ctx, sql`id = ${knownId(id, "worker")}`);
    return found(worker, "worker");
  });
}

/**
 * What waits and no worker takes: for each need one sentence, such as "12 waiting, 0 workers have firefox". Counts no
 * further than 10 000.
 */
export async function unmetNeeds(ctx: Ctx): Promise<string[]> {
  authorizePlatform(ctx, "jobs.read");
  return transaction(ctx, async (ctx) => {
    const needs = await ctx.tx.execute<{ browser: string | null; jobs: number }>(sql`
      select browser, count(*)::int as jobs from (select browser from outbox where state = 'ready' limit 10000) as ready
      group by browser order by jobs desc, browser limit 10`);
    if (needs.length === 0) return [];
    const workers = await abilities(ctx);
    return needs
      .map(({ browser, jobs }) => whyNobody(workers, browser, jobs))
      .filter((sentence) => sentence !== null);
  });
}

/** Why executions wait, or would, when no worker offers the browser that they get when none is named; empty when one does. */
export async function whyExecutionsWait(ctx: Ctx): Promise<string[]> {
  authorizePlatform(ctx, "jobs.read");
  const workers = await transaction(ctx, (ctx) => abilities(ctx));
  const sentence = whyNobody(workers, browserNames[0]);
  return sentence === null ? [] : [sentence];
}

/** What each worker that is known can do now. For verbs that explain why something waits. */
export async function abilities(ctx: TxCtx): Promise<(WorkerAbility & { slots: number })[]> {
  return ctx.tx.execute<WorkerAbility & { slots: number }>(sql`
    select ${stateOfWorker} as state, browsers, refuses, refusal, slots from worker order by seen_at desc limit ${workersMax}`);
}

/**
 * Tells a worker what to do. It obeys when it hears of it, at the latest with its next heartbeat; what it runs goes on in
 * every mode.
 * @throws AppError `invalid-input` when a quarantine has no reason, `conflict` when the worker is lost or stopping.
 */
export async function setWorkerMode(
  ctx: Ctx,
  workerId: string,
  mode: WorkerMode,
  reason: string | null = null,
): Promise<Worker> {
  authorizePlatform(ctx, "jobs.manage");
  const said = cleanReason(mode, reason);
  return transaction(ctx, async (ctx) => {
    const before = await loadWorker(ctx, workerId, sql` for update`);
    if (before.state === "lost") throw new AppError("conflict", "the worker is lost: nobody would obey");
    if (before.is_stopping) throw new AppError("conflict", "the worker is stopping already");
    if (before.mode !== mode || before.mode_reason !== said) await tell(ctx, before, mode, said);
    const [worker] = await read(ctx, sql`id = ${before.id}`);
    return found(worker, "worker");
  });
}

/**
 * What a worker does itself when its executions end by errors of its machine. Without effect when somebody has told it
 * something meanwhile.
 * @returns whether it is quarantined now, by itself.
 */
export async function quarantineItself(ctx: Ctx, workerId: string, evidence: string): Promise<boolean> {
  return changeItself(ctx, workerId, "quarantined", evidence.slice(0, 4_000), sql`mode = 'active'`);
}

/** Takes back a quarantine that the worker had decided on; a person's stays. @returns whether it did. */
export async function endOwnQuarantine(ctx: Ctx, workerId: string): Promise<boolean> {
  return changeItself(ctx, workerId, "active", null, sql`mode = 'quarantined' and mode_by is null`);
}

async function changeItself(
  ctx: Ctx,
  workerId: string,
  mode: WorkerMode,
  reason: string | null,
  from: SQL,
): Promise<boolean> {
  return transaction(ctx, async (ctx) => {
    const [before] = await ctx.tx.execute<WorkerBefore>(
      sql`select ${beforeColumns} from worker where id = ${workerId} and ${from} for update`,
    );
    if (before) await tell(ctx, before, mode, reason);
    return before !== undefined;
  });
}

type WorkerBefore = {
  id: string;
  name: string;
  mode: WorkerMode;
  mode_reason: string | null;
  is_stopping: boolean;
  state: Worker["state"];
};
const beforeColumns = sql`id, name, mode, mode_reason, draining as is_stopping, ${stateOfWorker} as state`;

async function loadWorker(ctx: TxCtx, text: string, lock: SQL): Promise<WorkerBefore> {
  const id = knownId(text, "worker");
  const [row] = await ctx.tx.execute<WorkerBefore>(
    sql`select ${beforeColumns} from worker where id = ${id}${lock}`,
  );
  return found(row, "worker");
}

async function tell(ctx: TxCtx, before: WorkerBefore, mode: WorkerMode, reason: string | null) {
  const by = ctx.actor.kind === "user" ? ctx.actor.email : null;
  await ctx.tx.execute(sql`
    with told as (update worker set mode = ${mode}, mode_reason = ${reason}, mode_by = ${by}, mode_at = now(), idle = '{}'
      where id = ${before.id} returning id)
    select pg_notify(${WORKER_CHANNEL} || id, ${MODE_CHANGED}) from told`);
  await recordAudit(ctx, {
    action: "worker.set-mode",
    entity: "worker",
    entityId: before.id,
    organizationId: null,
    before: { name: before.name, mode: before.mode, reason: before.mode_reason },
    after: { name: before.name, mode, reason },
  });
}

function cleanReason(mode: WorkerMode, reason: string | null): string | null {
  const said = reason?.trim() || null;
  const problem = (message: string) =>
    new AppError("invalid-input", `reason: ${message}`, { errors: [{ path: "reason", message }] });
  if (said === null && mode === "quarantined") {
    throw problem("say what is wrong with the worker: who finds it quarantined must know why");
  }
  if (said !== null && said.length > reasonCharsMax) {
    throw problem(`has ${said.length} characters, more than ${reasonCharsMax}`);
  }
  return said;
}

type WorkerRow = {
  id: string;
  name: string;
  host: string;
  pid: number;
  version: string;
  browsers: string[];
  slots: number;
  state: Worker["state"];
  mode_reason: string | null;
  mode_by: string | null;
  mode_at: string;
  refusal: string | null;
  memory_bytes: string | null;
  memory_free_bytes: string | null;
  load: number | null;
  processed: string;
  failed: string;
  faults: string;
  started_at: string;
  seen_at: string;
  running: number;
  jobs: { id: string; kind: JobKind; execution: string | null; since: string }[] | null;
};

async function read(ctx: TxCtx, where: SQL): Promise<Worker[]> {
  const rows = await ctx.tx.execute<WorkerRow>(sql`
    select id, name, host, pid, version, browsers, slots, ${stateOfWorker} as state, mode_reason, mode_by, mode_at, refusal,
      memory_bytes, memory_free_bytes, load, processed, failed, faults, started_at, seen_at,
      (select count(*)::int from outbox where outbox.worker_id = worker.id and outbox.state = 'running') as running,
      (select json_agg(held) from (
        select o.id, o.kind, o.payload ->> 'executionId' as execution, o.claimed_at as since from outbox o
        where o.worker_id = worker.id and o.state = 'running' order by o.claimed_at, o.id limit ${jobsShownMax}) as held) as jobs
    from worker where ${where} order by started_at desc, id desc limit ${workersMax}`);
  return rows.map(workerOf);
}

function workerOf(row: WorkerRow): Worker {
  const { id, name, host, pid, version, browsers, slots, running, state, refusal, load } = row;
  return {
    ...{ id, name, host, pid, version, browsers, slots, running, state, refusal, load },
    jobs: (row.jobs ?? []).map(workerJobOf),
    reason: row.mode_reason,
    changedBy: row.mode_by,
    changedAt: iso(new Date(row.mode_at)),
    memoryBytes: row.memory_bytes === null ? null : Number(row.memory_bytes),
    memoryFreeBytes: row.memory_free_bytes === null ? null : Number(row.memory_free_bytes),
    processed: Number(row.processed),
    failed: Number(row.failed),
    faults: Number(row.faults),
    startedAt: iso(new Date(row.started_at)),
    seenAt: iso(new Date(row.seen_at)),
  };
}

function workerJobOf(job: NonNullable<WorkerRow["jobs"]>[number]): WorkerJob {
  return { id: job.id, kind: job.kind, executionId: job.execution, since: iso(new Date(job.since)) };
}
