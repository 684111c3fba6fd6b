import { and, eq, ilike, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import type { Page } from "../domain/queries.ts";
import type { Account, AccountChange, AccountDetail, AccountQuery } from "../domain/tenancy.ts";
import { users } from "../schema/identity.ts";
import { authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { stopAllWorkOf } from "./members.ts";
import { behind, containing, cursorKey, type Order, orderBy, pageOf } from "./pages.ts";
import { found, knownId } from "./refusals.ts";
import { endSignIns } from "./sign-ins.ts";
import { waysInOf } from "./sign-on-links.ts";
import { iso, isoOrNull } from "./times.ts";
import { twoFactorSince } from "./two-factor.ts";

/** Accounts, as those who run the installation see and change them. */

const byEmail: Order = {
  name: "email",
  key: { column: users.email, kind: "text" },
  id: users.id,
  descending: false,
};

export async function listUsers(ctx: Ctx, query: AccountQuery): Promise<Page<Account>> {
  authorizePlatform(ctx, "users.manage");
  const { search, state, platformRole } = query;
  return transaction(ctx, async (ctx) => {
    const rows = await ctx.tx
      .select({ row: users, cursorKey: cursorKey(byEmail) })
      .from(users)
      .where(
        and(
          search
            ? or(ilike(users.email, containing(search)), ilike(users.name, containing(search)))
            : undefined,
          state ? (state === "enabled" ? isNull : isNotNull)(users.disabledAt) : undefined,
          platformRole ? eq(users.platformRole, platformRole) : undefined,
          behind(byEmail, query.cursor),
        ),
      )
      .orderBy(...orderBy(byEmail))
      .limit(query.limit + 1);
    return pageOf(
      byEmail,
      query.limit,
      rows,
      ({ row }) => accountOf(row),
      ({ row }) => row.id,
    );
  });
}

/**
 * An account, and the ways into it.
 * @param issuer of the OpenID provider that signs people in now
 */
export async function getUser(ctx: Ctx, id: string, issuer: string | null): Promise<AccountDetail> {
  authorizePlatform(ctx, "users.manage");
  return transaction(ctx, async (ctx) => {
    const row = await load(ctx, id);
    const ways = await waysInOf(ctx, row.id, issuer);
    return { ...accountOf(row), ...ways, twoFactorSince: await twoFactorSince(ctx.tx, row.id) };
  });
}

/**
 * Gives an account another role on the platform, disables or enables it. Whoever is disabled is out at once, and stays out:
 * every sign-in has to be made anew once the account is enabled again, and what it had started is stopped.
 * @throws AppError `conflict` when nobody would run the installation any more
 */
export async function changeUser(ctx: Ctx, id: string, change: AccountChange): Promise<Account> {
  authorizePlatform(ctx, "users.manage");
  return transaction(ctx, async (ctx) => {
    // Of two administrators who would each put the other out, one comes second.
    await ctx.tx.execute(sql`select pg_advisory_xact_lock(hashtext('platform-admins'))`);
    const before = await load(ctx, id);
    const disabledAt = change.disabled ? (before.disabledAt ?? ctx.now()) : null;
    const next = {
      platformRole: change.platformRole ?? before.platformRole,
      disabledAt: change.disabled === undefined ? before.disabledAt : disabledAt,
    };
    if (next.platformRole !== "admin" || next.disabledAt) await refuseLastAdmin(ctx, before);
    await ctx.tx.update(users).set(next).where(eq(users.id, before.id));
    if (next.disabledAt && !before.disabledAt) {
      await endSignIns(ctx, before.id, null);
      await stopAllWorkOf(ctx, before.id);
    }
    const after = accountOf({ ...before, ...next });
    await recordAudit(ctx, {
      action: "user.update",
      entity: "user",
      entityId: before.id,
      organizationId: null,
      before: accountOf(before),
      after,
    });
    return after;
  });
}

async function refuseLastAdmin(ctx: TxCtx, account: Row): Promise<void> {
  if (account.platformRole !== "admin" || account.disabledAt) return;
  const [other] = await ctx.tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.platformRole, "admin"), isNull(users.disabledAt), ne(users.id, account.id)))
    .limit(1);
  if (other) return;
  const message = `${account.email} is the only administrator of this installation; make somebody else one first`;
  throw new AppError("conflict", message);
}

type Row = Pick<
  typeof users.$inferSelect,
  "id" | "email" | "name" | "platformRole" | "disabledAt" | "createdAt"
>;

async function load(ctx: TxCtx, id: string): Promise<Row> {
  const [row] = await ctx.tx
    .select()
    .from(users)
    .where(eq(users.id, knownId(id, "user")));
  return found(row, "user");
}

function accountOf({ id, email, name, platformRole, disabledAt, createdAt }: Row): Account {
  return { id, email, name, platformRole, disabledAt: isoOrNull(disabledAt), createdAt: iso(createdAt) };
}
