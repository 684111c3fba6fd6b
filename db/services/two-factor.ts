import { randomBytes } from "node:crypto";
import { and, count, eq, isNotNull, isNull } from "drizzle-orm";
import { Secret, TOTP } from "otpauth";
import type { Db, Tx } from "../client.ts";
import type { TwoFactor } from "../domain/account-resources.ts";
import { AppError, invalidInput } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import { recoveryCodes, twoFactors } from "../schema/accounts.ts";
import { users } from "../schema/identity.ts";
import { signedInUser } from "./accounts.ts";
import { authorizePlatform, type Ctx, recordAudit, type TxCtx, transaction } from "./context.ts";
import { hashToken } from "./derived-keys.ts";
import type { SecretKeys } from "./envelope.ts";
import { queueMail } from "./mail.ts";
import { found, knownId } from "./refusals.ts";
import { auditOwn, endSignIns, requireConfirmed } from "./sign-ins.ts";
import { isoOrNull } from "./times.ts";

/** Whether the person who asks has one-time codes, and how many ways out are left. */
export async function getTwoFactor(ctx: Ctx): Promise<TwoFactor> {
  const { userId } = signedInUser(ctx);
  return transaction(ctx, async ({ tx }) => {
    const row = await enabledRow(tx, userId);
    const [left] = await tx
      .select({ count: count() })
      .from(recoveryCodes)
      .where(and(eq(recoveryCodes.userId, userId), isNull(recoveryCodes.usedAt)));
    const enabledAt = row?.enabledAt ?? null;
    return { enabledAt: isoOrNull(enabledAt), recoveryCodesLeft: enabledAt ? (left?.count ?? 0) : 0 };
  });
}

/**
 * A new secret for the device of the person who asks. It counts when a code of it was shown: see `enableTwoFactor`.
 * @throws AppError `confirmation-required`; `conflict` when codes are on already
 */
export async function setUpTwoFactor(ctx: Ctx): Promise<{ secret: string; otpauthUrl: string }> {
  const { userId, email } = signedInUser(ctx);
  return transaction(ctx, async (ctx) => {
    await requireConfirmed(ctx);
    await refuseEnabled(ctx.tx, userId);
    const secret = new Secret({ size: 20 }).base32;
    const { ciphertext: sealed, keyId } = keysOf(ctx.keys).seal(secret, twoFactorAad(userId));
    const row = { sealed, keyId, enabledAt: null, lastStep: 0, failures: 0, failedAt: null };
    await ctx.tx
      .insert(twoFactors)
      .values({ userId, ...row })
      .onConflictDoUpdate({ target: twoFactors.userId, set: row });
    return { secret, otpauthUrl: totpOf(secret, email).toString() };
  });
}

/** The secret that was set up and not turned on yet, to be shown again; null when there is none. */
export async function pendingTwoFactor(ctx: Ctx): Promise<{ secret: string; otpauthUrl: string } | null> {
  const { userId, email } = signedInUser(ctx);
  return transaction(ctx, async (ctx) => {
    await requireConfirmed(ctx);
    const [row] = await ctx.tx
      .select()
      .from(twoFactors)
      .where(and(eq(twoFactors.userId, userId), isNull(twoFactors.enabledAt)));
    if (!row) return null;
    const secret = secretOf(keysOf(ctx.keys), row);
    return { secret, otpauthUrl: totpOf(secret, email).toString() };
  });
}

/**
 * Turns codes on, when the device shows the right one. Other sign-ins end.
 * @returns recovery codes, which are shown this once
 * @throws AppError `invalid-input` for a wrong code; `confirmation-required`; `conflict` when they are on already
 */
export async function enableTwoFactor(ctx: Ctx, code: string): Promise<string[]> {
  const { userId } = signedInUser(ctx);
  return transaction(ctx, async (ctx) => {
    await requireConfirmed(ctx);
    await refuseEnabled(ctx.tx, userId);
    const [row] = await ctx.tx.select().from(twoFactors).where(eq(twoFactors.userId, userId)).for("update");
    const step = row ? stepOf(keysOf(ctx.keys), row, code, ctx.now()) : null;
    if (step === null) throw wrongCode();
    await ctx.tx
      .update(twoFactors)
      .set({ enabledAt: ctx.now(), lastStep: step })
      .where(eq(twoFactors.userId, userId));
    const codes = await replaceRecoveryCodes(ctx.tx, userId);
    await endSignIns(ctx, userId, ctx.signIn ?? null);
    await tell(ctx, true);
    return codes;
  });
}

