import { createHmac, randomBytes } from "node:crypto";
import { and, eq, inArray, isNull } from "drizzle-orm";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Db, Tx } from "../client.ts";
import { AppError } from "../domain/errors.ts";
import { isId, newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { tokenFamilies } from "../schema/accounts.ts";
import { refreshTokens, socketTickets, users } from "../schema/identity.ts";
import { auditAccount, findActor } from "./accounts.ts";
import { type Ctx, type SignIn, transaction } from "./context.ts";
import { deriveKey, hashToken } from "./derived-keys.ts";
import { openKeys, type SecretKeys } from "./envelope.ts";
import { queueMail } from "./mail.ts";
import type { Client } from "./sessions.ts";

/** `expiresIn` in seconds, of the access token. */
export type IssuedTokens = { accessToken: string; refreshToken: string; expiresIn: number };

export type Tokens = {
  /** Starts a family of refresh tokens, which ends after `limits.refreshTokenMs` whatever happens. */
  issue(userId: string, client: Client): Promise<IssuedTokens>;
  /** Whose access token it is, of which family; null for anything else. Says nothing about whether they go on. */
  verify(accessToken: string): Promise<{ userId: string; familyId: string } | null>;
  /**
   * Takes a refresh token, once, and answers its successor. Asked again within ten seconds (a lost answer, two tabs) it
   * answers the same one. Later it was stolen from somebody: the whole family ends.
   * @throws AppError `unauthenticated`.
   */
  refresh(refreshToken: string): Promise<IssuedTokens>;
  /** Ends the family of the token, its access tokens with it; unknown ones are ignored. */
  revoke(refreshToken: string): Promise<void>;
  /** A ticket opens one socket, within `limits.socketTicketMs`, with the rights of the sign-in that it is of. */
  issueTicket(userId: string, signIn: SignIn | null): Promise<{ ticket: string; expiresAt: string }>;
  takeTicket(ticket: string): Promise<TicketOwner | null>;
};

/** Who a ticket is of, and which sign-in of theirs. */
export type TicketOwner = { userId: string; signIn: { kind: SignIn["kind"]; id: string } | null };

const REPEAT_MS = 10_000;
const claims = { issuer: "verdict", audience: "api" };

type TokenOptions = {
  now?: () => Date;
  /** Keys that other instances may sign with while the key is changed: what they gave out is taken. */
  others?: readonly string[];
};

export function openTokens(
  db: Db,
  secretKey: string,
  { now = () => new Date(), others = [] }: TokenOptions = {},
): Tokens {
  const accessKey = deriveKey(secretKey, "access tokens");
  const accessKeys = [accessKey, ...others.map((other) => deriveKey(other, "access tokens"))];
  const refreshKeys = [secretKey, ...others].map((key) => deriveKey(key, "refresh tokens"));
  const successorsOf = (token: string) =>
    refreshKeys.map((key) => createHmac("sha256", key).update(token).digest("base64url"));
  const accessToken = (of: Owner) => signAccess(accessKey, of, now());
  const expiresIn = limits.accessTokenMs / 1_000;
  return {
    async issue(userId, client) {
      const refreshToken = randomBytes(32).toString("base64url");
      const familyId = newId();
      await startFamily(db, { userId, familyId, token: refreshToken, client, at: now() });
      return { accessToken: await accessToken({ userId, familyId }), refreshToken, expiresIn };
    },
    async verify(token) {
      for (const key of accessKeys) {
        const owner = await verifyAccess(key, token, now());
        if (owner) return owner;
      }
      return null;
    },
    async refresh(presented) {
      const result = await rotate(db, presented, successorsOf(presented), now());
      if (result.state === "reused") await tellOfReuse(db, openKeys(secretKey), result.userId, now());
      if (result.state !== "rotated") throw new AppError("unauthenticated", "sign in again");
      return { accessToken: await accessToken(result), refreshToken: result.successor, expiresIn };
    },
    async revoke(token) {
      const userId = await db.orm.transaction((tx) => revokeByToken(tx, token, now()));
      const user = userId === null ? null : await findActor(db, userId);
      if (user) await auditAccount(db, { action: "session.end", user, email: user.email });
    },
    async issueTicket(userId, signIn) {
      const ticket = randomBytes(32).toString("base64url");
      const expiresAt = new Date(now().getTime() + limits.socketTicketMs);
      const idOf = (kind: SignIn["kind"]) => (signIn?.kind === kind ? signIn.id : null);
      await db.orm.insert(socketTickets).values({
        tokenHash: hashToken(ticket),
        userId,
        expiresAt,
        familyId: idOf("family"),
        sessionId: idOf("session"),
        apiTokenId: idOf("token"),
      });
      return { ticket, expiresAt: expiresAt.toISOString() };
    },
    async takeTicket(ticket) {
      const [row] = await db.orm
        .delete(socketTickets)
        .where(eq(socketTickets.tokenHash, hashToken(ticket)))
        .returning();
      return row && row.expiresAt > now() ? { userId: row.userId, signIn: signInOf(row) } : null;
    },
  };
}

type Owner = { userId: string; familyId: string };

function signInOf(row: typeof socketTickets.$inferSelect): TicketOwner["signIn"] {
  const { familyId, sessionId, apiTokenId } = row;
  if (familyId !== null) return { kind: "family", id: familyId };
  if (apiTokenId !== null) return { kind: "token", id: apiTokenId };
  return sessionId === null ? null : { kind: "session", id: sessionId };
}

async function verifyAccess(key: Uint8Array, token: string, at: Date): Promise<Owner | null> {
  try {
    const options = { ...claims, typ: "access", algorithms: ["HS256"], currentDate: at };
    const { payload } = await jwtVerify(token, key, options);
    const { sub, sid } = payload;
    return sub && typeof sid === "string" && isId(sid) ? { userId: sub, familyId: sid } : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function signAccess(key: Uint8Array, { userId, familyId }: Owner, at: Date): Promise<string> {
  const seconds = Math.floor(at.getTime() / 1_000);
  return new SignJWT({ sid: familyId })
    .setProtectedHeader({ alg: "HS256", typ: "access" })
    .setSubject(userId)
    .setIssuer(claims.issuer)
    .setAudience(claims.audience)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + limits.accessTokenMs / 1_000)
    .setJti(newId())
    .sign(key);
}

type NewFamily = Owner & { token: string; client: Client; at: Date };

async function startFamily(db: Db, { userId, familyId, token, client, at }: NewFamily): Promise<void> {
  const expiresAt = new Date(at.getTime() + limits.refreshTokenMs);
  const times = { createdAt: at, usedAt: at, confirmedAt: at, expiresAt };
  const userAgent = client.userAgent?.slice(0, 500) ?? null;
  await db.orm.transaction(async (tx) => {
    await tx
      .insert(tokenFamilies)
      .values({ id: familyId, userId, address: client.address, userAgent, ...times });
    await insertToken(tx, { token, userId, familyId, expiresAt, at });
  });
}

type NewToken = Owner & { token: string; expiresAt: Date; at: Date };

async function insertToken(tx: Tx, { token, at, ...row }: NewToken): Promise<void> {
  await tx.insert(refreshTokens).values({ ...row, id: newId(), tokenHash: hashToken(token), createdAt: at });
}

type Rotation =
  | ({ state: "rotated"; successor: string } & Owner)
  | ({ state: "reused" } & Owner)
  | { state: "refused" };

/**
 * Commits in every case: the end of a family must not be undone by the error that tells of it. The row of the family is locked,
 * so that of a refresh and a sign-out at the same time one sees what the other has done.
 */
function rotate(db: Db, presented: string, successors: readonly string[], at: Date): Promise<Rotation> {
  return db.orm.transaction(async (tx): Promise<Rotation> => {
    const family = await lockFamily(tx, presented);
    if (!family || family.revokedAt !== null || family.expiresAt <= at) return { state: "refused" };
    const { id: familyId, userId, expiresAt } = family;
    const [known] = await tx
      .select()
      .from(refreshTokens)
      .where(eq(refreshTokens.tokenHash, hashToken(presented)));
    if (!known || known.revokedAt !== null || known.expiresAt <= at) return { state: "refused" };
    if (known.usedAt !== null && at.getTime() - known.usedAt.getTime() > REPEAT_MS) {
      await revokeFamily(tx, familyId, at);
      return { state: "reused", userId, familyId };
    }
    if (!(await isEnabled(tx, userId))) return { state: "refused" };
    const successor = known.usedAt === null ? successors[0] : await issuedOf(tx, familyId, successors);
    if (successor === undefined) return { state: "refused" };
    if (known.usedAt !== null) return { state: "rotated", userId, familyId, successor };
    await tx.update(refreshTokens).set({ usedAt: at }).where(eq(refreshTokens.id, known.id));
    await tx.update(tokenFamilies).set({ usedAt: at }).where(eq(tokenFamilies.id, familyId));
    await insertToken(tx, { token: successor, userId, familyId, expiresAt, at });
    return { state: "rotated", userId, familyId, successor };
  });
}

/** Which of them was given out: an instance with another key may have answered the first time. */
async function issuedOf(
  tx: Tx,
  familyId: string,
  successors: readonly string[],
): Promise<string | undefined> {
  const rows = await tx
    .select({ tokenHash: refreshTokens.tokenHash })
    .from(refreshTokens)
    .where(
      and(eq(refreshTokens.familyId, familyId), inArray(refreshTokens.tokenHash, successors.map(hashToken))),
    );
  return successors.find((token) => rows.some(({ tokenHash }) => tokenHash === hashToken(token)));
}

/** The family of a refresh token, in whose row its refreshes and its end take turns. */
async function lockFamily(tx: Tx, token: string): Promise<typeof tokenFamilies.$inferSelect | null> {
  const [of] = await tx
    .select()
    .from(refreshTokens)
    .where(eq(refreshTokens.tokenHash, hashToken(token)));
  if (!of) return null;
  const { familyId: id, userId, createdAt, expiresAt } = of;
  // Instances of the version before start families without a row.
  await tx.insert(tokenFamilies).values({ id, userId, createdAt, expiresAt }).onConflictDoNothing();
  const [family] = await tx.select().from(tokenFamilies).where(eq(tokenFamilies.id, id)).for("update");
  return family ?? null;
}

async function isEnabled(tx: Tx, userId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), isNull(users.disabledAt)));
  return rows.length > 0;
}

