import { and, eq, isNull, sql } from "drizzle-orm";
import type { Db } from "../client.ts";
import { AppError } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import { idempotencyKeys } from "../schema/identity.ts";

export type RequestKey = { userId: string; key: string };
export type RequestState = { state: "new" } | { state: "done"; status: number; body: unknown };

/** After this long a request without an answer has died with its process, and may be sent again. */
const ABANDONED_MS = 120_000;

/**
 * Remembers a request by its key. `new`: carry it out, then `finishRequest` or `forgetRequest`. `done`: it was carried out;
 * answer this.
 * @throws AppError `idempotency-conflict` when the key was used for another request, or its request is still under way.
 */
export async function beginRequest(
  db: Db,
  request: RequestKey & { requestHash: string },
): Promise<RequestState> {
  const now = new Date();
  const before = (ms: number) => new Date(now.getTime() - ms).toISOString();
  const row = { ...request, status: null, body: null, createdAt: now };
  const [inserted] = await db.orm
    .insert(idempotencyKeys)
    .values(row)
    .onConflictDoUpdate({
      target: [idempotencyKeys.userId, idempotencyKeys.key],
      set: row,
      setWhere: sql`${idempotencyKeys.createdAt} < ${before(limits.idempotencyMs)}::timestamptz
        or (${idempotencyKeys.status} is null and ${idempotencyKeys.requestHash} = ${request.requestHash}
          and ${idempotencyKeys.createdAt} < ${before(ABANDONED_MS)}::timestamptz)`,
    })
    .returning({ key: idempotencyKeys.key });
  if (inserted) return { state: "new" };
  const [known] = await db.orm.select().from(idempotencyKeys).where(is(request));
  // Forgotten between the two statements: whoever had it failed, and the caller may try again.
  if (!known || (known.status === null && known.requestHash === request.requestHash)) {
    throw new AppError("idempotency-conflict", "a request with this Idempotency-Key is under way", {
      retryAfterSeconds: 1,
    });
  }
  if (known.requestHash !== request.requestHash) {
    throw new AppError("idempotency-conflict", "this Idempotency-Key was used for another request");
  }
  return { state: "done", status: known.status ?? 200, body: known.body };
}

/** Keeps the answer for `limits.idempotencyMs`. */
export async function finishRequest(
  db: Db,
  { status, body, ...request }: RequestKey & { status: number; body: unknown },
): Promise<void> {
  await db.orm
    .update(idempotencyKeys)
    .set({ status, body: body ?? null })
    .where(is(request));
}

/** For a request that failed by our fault: the same key may be tried again. */
export async function forgetRequest(db: Db, request: RequestKey): Promise<void> {
  await db.orm.delete(idempotencyKeys).where(and(is(request), isNull(idempotencyKeys.status)));
}

function is({ userId, key }: RequestKey) {
  return and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.key, key));
}
