import { sql } from "drizzle-orm";
import type { BlobStore } from "../blobs.ts";
import { limits } from "../domain/limits.ts";
import { type Ctx, inTenant, recordAudit, type TxCtx, transaction } from "./context.ts";
import { isFileNamed } from "./stored-files.ts";

/**
 * Results that the plan of their organization keeps no longer, and files that nothing names any more. For the housekeeping: in small
 * pieces, each committed by itself, and as far as it comes in its time; the next hour goes on where it ended.
 */

export type Expired = { runs: number; executions: number };
export type KeepingTime = { signal: AbortSignal; isOver: () => boolean };

type Keeper = { organizationId: string; days: number };

const noId = "00000000-0000-0000-0000-000000000000";
const organizationsAtOnce = 500;

/**
 * Deletes runs that ended longer ago than the plan of their organization keeps results, with their executions, attempts, logs and
 * the rows of their files. What each organization lost is an entry of its audit, in the transaction in which it went.
 * @param ctx of the installation itself
 */
export async function expireResults(ctx: Ctx, time: KeepingTime): Promise<Expired> {
  const all: Expired = { runs: 0, executions: 0 };
  for await (const keeper of keepers(ctx)) {
    for (;;) {
      time.signal.throwIfAborted();
      if (time.isOver()) return all;
      const gone = await inTenant(ctx, keeper.organizationId, (ctx) => expireSome(ctx, keeper));
      all.runs += gone.runs;
      all.executions += gone.executions;
      if (gone.runs + gone.executions === 0) break;
    }
  }
  return all;
}

/** One transaction: as many executions as one entry of the audit tells of, by statements that are short. */
async function expireSome(ctx: TxCtx, { organizationId, days }: Keeper): Promise<Expired> {
  const gone: Expired = { runs: 0, executions: 0 };
  while (gone.executions < limits.resultsExpiredPerEntry) {
    const step = await expireStep(ctx, organizationId, days);
    gone.runs += step.runs;
    gone.executions += step.executions;
    if (step.runs + step.executions === 0) break;
  }
  if (gone.runs + gone.executions > 0) {
    const about = { entity: "organization", entityId: organizationId, organizationId };
    await recordAudit(ctx, { action: "results.expire", ...about, after: { ...gone, days } });
  }
  return gone;
}

/** Executions first, since a run may have thousands; a run goes when it has none left. */
async function expireStep({ tx }: TxCtx, organizationId: string, days: number): Promise<Expired> {
  const old = await tx.execute<{ id: string }>(sql`
    select id from run where organization_id = ${organizationId} and id < first_id_of(now() - ${days} * interval '1 day')
      and finished_at < now() - ${days} * interval '1 day'
    order by id limit ${limits.resultsExpiredAtOnce}`);
  if (old.length === 0) return { runs: 0, executions: 0 };
  const runIds = `{${old.map(({ id }) => id).join(",")}}`;
  const executions = await tx.execute(sql`
    delete from execution where id in (
      select id from execution where run_id = any (${runIds}::uuid[]) order by run_id, id
      limit ${limits.resultsExpiredAtOnce})`);
  const runs = await tx.execute(sql`
    delete from run r where id = any (${runIds}::uuid[])
      and not exists (select from execution e where e.run_id = r.id)`);
  return { runs: runs.count, executions: executions.count };
}

/** Organizations whose plan says how long results are kept. */
async function* keepers(ctx: Ctx): AsyncGenerator<Keeper> {
  for (let after = noId; ; ) {
    const rows = await transaction(ctx, async ({ tx }) => {
      await tx.execute(sql`select set_config('app.keeper', 'on', true)`);
      return tx.execute<Keeper>(sql`
        select organization_id as "organizationId", result_days as days from organization_plan
        where result_days is not null and organization_id > ${after}::uuid
        order by organization_id limit ${organizationsAtOnce}`);
    });
    yield* rows;
    if (rows.length < organizationsAtOnce) return;
    after = rows.at(-1)?.organizationId ?? after;
  }
}

/**
 * Deletes stored objects that no row names any more. One that was put lately stays, since who put it names it only afterwards;
 * it is looked at again a day later.
 * @param ctx of the installation itself
 * @returns how many objects went
 */
export async function deleteUnusedFiles(
  ctx: Ctx,
  blobs: Pick<BlobStore, "deleteUnlessPutSince">,
  time: KeepingTime,
): Promise<number> {
  let deleted = 0;
  for await (const organizationId of organizationsOf(ctx)) {
    for (;;) {
      time.signal.throwIfAborted();
      if (time.isOver()) return deleted;
      const keys = await inTenant(ctx, organizationId, (ctx) => unusedKeys(ctx, organizationId));
      for (const key of keys) {
        if (time.isOver()) return deleted;
        deleted += await deleteFile(ctx, blobs, organizationId, key);
      }
      if (keys.length < limits.filesDeletedAtOnce) break;
    }
  }
  return deleted;
}

async function unusedKeys({ tx }: TxCtx, organizationId: string): Promise<string[]> {
  const rows = await tx.execute<{ key: string }>(sql`
    select storage_key as key from unused_file where organization_id = ${organizationId}
      and noted_at < now() - ${limits.fileUnusedMs} * interval '1 millisecond'
    order by noted_at limit ${limits.filesDeletedAtOnce}`);
  return rows.map(({ key }) => key);
}

/** Its note goes when the object is gone or named again. A storage that is away leaves the note as it was. */
async function deleteFile(
  ctx: Ctx,
  blobs: Pick<BlobStore, "deleteUnlessPutSince">,
  organizationId: string,
  key: string,
): Promise<number> {
  const isNamed = await inTenant(ctx, organizationId, (ctx) => isFileNamed(ctx, key));
  const isGone =
    isNamed || (await blobs.deleteUnlessPutSince(key, ctx.now().getTime() - limits.fileUnusedMs));
  await inTenant(ctx, organizationId, ({ tx }) =>
    tx.execute(
      isGone
        ? sql`delete from unused_file where storage_key = ${key}`
        : sql`update unused_file set noted_at = now() where storage_key = ${key}`,
    ),
  );
  return isNamed || !isGone ? 0 : 1;
}

/** Every organization of the installation, by its id. */
export async function* organizationsOf(ctx: Ctx): AsyncGenerator<string> {
  for (let after = noId; ; ) {
    const rows = await transaction(ctx, async ({ tx }) => {
      await tx.execute(sql`select set_config('app.installation', 'on', true)`);
      return tx.execute<{ id: string }>(sql`
        select id from organization where id > ${after}::uuid order by id limit ${organizationsAtOnce}`);
    });
    for (const { id } of rows) yield id;
    if (rows.length < organizationsAtOnce) return;
    after = rows.at(-1)?.id ?? after;
  }
}