/** Turns codes off. @throws AppError `invalid-input` for a wrong code; `confirmation-required` */
export async function disableTwoFactor(ctx: Ctx, code: string): Promise<void> {
  const { userId } = signedInUser(ctx);
  await transaction(ctx, requireConfirmed);
  if (!(await takeCode(ctx.db, ctx.keys, userId, code, ctx.now))) throw wrongCode();
  await transaction(ctx, async (ctx) => {
    await forget(ctx.tx, userId);
    await endSignIns(ctx, userId, ctx.signIn ?? null);
    await tell(ctx, false);
  });
}

/** New recovery codes in the place of those that are left. @throws AppError `confirmation-required`, `conflict` */
export async function renewRecoveryCodes(ctx: Ctx): Promise<string[]> {
  const { userId } = signedInUser(ctx);
  return transaction(ctx, async (ctx) => {
    await requireConfirmed(ctx);
    if (!(await enabledRow(ctx.tx, userId))) throw new AppError("conflict", "one-time codes are off");
    await auditOwn(ctx, "two-factor.renew-recovery-codes");
    return replaceRecoveryCodes(ctx.tx, userId);
  });
}

/**
 * Turns codes off for somebody who has lost their device and the recovery codes; for administrators of the installation. Every
 * sign-in of that person ends, and a mail tells of it with the reason.
 * @throws AppError `confirmation-required`, `not-found`; `conflict` when they are off
 */
export async function resetTwoFactor(
  ctx: Ctx,
  userId: string,
  { reason }: { reason: string },
): Promise<void> {
  authorizePlatform(ctx, "users.manage");
  await transaction(ctx, async (ctx) => {
    await requireConfirmed(ctx);
    const [row] = await ctx.tx
      .select({ id: users.id, email: users.email })
      .from(users)
      .where(eq(users.id, knownId(userId, "user")))
      .for("update");
    const user = found(row, "user");
    if (!(await enabledRow(ctx.tx, user.id))) throw new AppError("conflict", "one-time codes are off");
    await forget(ctx.tx, user.id);
    await endSignIns(ctx, user.id, null);
    const about = { entity: "user", entityId: user.id, organizationId: null };
    await recordAudit(ctx, { action: "two-factor.reset", ...about, after: { email: user.email, reason } });
    const at = ctx.now().toISOString();
    await queueMail(ctx, user.email, { template: "two-factor-reset", reason, at });
  });
}

/** Since when a sign-in of this account needs a code; null when it needs none. */
export async function twoFactorSince(tx: Tx, userId: string): Promise<string | null> {
  return isoOrNull((await enabledRow(tx, userId))?.enabledAt ?? null);
}

/** Whether a sign-in of this account needs a code. */
export async function hasTwoFactor(db: Db["orm"] | Tx, userId: string): Promise<boolean> {
  return (await enabledRow(db, userId)) !== null;
}

/**
 * Takes a code of the device or a recovery code. Each works once; a wrong one is counted, and stays counted.
 * @throws AppError `rate-limited` after ten wrong ones in a row, from wherever they came
 */
export async function takeCode(
  db: Db,
  keys: SecretKeys | null,
  userId: string,
  code: string,
  now = (): Date => new Date(),
): Promise<boolean> {
  return db.orm.transaction(async (tx) => {
    const [row] = await tx.select().from(twoFactors).where(eq(twoFactors.userId, userId)).for("update");
    if (!row?.enabledAt) return false;
    refuseTooMany(row, now());
    const step = stepOf(keysOf(keys), row, code, now());
    const isRight = step !== null || (await takeRecoveryCode(tx, userId, code, now()));
    const change = isRight
      ? { failures: 0, failedAt: null, ...(step === null ? {} : { lastStep: step }) }
      : { failures: row.failures + 1, failedAt: now() };
    await tx.update(twoFactors).set(change).where(eq(twoFactors.userId, userId));
    return isRight;
  });
}

type Row = typeof twoFactors.$inferSelect;

