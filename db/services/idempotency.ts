import { and, eq, sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import type { Demand } from "../domain/permissions.ts";
import { idempotencyKeys } from "../schema/identity.ts";
import { authorizeAgain, type Ctx, type TxCtx, transaction } from "./context.ts";
import { databaseErrorOf } from "./refusals.ts";

/** What the caller chose, and what makes two requests the same. */
export type RequestKey = { key: string; requestHash: string };
export type Answer = { status: number; body: unknown; headers: Record<string, string> };
/** `isRepeated`: nothing was done now; this is what was answered when it was. */
export type Answered = Answer & { isRepeated: boolean };

/**
 * Does something once for each key of a person. What is done and what is answered are committed together: a key is taken if
 * and only if something was done, whatever dies when. Whoever comes with the same key meanwhile waits, for a bounded time.
 * @param work all of it, inside the transaction that it is given; what it throws leaves the key free
 * @throws AppError `idempotency-mismatch` when the key was used for another request, `idempotency-conflict` when the first
 * request with it has not ended in time
 */
export async function answerOnce(
  ctx: Ctx,
  request: RequestKey,
  work: (ctx: TxCtx) => Promise<Answer>,
): Promise<Answered> {
  return transaction(ctx, async (ctx) => {
    const known = await claim(ctx, request);
    if (known) return known;
    const demands: Demand[] = [];
    const answer = await work({ ...ctx, demands });
    await keep(ctx, request, answer, demands);
    return { ...answer, isRepeated: false };
  });
}

/**
 * The same for work that waits for somebody else's commit, and so can't be one transaction: the key is taken before, and free
 * again only when it is known that nothing was done. A process that dies between leaves a key that is answered with a conflict:
 * at most once, instead of once.
 */
export async function answerAtMostOnce(
  ctx: Ctx,
  request: RequestKey,
  work: (ctx: Ctx) => Promise<Answer>,
): Promise<Answered> {
  const known = await transaction(ctx, (ctx) => claim(ctx, request));
  if (known) return known;
  const demands: Demand[] = [];
  const answer = await work({ ...ctx, demands }).catch(async (error: unknown) => {
    if (isRefusal(error)) await transaction(ctx, (ctx) => forget(ctx, request));
    throw error;
  });
  await transaction(ctx, (ctx) => keep(ctx, request, answer, demands));
  return { ...answer, isRepeated: false };
}

/** Takes the key with this transaction. @returns the answer when it was taken by a request that has ended. */
async function claim(ctx: TxCtx, request: RequestKey): Promise<Answered | null> {
  const row = { ...request, userId: userIdOf(ctx), status: null, body: null, headers: null, demands: null };
  // For all that follows as well: whoever waits for the answer waits no longer for a lock.
  await ctx.tx.execute(sql`select set_config('lock_timeout', ${String(limits.keyWaitMs)}, true)`);
  const [taken] = await ctx.tx
    .insert(idempotencyKeys)
    .values({ ...row, createdAt: sql`now()` })
    .onConflictDoUpdate({
      target: [idempotencyKeys.userId, idempotencyKeys.key],
      set: { ...row, createdAt: sql`now()` },
      setWhere: sql`${idempotencyKeys.createdAt} < now() - ${limits.idempotencyMs} * interval '1 millisecond'`,
    })
    .returning({ key: idempotencyKeys.key })
    .catch((error: unknown) => {
      throw databaseErrorOf(error)?.code === "55P03" ? underway(error) : error;
    });
  return taken ? null : answerOf(ctx, request);
}

async function answerOf(ctx: TxCtx, request: RequestKey): Promise<Answered> {
  const [known] = await ctx.tx.select().from(idempotencyKeys).where(is(ctx, request));
  // Forgotten between the two statements: whoever had it failed, and the caller may try again.
  if (!known) throw underway();
  if (known.requestHash !== request.requestHash) throw mismatch();
  if (known.status === null) {
    throw new AppError(
      "idempotency-conflict",
      "a request with this Idempotency-Key was begun and has not been answered: look at what it did before you use another key",
    );
  }
  authorizeAgain(ctx, known.demands ?? []);
  return { status: known.status, body: known.body, headers: known.headers ?? {}, isRepeated: true };
}

async function keep(
  ctx: TxCtx,
  request: RequestKey,
  { status, body, headers }: Answer,
  demands: readonly Demand[],
): Promise<void> {
  const distinct = [...new Map(demands.map((demand) => [JSON.stringify(demand), demand])).values()];
  await ctx.tx
    .update(idempotencyKeys)
    .set({ status, body: body ?? null, headers, demands: distinct })
    .where(is(ctx, request));
}

async function forget(ctx: TxCtx, request: RequestKey): Promise<void> {
  await ctx.tx.delete(idempotencyKeys).where(is(ctx, request));
}

/** A no, before anything was done; unlike a silence, after which nobody knows. */
function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code !== "unavailable" && error.code !== "internal";
}

/** The first request with this key has not ended: it may be asked again in a moment. */
export function underway(cause?: unknown): AppError {
  return new AppError("idempotency-conflict", "a request with this Idempotency-Key is under way", {
    cause,
    retryAfterSeconds: 1,
  });
}

export function mismatch(): AppError {
  return new AppError(
    "idempotency-mismatch",
    "this Idempotency-Key was used for another request; a new request needs a new key",
  );
}

function is(ctx: Ctx, { key }: RequestKey) {
  return and(eq(idempotencyKeys.userId, userIdOf(ctx)), eq(idempotencyKeys.key, key));
}

function userIdOf({ actor }: Ctx): string {
  if (actor.kind !== "user") throw new Error("only a person's requests have a key");
  return actor.userId;
}
