import { sql } from "drizzle-orm";
import { invalidInput, notFound } from "../domain/errors.ts";
import { isId } from "../domain/ids.ts";
import type { Share, ShareChange } from "../domain/installation.ts";
import { jobKinds, policyOf, type QueueName, queueNames, queues } from "../domain/jobs.ts";
import type { Page, PageQuery } from "../domain/queries.ts";
import { browserNames } from "../domain/steps/definition.ts";
import { wakeIdle } from "../outbox/wake.ts";
import { afterCommit, authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { keyOfProject } from "./job-rows.ts";
import { databaseErrorOf, knownId } from "./refusals.ts";
import { iso } from "./times.ts";

/**
 * Shares of queues in which projects take turns. They belong to the installation: these verbs are for platform administrators,
 * who need not be members of the organizations that the projects are of.
 */

const WAITING_COUNTED = 1_000;

/** The projects that have something in the queue, or about which something was said, by their ids. */
export async function listShares(ctx: Ctx, queue: string, query: PageQuery): Promise<Page<Share>> {
  authorizePlatform(ctx, "jobs.read");
  const name = sharedQueue(queue);
  const { cursor, limit } = query;
  if (cursor !== undefined && !isId(cursor)) {
    throw invalidInput([{ path: "cursor", message: "must be the nextCursor of an earlier page" }]);
  }
  const after = keyOfProject(kindOf(name), cursor ?? "");
  return transaction(ctx, async (ctx) => {
    const keys = await keysAfter(ctx, name, after, limit + 1);
    const shares = await sharesOf(ctx, name, keys.slice(0, limit));
    return { items: shares, nextCursor: keys.length > limit ? (shares.at(-1)?.projectId ?? null) : null };
  });
}

export async function getShare(ctx: Ctx, queue: string, projectId: string): Promise<Share> {
  authorizePlatform(ctx, "jobs.read");
  const name = sharedQueue(queue);
  const key = keyOfProject(kindOf(name), knownId(projectId, "project"));
  const [share] = await transaction(ctx, (ctx) => sharesOf(ctx, name, [key]));
  if (!share) throw notFound("project");
  return share;
}

/**
 * Says how much of a queue a project may have; what is null is as for all again. The next claim of any worker obeys, for jobs
 * that wait already as well; what runs goes on.
 */
export async function changeShare(
  ctx: Ctx,
  queue: string,
  projectId: string,
  change: ShareChange,
): Promise<Share> {
  authorizePlatform(ctx, "jobs.manage");
  const name = sharedQueue(queue);
  const id = knownId(projectId, "project");
  const key = keyOfProject(kindOf(name), id);
  try {
    await transaction(ctx, (ctx) => save(ctx, name, id, key, change));
  } catch (error) {
    if (databaseErrorOf(error)?.code === "23503") throw notFound("project");
    throw error;
  }
  await afterCommit(ctx, () => wakeIdle(ctx.db.sql, name));
  return getShare(ctx, name, id);
}

async function save(
  ctx: TxCtx,
  queue: QueueName,
  projectId: string,
  key: string,
  change: ShareChange,
): Promise<void> {
  // Of two who change it at once, the second starts from what the first has set.
  await ctx.tx.execute(sql`select pg_advisory_xact_lock(hashtext('share_setting'), hashtext(${key}))`);
  const before = await ownOf(ctx, key);
  const after: Share["own"] = {
    weight: change.weight === undefined ? before.weight : change.weight,
    atOnce: change.atOnce === undefined ? before.atOnce : change.atOnce,
    rate: change.rate === undefined ? before.rate : change.rate,
  };
  const by = ctx.actor.kind === "user" ? ctx.actor.email : ctx.actor.name;
  const { weight, atOnce, rate } = after;
  // Also where nothing is left to say: who has said that is kept.
  await ctx.tx.execute(sql`
    insert into share_setting (key, project_id, weight, at_once, rate_jobs, rate_ms, changed_by)
    values (${key}, ${projectId}, ${weight}, ${atOnce}, ${rate?.jobs ?? null}, ${rate?.perMs ?? null}, ${by})
    on conflict (key) do update set weight = excluded.weight, at_once = excluded.at_once, rate_jobs = excluded.rate_jobs,
      rate_ms = excluded.rate_ms, changed_by = excluded.changed_by, changed_at = now()`);
  const audited = { action: "share.change", entity: "project", entityId: projectId, organizationId: null };
  await recordAudit(ctx, { ...audited, before: { queue, ...before }, after: { queue, ...after } });
}

type OwnRow = {
  weight: number | null;
  at_once: number | null;
  rate_jobs: number | null;
  rate_ms: number | null;
};

async function ownOf(ctx: TxCtx, key: string): Promise<Share["own"]> {
  const [row] = await ctx.tx.execute<OwnRow>(
    sql`select weight, at_once, rate_jobs, rate_ms from share_setting where key = ${key}`,
  );
  return own(row ?? { weight: null, at_once: null, rate_jobs: null, rate_ms: null });
}

function own({ weight, at_once, rate_jobs, rate_ms }: OwnRow): Share["own"] {
  const rate = rate_jobs === null || rate_ms === null ? null : { jobs: rate_jobs, perMs: rate_ms };
  return { weight, atOnce: at_once, rate };
}

const browsers = sql`(select browser from unnest(${`{${browserNames.join(",")}}`}::text[]) as known (browser)
  union select unnest(browsers) from worker)`;

/** One index probe for each key that waits, however many jobs it has. */
async function keysAfter(ctx: TxCtx, queue: QueueName, after: string, count: number): Promise<string[]> {
  const next = (key: ReturnType<typeof sql>) => sql`(select min(o.key) from ${browsers} b cross join lateral (
    select key from outbox where queue = ${queue} and browser = b.browser and state = 'ready' and key > ${key}
    order by key limit 1) o)`;
  const rows = await ctx.tx.execute<{ key: string }>(sql`
    with recursive waiting (key, nth) as (
      select ${next(sql`${after}::text`)}, 1
      union all select ${next(sql`waiting.key`)}, nth + 1 from waiting where key is not null and nth < ${count}::int)
    select key from (
      select key from waiting where key is not null
      union select key from outbox where queue = ${queue} and state = 'running' and key > ${after}
      union select key from share_setting where key > ${after} and split_part(key, ':', 1) = ${kindOf(queue)}) as keys
    where split_part(key, ':', 2) <> '' order by key limit ${count}`);
  return rows.map(({ key }) => key);
}

type Row = OwnRow & {
  key: string;
  project: string | null;
  running: number;
  waiting: number;
  waiting_weight: number | null;
  changed_by: string | null;
  changed_at: string | null;
};

async function sharesOf(ctx: TxCtx, queue: QueueName, keys: readonly string[]): Promise<Share[]> {
  const rows = await ctx.tx.execute<Row>(sql`
    select keys.key, s.weight, s.at_once, s.rate_jobs, s.rate_ms, s.changed_by, s.changed_at,
      (select p.name from project p where p.id::text = split_part(keys.key, ':', 2)) as project,
      (select count(*)::int from outbox o where o.key = keys.key and o.state = 'running') as running,
      waiting.jobs as waiting, waiting.weight as waiting_weight
    from unnest(${`{${keys.join(",")}}`}::text[]) as keys (key) left join share_setting s on s.key = keys.key
      cross join lateral (select count(*)::int as jobs, min(weight) as weight from (
        select o.weight from ${browsers} b cross join lateral (
          select weight from outbox where queue = ${queue} and browser = b.browser and key = keys.key and state = 'ready'
          limit ${WAITING_COUNTED}) o limit ${WAITING_COUNTED}) as ready) as waiting
    order by keys.key`);
  return rows.map((row) => shareOf(queue, row));
}

function shareOf(queue: QueueName, row: Row): Share {
  const said = own(row);
  const { share } = policyOf(kindOf(queue));
  return {
    queue,
    projectId: row.key.slice(row.key.indexOf(":") + 1),
    project: row.project,
    running: row.running,
    waiting: row.waiting,
    weight: said.weight ?? row.waiting_weight ?? 1,
    atOnce: said.atOnce ?? share?.atOnce ?? 1,
    rate: said.rate ?? share?.rate ?? null,
    own: said,
    changedBy: row.changed_by,
    changedAt: row.changed_at === null ? null : iso(new Date(row.changed_at)),
  };
}

function sharedQueue(text: string): QueueName {
  const name = queueNames.find((known) => known === text && queues[known].isShared);
  if (!name) throw notFound("queue of shares");
  return name;
}

/** The kind whose jobs have shares in a queue: there is one in each such queue. */
function kindOf(queue: QueueName) {
  const kind = jobKinds.find((known) => policyOf(known).queue === queue && policyOf(known).share);
  if (!kind) throw notFound("queue of shares");
  return kind;
}
