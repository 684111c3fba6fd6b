import { eq } from "drizzle-orm";
import type { Db, Tx } from "../client.ts";
import { type PasswordChange, type Preferences, preferencesDefault } from "../domain/account-resources.ts";
import { AppError } from "../domain/errors.ts";
import type { User } from "../domain/resources.ts";
import { type ChangeOf, givenOf } from "../domain/validation.ts";
import { users } from "../schema/identity.ts";
import { getMe, signedInUser, userActor, userOf } from "./accounts.ts";
import { refuseCommonPassword } from "./common-passwords.ts";
import { type Ctx, type TxCtx, transaction } from "./context.ts";
import { queueMail } from "./mail.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { auditOwn, confirmSignIn, endApiTokens, endSignIns } from "./sign-ins.ts";

/** What people change of their own account. */

export async function updateProfile(ctx: Ctx, { name }: { name: string }): Promise<User> {
  const { userId } = signedInUser(ctx);
  return transaction(ctx, async (ctx) => {
    const before = await getMe(ctx);
    const [row] = await ctx.tx.update(users).set({ name }).where(eq(users.id, userId)).returning();
    if (!row) throw new AppError("unauthenticated", "this account is no more");
    await auditOwn(ctx, "user.update", { from: before.name, to: name });
    return userOf(row);
  });
}

export async function getPreferences(ctx: Ctx): Promise<Preferences> {
  const { userId } = userActor(ctx);
  return transaction(ctx, ({ tx }) => preferencesOf({ orm: tx }, userId));
}

/** The same for who is about to be signed in. */
export async function preferencesOf(db: { orm: Db["orm"] | Tx }, userId: string): Promise<Preferences> {
  const [row] = await db.orm
    .select({ preferences: users.preferences })
    .from(users)
    .where(eq(users.id, userId));
  return { ...preferencesDefault, ...row?.preferences };
}

/** Changes those that are given. How somebody likes their pages is nothing for the audit. */
export async function changePreferences(ctx: Ctx, change: ChangeOf<Preferences>): Promise<Preferences> {
  const { userId } = signedInUser(ctx);
  return transaction(ctx, async (ctx) => {
    const preferences = { ...(await getPreferences(ctx)), ...givenOf(change) };
    await ctx.tx.update(users).set({ preferences }).where(eq(users.id, userId));
    return preferences;
  });
}

/**
 * Changes the password of the person who asks. Every other sign-in ends at once, and every API token unless they are to stay.
 * @throws AppError `invalid-input` when the current one is wrong, or the new one too common
 */
export async function changePassword(ctx: Ctx, change: PasswordChange): Promise<void> {
  const { userId, email } = signedInUser(ctx);
  await requirePassword(ctx, change.currentPassword, "currentPassword");
  await refuseCommonPassword(change.newPassword, "newPassword");
  const passwordHash = await hashPassword(change.newPassword);
  await transaction(ctx, async (ctx) => {
    await ctx.tx.update(users).set({ passwordHash }).where(eq(users.id, userId));
    await endSignIns(ctx, userId, ctx.signIn ?? null);
    if (!change.keepApiTokens) await endApiTokens(ctx, userId);
    await confirmSignIn(ctx);
    const at = ctx.now().toISOString();
    await queueMail(ctx, email, { template: "password-changed", at, address: ctx.address });
    await auditOwn(ctx, "password.change");
  });
}

/**
 * Shows once more who one is, for the changes of the next ten minutes that a thief would make.
 * @throws AppError `invalid-input` when it is not the password
 */
export async function confirmPassword(ctx: Ctx, password: string): Promise<void> {
  signedInUser(ctx);
  await requirePassword(ctx, password, "password");
  await transaction(ctx, async (ctx) => {
    await confirmSignIn(ctx);
    await auditOwn(ctx, "session.confirm");
  });
}

async function requirePassword(ctx: Ctx, password: string, path: string): Promise<void> {
  const stored = await transaction(ctx, passwordHashOf);
  if (await verifyPassword(stored, password)) return;
  await transaction(ctx, (ctx) => auditOwn(ctx, "session.refuse"));
  const message = "is not your password";
  throw new AppError("invalid-input", `${path}: ${message}`, { errors: [{ path, message }] });
}

async function passwordHashOf(ctx: TxCtx): Promise<string | null> {
  const { userId } = userActor(ctx);
  const [row] = await ctx.tx.select({ hash: users.passwordHash }).from(users).where(eq(users.id, userId));
  return row?.hash ?? null;
}
