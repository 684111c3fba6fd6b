import { createHmac, randomBytes } from "node:crypto";
import { and, eq, gt, isNull } from "drizzle-orm";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Db, Tx } from "../client.ts";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { refreshTokens, socketTickets, users } from "../schema/identity.ts";
import { auditAccount, findActor } from "./accounts.ts";
import { deriveKey, hashToken } from "./derived-keys.ts";

/** `expiresIn` in seconds, of the access token. */
export type IssuedTokens = { accessToken: string; refreshToken: string; expiresIn: number };

export type Tokens = {
  /** Starts a family of refresh tokens, which ends after `limits.refreshTokenMs` whatever happens. */
  issue(userId: string): Promise<IssuedTokens>;
  /** Whose access token it is; null for anything else. Says nothing about whether the account is still enabled. */
  verify(accessToken: string): Promise<{ userId: string } | null>;
  /**
   * Takes a refresh token, once, and answers its successor. Asked again within ten seconds (a lost answer, two tabs) it
   * answers the same one. Later it was stolen from somebody: the whole family ends.
   * @throws AppError `unauthenticated`.
   */
  refresh(refreshToken: string): Promise<IssuedTokens>;
  /** Ends the family of the token; unknown ones are ignored. */
  revoke(refreshToken: string): Promise<void>;
  /** A ticket opens one socket, within `limits.socketTicketMs`. */
  issueTicket(userId: string): Promise<{ ticket: string; expiresAt: string }>;
  takeTicket(ticket: string): Promise<string | null>;
};

const REPEAT_MS = 10_000;
const claims = { issuer: "verdict", audience: "api" };

export function openTokens(db: Db, secretKey: string, now = (): Date => new Date()): Tokens {
  const accessKey = deriveKey(secretKey, "access tokens");
  const refreshKey = deriveKey(secretKey, "refresh tokens");
  const successorOf = (token: string) => createHmac("sha256", refreshKey).update(token).digest("base64url");
  const accessToken = (userId: string) => signAccess(accessKey, userId, now());
  const expiresIn = limits.accessTokenMs / 1_000;
  return {
    async issue(userId) {
      const refreshToken = randomBytes(32).toString("base64url");
      const expiresAt = new Date(now().getTime() + limits.refreshTokenMs);
      await insertToken(db.orm, { token: refreshToken, userId, familyId: newId(), expiresAt, at: now() });
      return { accessToken: await accessToken(userId), refreshToken, expiresIn };
    },
    async verify(token) {
      try {
        const options = { ...claims, typ: "access", algorithms: ["HS256"], currentDate: now() };
        const { payload } = await jwtVerify(token, accessKey, options);
        return payload.sub ? { userId: payload.sub } : null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
    async refresh(presented) {
      const successor = successorOf(presented);
      const result = await rotate(db, presented, successor, now());
      if (result.state === "reused") await auditReuse(db, result.userId);
      if (result.state !== "rotated") throw new AppError("unauthenticated", "sign in again");
      return { accessToken: await accessToken(result.userId), refreshToken: successor, expiresIn };
    },
    async revoke(token) {
      const [row] = await db.orm
        .select()
        .from(refreshTokens)
        .where(eq(refreshTokens.tokenHash, hashToken(token)));
      if (!row || row.revokedAt) return;
      await revokeFamily(db.orm, row.familyId, now());
      const user = await findActor(db, row.userId);
      if (user) await auditAccount(db, { action: "session.end", user, email: user.email });
    },
    async issueTicket(userId) {
      const ticket = randomBytes(32).toString("base64url");
      const expiresAt = new Date(now().getTime() + limits.socketTicketMs);
      await db.orm.insert(socketTickets).values({ tokenHash: hashToken(ticket), userId, expiresAt });
      return { ticket, expiresAt: expiresAt.toISOString() };
    },
    async takeTicket(ticket) {
      const [row] = await db.orm
        .delete(socketTickets)
        .where(eq(socketTickets.tokenHash, hashToken(ticket)))
        .returning();
      return row && row.expiresAt > now() ? row.userId : null;
    },
  };
}

function signAccess(key: Uint8Array, userId: string, at: Date): Promise<string> {
  const seconds = Math.floor(at.getTime() / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: "HS256", typ: "access" })
    .setSubject(userId)
    .setIssuer(claims.issuer)
    .setAudience(claims.audience)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + limits.accessTokenMs / 1_000)
    .setJti(newId())
    .sign(key);
}

type NewToken = { token: string; userId: string; familyId: string; expiresAt: Date; at: Date };

async function insertToken(db: Db["orm"] | Tx, { token, at, ...row }: NewToken): Promise<void> {
  await db.insert(refreshTokens).values({ ...row, id: newId(), tokenHash: hashToken(token), createdAt: at });
}

type Rotation = { state: "rotated" | "reused"; userId: string } | { state: "refused" };

/** Commits in every case: the end of a family must not be undone by the error that tells of it. */
function rotate(db: Db, presented: string, successor: string, at: Date): Promise<Rotation> {
  return db.orm.transaction(async (tx): Promise<Rotation> => {
    const tokenHash = hashToken(presented);
    const [taken] = await tx
      .update(refreshTokens)
      .set({ usedAt: at })
      .where(
        and(
          eq(refreshTokens.tokenHash, tokenHash),
          isNull(refreshTokens.usedAt),
          isNull(refreshTokens.revokedAt),
          gt(refreshTokens.expiresAt, at),
        ),
      )
      .returning();
    if (taken) {
      const { userId, familyId, expiresAt } = taken;
      if (!(await isEnabled(tx, userId))) return { state: "refused" };
      await insertToken(tx, { token: successor, userId, familyId, expiresAt, at });
      return { state: "rotated", userId };
    }
    const [known] = await tx.select().from(refreshTokens).where(eq(refreshTokens.tokenHash, tokenHash));
    if (!known?.usedAt || known.revokedAt || known.expiresAt <= at) return { state: "refused" };
    if (at.getTime() - known.usedAt.getTime() <= REPEAT_MS) {
      const enabled = await isEnabled(tx, known.userId);
      return enabled ? { state: "rotated", userId: known.userId } : { state: "refused" };
    }
    await revokeFamily(tx, known.familyId, at);
    return { state: "reused", userId: known.userId };
  });
}

async function isEnabled(tx: Tx, userId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.disabledAt)));
  return rows.length > 0;
}

async function revokeFamily(db: Db["orm"] | Tx, familyId: string, at: Date): Promise<void> {
  await db
    .update(refreshTokens)
    .set({ revokedAt: at })
    .where(and(eq(refreshTokens.familyId, familyId), isNull(refreshTokens.revokedAt)));
}

async function auditReuse(db: Db, userId: string): Promise<void> {
  const user = await findActor(db, userId);
  if (user) await auditAccount(db, { action: "token.reuse", user, email: user.email });
}
