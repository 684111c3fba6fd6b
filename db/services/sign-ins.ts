import { and, desc, eq, gt, isNull, ne } from "drizzle-orm";
import type { SignInSession } from "../domain/account-resources.ts";
import { AppError, notFound } from "../domain/errors.ts";
import { isId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { accountLinks, apiTokens, signOns, tokenFamilies } from "../schema/accounts.ts";
import { refreshTokens, sessions, socketTickets } from "../schema/identity.ts";
import { signedInUser, userActor } from "./accounts.ts";
import { type Ctx, recordAudit, type SignIn, type TxCtx, transaction } from "./context.ts";
import { iso } from "./times.ts";

const signInsMax = 200;

/** Where the person who asks is signed in, those last used first: browsers and programs, at most 200 of each. */
export async function listSignIns(ctx: Ctx): Promise<SignInSession[]> {
  const { userId } = signedInUser(ctx);
  return transaction(ctx, async (ctx) => {
    const now = ctx.now();
    const browsers = await ctx.tx
      .select()
      .from(sessions)
      .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
      .orderBy(desc(sessions.usedAt))
      .limit(signInsMax);
    const programs = await ctx.tx
      .select()
      .from(tokenFamilies)
      .where(isLive(userId, now))
      .orderBy(desc(tokenFamilies.usedAt))
      .limit(signInsMax);
    const all = [
      ...browsers.map((row) => shown(ctx, row, "browser")),
      ...programs.map((row) => shown(ctx, row, "program")),
    ];
    return all.sort((a, b) => b.lastUsedAt.localeCompare(a.lastUsedAt));
  });
}

function isLive(userId: string, now: Date) {
  return and(
    eq(tokenFamilies.userId, userId),
    isNull(tokenFamilies.revokedAt),
    gt(tokenFamilies.expiresAt, now),
  );
}

type SessionRow = typeof sessions.$inferSelect;
/** A program signs in with a password. */
type Row = Pick<SessionRow, "id" | "address" | "userAgent" | "createdAt" | "usedAt" | "expiresAt"> &
  Partial<Pick<SessionRow, "method">>;

function shown({ signIn }: Ctx, row: Row, kind: SignInSession["kind"]): SignInSession {
  const { id, method = "password", address, userAgent, createdAt, usedAt, expiresAt } = row;
  return {
    id,
    kind,
    method,
    address,
    userAgent,
    createdAt: iso(createdAt),
    lastUsedAt: iso(usedAt),
    expiresAt: iso(expiresAt),
    isCurrent: signIn?.id === id,
  };
}

/** Ends one sign-in of the person who asks. @throws AppError `not-found` */
export async function endSignIn(ctx: Ctx, id: string): Promise<void> {
  const { userId } = signedInUser(ctx);
  await transaction(ctx, async (ctx) => {
    const ended = isId(id) ? await endFamily(ctx, userId, id) : await endSession(ctx, userId, id);
    if (!ended) throw notFound("session");
    await auditOwn(ctx, "session.end", { session: id.slice(0, 12) });
  });
}

async function endSession(ctx: TxCtx, userId: string, id: string): Promise<boolean> {
  const own = and(eq(sessions.id, id), eq(sessions.userId, userId));
  const rows = await ctx.tx.delete(sessions).where(own).returning({ id: sessions.id });
  await ctx.tx.delete(socketTickets).where(eq(socketTickets.sessionId, id));
  return rows.length > 0;
}

async function endFamily(ctx: TxCtx, userId: string, id: string): Promise<boolean> {
  const now = ctx.now();
  const rows = await ctx.tx
    .update(tokenFamilies)
    .set({ revokedAt: now })
    .where(and(eq(tokenFamilies.id, id), isLive(userId, now)))
    .returning({ id: tokenFamilies.id });
  // For instances of the version before, which look there.
  await ctx.tx
    .update(refreshTokens)
    .set({ revokedAt: now })
    .where(and(eq(refreshTokens.familyId, id), eq(refreshTokens.userId, userId)));
  await ctx.tx.delete(socketTickets).where(eq(socketTickets.familyId, id));
  return rows.length > 0;
}

/** Ends every sign-in of the person who asks but the one that they ask with. */
export async function endOtherSignIns(ctx: Ctx): Promise<void> {
  const { userId } = signedInUser(ctx);
  await transaction(ctx, async (ctx) => {
    await endSignIns(ctx, userId, ctx.signIn ?? null);
    await auditOwn(ctx, "session.end-others");
  });
}

/**
 * Ends every sign-in of an account but the one that is to be kept, and the links that could open it. Sockets are closed as soon
 * as this commits. API tokens stay: see `endApiTokens`.
 */
export async function endSignIns(ctx: TxCtx, userId: string, keep: SignIn | null): Promise<void> {
  const now = ctx.now();
  const kept = (kind: SignIn["kind"]) => (keep?.kind === kind ? keep.id : null);
  const [session, family] = [kept("session"), kept("family")];
  await ctx.tx
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), session === null ? undefined : ne(sessions.id, session)));
  await ctx.tx
    .update(tokenFamilies)
    .set({ revokedAt: now })
    .where(and(isLive(userId, now), family === null ? undefined : ne(tokenFamilies.id, family)));
  await ctx.tx
    .update(refreshTokens)
    .set({ revokedAt: now })
    .where(
      and(
        eq(refreshTokens.userId, userId),
        isNull(refreshTokens.revokedAt),
        family === null ? undefined : ne(refreshTokens.familyId, family),
      ),
    );
  await ctx.tx.delete(socketTickets).where(eq(socketTickets.userId, userId));
  await ctx.tx.delete(accountLinks).where(eq(accountLinks.userId, userId));
}

