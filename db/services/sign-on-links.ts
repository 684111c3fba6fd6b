import { and, asc, eq } from "drizzle-orm";
import { AppError, notFound } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Identity, SignOn } from "../domain/sign-on.ts";
import { signOns } from "../schema/accounts.ts";
import { users } from "../schema/identity.ts";
import type { Door } from "./account-links.ts";
import { findActor, signedInUser } from "./accounts.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { queueMail } from "./mail.ts";
import { found, knownId, refuseDuplicates } from "./refusals.ts";
import { auditOwn, confirmSignIn, endSignIns, requireConfirmed } from "./sign-ins.ts";
import { iso, isoOrNull } from "./times.ts";

/** Which accounts at a provider open an account here, as its person sees and changes them. */

/** How somebody can come in. `hasPassword` is false for an account that single sign-on has made, until a password is set. */
export type WaysIn = { hasPassword: boolean; signOns: SignOn[] };

/** @param issuer of the provider that signs people in now; null where there is none */
export async function getWaysIn(ctx: Ctx, issuer: string | null): Promise<WaysIn> {
  const { userId } = signedInUser(ctx);
  return transaction(ctx, (ctx) => waysInOf(ctx, userId, issuer));
}

/** The same of anybody, whoever asks. */
export async function waysInOf({ tx }: TxCtx, userId: string, issuer: string | null): Promise<WaysIn> {
  const [user] = await tx.select({ hash: users.passwordHash }).from(users).where(eq(users.id, userId));
  const rows = await tx
    .select()
    .from(signOns)
    .where(eq(signOns.userId, userId))
    .orderBy(asc(signOns.createdAt), asc(signOns.id));
  return { hasPassword: (user?.hash ?? null) !== null, signOns: rows.map((row) => signOnOf(row, issuer)) };
}

function signOnOf(row: typeof signOns.$inferSelect, issuer: string | null): SignOn {
  const { id, email, createdAt, usedAt } = row;
  const isUsable = row.issuer === issuer;
  return {
    id,
    issuer: row.issuer,
    email,
    isUsable,
    createdAt: iso(createdAt),
    lastUsedAt: isoOrNull(usedAt),
  };
}

/**
 * Links an account at the provider to that of the person who asks.
 * @throws AppError `confirmation-required`; `conflict` when it opens an account already, or this one has another of the provider
 */
export async function linkSignOn(ctx: Ctx, identity: Identity): Promise<void> {
  const { userId } = signedInUser(ctx);
  await transaction(ctx, async (ctx) => {
    await requireConfirmed(ctx);
    await link(ctx, userId, identity, null);
  });
}

/** The same for somebody who signs in by it at this moment, and has just shown the password of the account. */
export async function linkAtDoor(door: Door, userId: string, identity: Identity): Promise<void> {
  const actor = await findActor(door.db, userId);
  if (!actor) throw new AppError("invalid-credentials", "this account is disabled");
  await transaction({ ...door, actor }, (ctx) => link(ctx, userId, identity, ctx.now()));
}

async function link(ctx: TxCtx, userId: string, identity: Identity, usedAt: Date | null): Promise<void> {
  await auditOwn(ctx, "sign-on.link", await insertSignOn(ctx, userId, identity, usedAt));
  await tell(ctx, true, identity);
}

/** Adds the row, whoever may do so. @returns what the audit says of it */
export async function insertSignOn(
  { tx, now }: TxCtx,
  userId: string,
  { issuer, subject, email }: Identity,
  usedAt: Date | null,
): Promise<{ issuer: string; subject: string; email: string | null }> {
  const row = { id: newId(), userId, issuer, subject, email, createdAt: now(), usedAt };
  await refuseDuplicates(
    {
      sign_on_issuer_subject_key: { path: "subject", message: "opens another account here" },
      sign_on_user_id_issuer_key: { path: "issuer", message: "is linked already; unlink that one first" },
    },
    () => tx.insert(signOns).values(row),
  );
  return { issuer, subject, email };
}

/**
 * Unlinks an account at a provider. Other sign-ins end.
 * @param issuer of the provider that signs people in now
 * @throws AppError `confirmation-required`, `not-found`; `conflict` when nothing would open the account any more
 */
export async function unlinkSignOn(ctx: Ctx, id: string, issuer: string | null): Promise<void> {
  const { userId } = signedInUser(ctx);
  await transaction(ctx, async (ctx) => {
    await requireConfirmed(ctx);
    // Of two who would each take the last way but one, one comes second.
    await ctx.tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("update");
    const [row] = await ctx.tx
      .delete(signOns)
      .where(and(eq(signOns.id, knownId(id, "linked sign-on")), eq(signOns.userId, userId)))
      .returning();
    const { issuer: of, subject, email } = found(row, "linked sign-on");
    const left = await waysInOf(ctx, userId, issuer);
    if (!left.hasPassword && !left.signOns.some(({ isUsable }) => isUsable)) throw lastWay();
    await endSignIns(ctx, userId, ctx.signIn ?? null);
    await auditOwn(ctx, "sign-on.unlink", { issuer: of, subject, email });
    await tell(ctx, false, { issuer: of, email });
  });
}

function lastWay(): AppError {
  return new AppError(
    "conflict",
    "nothing would open your account any more: set a password first, by the link that Forgot your password? mails",
  );
}

/**
 * Notes that the person who asks has proved to the provider, a moment ago, who they are.
 * @throws AppError `not-found` when it is not their account there; `confirmation-required` when that was not a moment ago
 */
export async function confirmBySignOn(ctx: Ctx, identity: Identity): Promise<void> {
  const { userId } = signedInUser(ctx);
  const { issuer, subject, authenticatedAt } = identity;
  await transaction(ctx, async (ctx) => {
    const [own] = await ctx.tx
      .select({ id: signOns.id })
      .from(signOns)
      .where(and(eq(signOns.userId, userId), eq(signOns.issuer, issuer), eq(signOns.subject, subject)));
    if (!own) throw notFound("linked sign-on");
    const at = authenticatedAt === null ? null : new Date(authenticatedAt);
    const since = ctx.now().getTime() - limits.confirmedMs;
    if (at === null || at.getTime() < since) {
      throw new AppError("confirmation-required", "the provider did not ask you anew who you are");
    }
    await confirmSignIn(ctx, at.getTime() > ctx.now().getTime() ? ctx.now() : at);
    await auditOwn(ctx, "session.confirm", { by: "single sign-on", issuer });
  });
}

async function tell(
  ctx: TxCtx,
  isLinked: boolean,
  { issuer, email }: Pick<Identity, "issuer" | "email">,
): Promise<void> {
  const at = ctx.now().toISOString();
  const { email: recipient } = signedInUser(ctx);
  const content = { template: "sign-on-changed", isLinked, issuer, email, at, address: ctx.address } as const;
  await queueMail(ctx, recipient, content);
}