/** @returns whose family it was; null when there was nothing to end */
async function revokeByToken(tx: Tx, token: string, at: Date): Promise<string | null> {
  const family = await lockFamily(tx, token);
  if (!family || family.revokedAt !== null) return null;
  await revokeFamily(tx, family.id, at);
  return family.userId;
}

/** Of the family and, for instances of the version before, of each token. */
async function revokeFamily(tx: Tx, familyId: string, at: Date): Promise<void> {
  await tx.update(tokenFamilies).set({ revokedAt: at }).where(eq(tokenFamilies.id, familyId));
  await tx
    .update(refreshTokens)
    .set({ revokedAt: at })
    .where(and(eq(refreshTokens.familyId, familyId), isNull(refreshTokens.revokedAt)));
}

async function tellOfReuse(db: Db, keys: SecretKeys, userId: string, at: Date): Promise<void> {
  const user = await findActor(db, userId);
  if (!user) return;
  await auditAccount(db, { action: "token.reuse", user, email: user.email });
  const nobody = { requestId: null, address: null, userAgent: null };
  const ctx: Ctx = { db, actor: user, keys, now: () => at, ...nobody };
  await transaction(ctx, (ctx) =>
    queueMail(ctx, user.email, { template: "token-reused", at: at.toISOString() }),
  );
}