function refuseTooMany({ failures, failedAt }: Row, now: Date): void {
  const leftMs = failedAt ? failedAt.getTime() + limits.codePauseMs - now.getTime() : 0;
  // After the pause one try at a time: the next wrong one begins another pause.
  if (failures < limits.codeFailuresMax || leftMs <= 0) return;
  const retryAfterSeconds = Math.ceil(leftMs / 1_000);
  const minutes = Math.ceil(leftMs / 60_000);
  throw new AppError("rate-limited", `too many wrong codes; try again in ${minutes} min`, {
    retryAfterSeconds,
  });
}

/** The step of a code that is right and newer than the last one; one step to either side, for clocks that differ. */
function stepOf(keys: SecretKeys, row: Row, code: string, now: Date): number | null {
  const token = code.replace(/\s/g, "");
  if (!/^\d{6}$/.test(token)) return null;
  const delta = totpOf(secretOf(keys, row), "").validate({ token, timestamp: now.getTime(), window: 1 });
  if (delta === null) return null;
  const step = Math.floor(now.getTime() / limits.codePeriodMs) + delta;
  return step > row.lastStep ? step : null;
}

function totpOf(secret: string, label: string): TOTP {
  const period = limits.codePeriodMs / 1_000;
  return new TOTP({ issuer: "Verdict", label, secret: Secret.fromBase32(secret), digits: 6, period });
}

async function takeRecoveryCode(tx: Tx, userId: string, code: string, now: Date): Promise<boolean> {
  const rows = await tx
    .update(recoveryCodes)
    .set({ usedAt: now })
    .where(
      and(
        eq(recoveryCodes.userId, userId),
        eq(recoveryCodes.codeHash, hashToken(plainCode(code))),
        isNull(recoveryCodes.usedAt),
      ),
    )
    .returning({ userId: recoveryCodes.userId });
  return rows.length > 0;
}

async function replaceRecoveryCodes(tx: Tx, userId: string): Promise<string[]> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  const codes = Array.from({ length: limits.recoveryCodes }, newRecoveryCode);
  const rows = codes.map((code) => ({ userId, codeHash: hashToken(plainCode(code)) }));
  await tx.insert(recoveryCodes).values(rows);
  return codes;
}

const letters = "abcdefghijkmnpqrstuvwxyz23456789";

/** 16 of 32 letters that can't be mistaken for one another: 80 bits. */
function newRecoveryCode(): string {
  const code = Array.from(randomBytes(16), (byte) => letters[byte % letters.length]).join("");
  return code.replace(/(.{4})(?=.)/g, "$1-");
}

function plainCode(code: string): string {
  return code.toLowerCase().replace(/[^a-z0-9]/g, "");
}

async function enabledRow(db: Db["orm"] | Tx, userId: string): Promise<Row | null> {
  const [row] = await db
    .select()
    .from(twoFactors)
    .where(and(eq(twoFactors.userId, userId), isNotNull(twoFactors.enabledAt)));
  return row ?? null;
}

async function refuseEnabled(tx: Tx, userId: string): Promise<void> {
  if (await enabledRow(tx, userId)) throw new AppError("conflict", "one-time codes are on already");
}

async function forget(tx: Tx, userId: string): Promise<void> {
  await tx.delete(twoFactors).where(eq(twoFactors.userId, userId));
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
}

async function tell(ctx: TxCtx, isOn: boolean): Promise<void> {
  const { email } = signedInUser(ctx);
  const at = ctx.now().toISOString();
  await queueMail(ctx, email, { template: "two-factor-changed", isOn, at, address: ctx.address });
  await auditOwn(ctx, isOn ? "two-factor.enable" : "two-factor.disable");
}

function wrongCode(): AppError {
  return invalidInput([{ path: "code", message: "is wrong, or was used already" }]);
}

function secretOf(keys: SecretKeys, { sealed, keyId, userId }: Row): string {
  return keys.open({ ciphertext: sealed, keyId }, twoFactorAad(userId));
}

/** What the secret of somebody's device is sealed for. */
export function twoFactorAad(userId: string): string {
  return `one-time codes|${userId}`;
}

function keysOf(keys: SecretKeys | null): SecretKeys {
  if (!keys) throw new AppError("internal", "the context of this verb has no keys for one-time codes");
  return keys;
}
