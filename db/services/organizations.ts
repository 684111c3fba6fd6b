import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { OrganizationRole } from "../domain/permissions.ts";
import type { Page, PageQuery } from "../domain/queries.ts";
import type { Organization, organizationInputSchema } from "../domain/resources.ts";
import { members, organizations } from "../schema/identity.ts";
import {
  authorize,
  authorizePlatform,
  type Ctx,
  recordAudit,
  setTenant,
  type TxCtx,
  transaction,
  visibleOrganizations,
} from "./context.ts";
import { behind, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { found, knownId, refuseDuplicates } from "./refusals.ts";
import { slugCandidates, slugOf } from "./slugs.ts";
import { iso } from "./times.ts";

export type OrganizationInput = z.output<typeof organizationInputSchema>;
export type OrganizationChange = { name?: string | undefined; slug?: string | undefined };

const byName: Order = {
  name: "name",
  key: { column: organizations.name, kind: "text" },
  id: organizations.id,
  descending: false,
};

/** The organizations of the caller, by name. */
export async function listOrganizations(ctx: Ctx, query: PageQuery): Promise<Page<Organization>> {
  return transaction(ctx, async (ctx) => {
    const rows = await ctx.tx
      .select({ row: organizations, cursorKey: cursorKey(byName) })
      .from(organizations)
      .where(behind(byName, query.cursor))
      .orderBy(...orderBy(byName))
      .limit(query.limit + 1);
    return pageOf(
      byName,
      query.limit,
      rows,
      ({ row }) => organizationOf(ctx, row),
      ({ row }) => row.id,
    );
  });
}

export async function getOrganization(ctx: Ctx, id: string): Promise<Organization> {
  return transaction(ctx, async (ctx) => organizationOf(ctx, await loadOrganization(ctx, id)));
}

/**
 * The caller becomes its owner, with effect from the next request on.
 * @throws AppError `conflict` when the given slug is taken; one made from the name gets a number instead.
 */
export async function createOrganization(ctx: Ctx, input: OrganizationInput): Promise<Organization> {
  authorizePlatform(ctx, "organization.create");
  return transaction(ctx, async (ctx) => {
    const userId = ctx.actor.kind === "user" ? ctx.actor.userId : null;
    const id = newId();
    await setTenant(ctx.tx, [...visibleOrganizations(ctx.actor), id], userId);
    const row = await insert(ctx, id, input);
    if (userId) {
      await ctx.tx
        .insert(members)
        .values({ organizationId: id, userId, role: "owner", createdAt: ctx.now() });
    }
    const organization = { ...organizationOf(ctx, row), role: "owner" as const };
    await recordAudit(ctx, {
      action: "organization.create",
      entity: "organization",
      entityId: id,
      organizationId: id,
      after: organization,
    });
    return organization;
  });
}

async function insert({ tx, now }: TxCtx, id: string, { name, slug }: OrganizationInput): Promise<Row> {
  for (const candidate of slug ? [slug] : slugCandidates(slugOf(name, "organization"))) {
    const [row] = await tx
      .insert(organizations)
      .values({ id, name, slug: candidate, createdAt: now() })
      .onConflictDoNothing()
      .returning();
    if (row) return row;
  }
  throw slugTaken(slug ?? name);
}

/** @throws AppError `conflict` when the slug is taken. */
export async function updateOrganization(
  ctx: Ctx,
  id: string,
  change: OrganizationChange,
): Promise<Organization> {
  return transaction(ctx, async (ctx) => {
    const before = await loadOrganization(ctx, id, "update");
    authorize(ctx, { organizationId: before.id }, "organization.update");
    const name = change.name ?? before.name;
    const slug = change.slug ?? before.slug;
    await refuseDuplicates(
      { organization_slug_key: { path: "slug", message: `"${slug}" is taken` } },
      async () => {
        await ctx.tx.update(organizations).set({ name, slug }).where(eq(organizations.id, before.id));
      },
    );
    const after = organizationOf(ctx, { ...before, name, slug });
    await recordAudit(ctx, {
      action: "organization.update",
      entity: "organization",
      entityId: before.id,
      organizationId: before.id,
      before: organizationOf(ctx, before),
      after,
    });
    return after;
  });
}

type Row = typeof organizations.$inferSelect;

/** An organization of the caller. With `update` nobody else changes it, its members or what it uses until the transaction has ended. */
export async function loadOrganization(ctx: TxCtx, id: string, lock?: "update"): Promise<Row> {
  const select = ctx.tx
    .select()
    .from(organizations)
    .where(eq(organizations.id, knownId(id, "organization")));
  const [row] = await (lock ? select.for("no key update") : select);
  const organization = found(row, "organization");
  authorize(ctx, { organizationId: organization.id }, "organization.read");
  return organization;
}

/**
 * Locks an organization: nobody else changes its members, or what it uses of its plan, until the transaction has ended. The
 * context comes back with the role that the caller has now, which somebody may have changed while this waited.
 */
export async function lockOrganization(ctx: TxCtx, id: string): Promise<{ ctx: TxCtx; organization: Row }> {
  const organization = await loadOrganization(ctx, id, "update");
  const { actor } = ctx;
  if (actor.kind === "system") return { ctx, organization };
  const [now] = await ctx.tx
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.organizationId, organization.id), eq(members.userId, actor.userId)));
  const { role } = found(now, "organization");
  const roles = new Map(actor.roles).set(organization.id, role);
  return { ctx: { ...ctx, actor: { ...actor, roles } }, organization };
}

function organizationOf({ actor }: Ctx, { id, name, slug, createdAt }: Row): Organization {
  const role: OrganizationRole = actor.kind === "user" ? (actor.roles.get(id) ?? "viewer") : "owner";
  return { id, name, slug, role, createdAt: iso(createdAt) };
}

function slugTaken(slug: string): AppError {
  const message = `"${slug}" is taken`;
  return new AppError("conflict", `slug: ${message}`, { errors: [{ path: "slug", message }] });
}