/** Ends every API token of an account: whoever had its password could have made one. */
export async function endApiTokens(ctx: TxCtx, userId: string): Promise<void> {
  await ctx.tx.delete(apiTokens).where(eq(apiTokens.userId, userId));
}

/** Unlinks every account at a provider: whoever had the password could have linked their own. */
export async function endSignOns(ctx: TxCtx, userId: string): Promise<void> {
  await ctx.tx.delete(signOns).where(eq(signOns.userId, userId));
}

/** @throws AppError `confirmation-required` when it is long ago that this sign-in has shown who it is */
export async function requireConfirmed(ctx: TxCtx): Promise<void> {
  if (await isConfirmed(ctx)) return;
  throw new AppError("confirmation-required", "show your password once more before you change this");
}

/** Whether what asks for a proof of a moment ago would be done now. */
export async function hasRecentProof(ctx: Ctx): Promise<boolean> {
  return transaction(ctx, isConfirmed);
}

async function isConfirmed(ctx: TxCtx): Promise<boolean> {
  const { signIn } = ctx;
  const since = new Date(ctx.now().getTime() - limits.confirmedMs);
  return signIn != null && signIn.kind !== "token" && (await confirmedAt(ctx, signIn)) >= since;
}

async function confirmedAt({ tx }: TxCtx, { kind, id }: Exclude<SignIn, { kind: "token" }>): Promise<Date> {
  const table = kind === "session" ? sessions : tokenFamilies;
  const [row] = await tx.select({ at: table.confirmedAt }).from(table).where(eq(table.id, id));
  return row?.at ?? new Date(0);
}

/** Notes that this sign-in has shown who it is: just now, or when it is said. */
export async function confirmSignIn(ctx: TxCtx, at = ctx.now()): Promise<void> {
  const { signIn } = ctx;
  if (!signIn || signIn.kind === "token") return;
  const table = signIn.kind === "session" ? sessions : tokenFamilies;
  await ctx.tx.update(table).set({ confirmedAt: at }).where(eq(table.id, signIn.id));
}

/** The audit of a change of one's own account, where those who run the person's organizations see it. */
export async function auditOwn(ctx: TxCtx, action: string, after?: unknown): Promise<void> {
  const { userId, roles } = userActor(ctx);
  const organizations = roles.size > 0 ? [...roles.keys()] : [null];
  for (const organizationId of organizations) {
    await recordAudit(ctx, { action, entity: "user", entityId: userId, organizationId, after });
  }
}
