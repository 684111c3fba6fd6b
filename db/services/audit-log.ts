import { and, eq, gte, ilike, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { AuditEntry, AuditFilter, AuditQuery } from "../domain/audit.ts";
import { limits } from "../domain/limits.ts";
import type { Page } from "../domain/queries.ts";
import { audits } from "../schema/identity.ts";
import { authorize, authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { beginning, behind, containing, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { found, knownId } from "./refusals.ts";
import { iso } from "./times.ts";

/**
 * What was done, as it is read; written it is by `recordAudit` alone. Of one organization, or, with null, of the installation:
 * what belongs to no organization.
 */

const newestFirst: Order = { name: "-id", key: null, id: audits.id, descending: true };

export async function listAudit(
  ctx: Ctx,
  organizationId: string | null,
  query: AuditQuery,
): Promise<Page<AuditEntry>> {
  return transaction(ctx, async (ctx) => {
    const place = await enter(ctx, organizationId);
    const rows = await ctx.tx
      .select({ row: audits, cursorKey: cursorKey(newestFirst) })
      .from(audits)
      .where(and(place, matching(query), behind(newestFirst, query.cursor)))
      .orderBy(...orderBy(newestFirst))
      .limit(query.limit + 1);
    return pageOf(
      newestFirst,
      query.limit,
      rows,
      ({ row }) => entryOf(row),
      ({ row }) => row.id,
    );
  });
}

export async function getAuditEntry(
  ctx: Ctx,
  organizationId: string | null,
  id: string,
): Promise<AuditEntry> {
  return transaction(ctx, async (ctx) => {
    const place = await enter(ctx, organizationId);
    const [row] = await ctx.tx
      .select()
      .from(audits)
      .where(and(place, eq(audits.id, knownId(id, "audit entry"))));
    return entryOf(found(row, "audit entry"));
  });
}

/**
 * All that matches, the newest first, in pages that are read one after the other as they are taken: no transaction stays open
 * for a slow reader. At most `limits.auditExportMax`. The export is itself an entry, written before the first page.
 */
export async function* exportAudit(
  ctx: Ctx,
  organizationId: string | null,
  filter: AuditFilter,
): AsyncGenerator<AuditEntry[]> {
  await transaction(ctx, async (ctx) => {
    await enter(ctx, organizationId);
    const subject = { entity: "audit", entityId: null, organizationId };
    await recordAudit(ctx, { action: "audit.export", ...subject, after: filter });
  });
  let cursor: string | undefined;
  for (let count = 0; count < limits.auditExportMax; ) {
    const limit = Math.min(limits.auditExportPage, limits.auditExportMax - count);
    const page = await listAudit(ctx, organizationId, { ...filter, limit, cursor });
    if (page.items.length > 0) yield page.items;
    count += page.items.length;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Whose entries these are, for a caller who may read them. */
async function enter(ctx: TxCtx, organizationId: string | null): Promise<SQL> {
  if (organizationId !== null) {
    const id = knownId(organizationId, "organization");
    authorize(ctx, { organizationId: id }, "audit.read");
    return eq(audits.organizationId, id);
  }
  authorizePlatform(ctx, "audit.installation");
  await ctx.tx.execute(sql`select set_config('app.installation', 'on', true)`);
  return isNull(audits.organizationId);
}

function matching({ actor, actorId, action, entity, entityId, from, to }: AuditFilter): SQL | undefined {
  return and(
    actor ? ilike(audits.actor, containing(actor)) : undefined,
    actorId ? eq(audits.actorId, actorId) : undefined,
    action ? ilike(audits.action, beginning(action)) : undefined,
    entity ? eq(audits.entity, entity) : undefined,
    entityId ? eq(audits.entityId, entityId) : undefined,
    from ? gte(audits.at, new Date(from)) : undefined,
    to ? lte(audits.at, new Date(to)) : undefined,
  );
}

function entryOf(row: typeof audits.$inferSelect): AuditEntry {
  return { ...row, at: iso(row.at) };
}
