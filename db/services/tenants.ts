import { and, eq, ilike, or, sql } from "drizzle-orm";
import type { Page } from "../domain/queries.ts";
import type { Tenant, TenantQuery } from "../domain/tenancy.ts";
import { organizations } from "../schema/identity.ts";
import { authorizePlatform, type Ctx, inTenant, setTenant, transaction } from "./context.ts";
import { behind, containing, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { planOf } from "./plans.ts";
import { found, knownId } from "./refusals.ts";
import { iso } from "./times.ts";

const byName: Order = {
  name: "name",
  key: { column: organizations.name, kind: "text" },
  id: organizations.id,
  descending: false,
};

/**
 * Every organization of the installation with what it may use and uses, for those who run it: how much there is, never what is
 * in it.
 */
export async function listTenants(ctx: Ctx, { search, limit, cursor }: TenantQuery): Promise<Page<Tenant>> {
  authorizePlatform(ctx, "organizations.manage");
  return transaction(ctx, async (ctx) => {
    await ctx.tx.execute(sql`select set_config('app.installation', 'on', true)`);
    const rows = await ctx.tx
      .select({ row: organizations, cursorKey: cursorKey(byName) })
      .from(organizations)
      .where(
        and(
          search
            ? or(ilike(organizations.name, containing(search)), ilike(organizations.slug, containing(search)))
            : undefined,
          behind(byName, cursor),
        ),
      )
      .orderBy(...orderBy(byName))
      .limit(limit + 1);
    const page = pageOf(
      byName,
      limit,
      rows,
      ({ row }) => row,
      ({ row }) => row.id,
    );
    const ids = page.items.map(({ id }) => id);
    await setTenant(ctx.tx, ids, null);
    const plans = await Promise.all(ids.map((id) => planOf(ctx, id)));
    const items = page.items.flatMap(({ id, name, slug, createdAt }, index): Tenant[] => {
      const plan = plans[index];
      return plan ? [{ id, name, slug, createdAt: iso(createdAt), plan }] : [];
    });
    return { items, nextCursor: page.nextCursor };
  });
}

/** One of them. */
export async function getTenant(ctx: Ctx, id: string): Promise<Tenant> {
  authorizePlatform(ctx, "organizations.manage");
  return inTenant(ctx, knownId(id, "organization"), async (ctx) => {
    const [row] = await ctx.tx.select().from(organizations).where(eq(organizations.id, id));
    const { name, slug, createdAt } = found(row, "organization");
    return { id, name, slug, createdAt: iso(createdAt), plan: await planOf(ctx, id) };
  });
}
