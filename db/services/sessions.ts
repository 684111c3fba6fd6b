import { and, eq, gt, isNull, lt } from "drizzle-orm";
import { type Adapter, type DatabaseSession, Lucia, TimeSpan } from "lucia";
import type { Db } from "../client.ts";
import type { SignInMethod } from "../domain/account-resources.ts";
import { limits } from "../domain/limits.ts";
import { sessions, users } from "../schema/identity.ts";
import { auditAccount, findActor } from "./accounts.ts";
import { hashToken } from "./derived-keys.ts";

export type Client = { address: string | null; userAgent: string | null };

/** By single sign-on; `provedAt` is when the person last proved who they are, as far as that is known. */
export type Arrived = { method: SignInMethod; provedAt: Date | null };

export type Sessions = {
  /** `cookie` is the value of a Set-Cookie header; `token` what is in it. */
  create(userId: string, client: Client, by?: Arrived): Promise<{ cookie: string; token: string }>;
  /**
   * The session of a Cookie header; null when there is none, it has ended or its account is disabled. `sessionId` is the
   * id as stored: it names the session and opens nothing. `cookie` is set when the session was prolonged.
   */
  validate(
    cookieHeader: string | null,
  ): Promise<{ userId: string; sessionId: string; cookie: string | null } | null>;
  /** Ends the session, if there is one. Answers the Set-Cookie value that clears the cookie. */
  revoke(cookieHeader: string | null): Promise<string>;
  /** Ends the session of that id, as stored: it is replaced by a new one of the same person. */
  end(sessionId: string): Promise<void>;
  /** Whether the session of that id, as stored, goes on. */
  isLive(sessionId: string): Promise<boolean>;
};

declare module "lucia" {
  interface Register {
    DatabaseSessionAttributes: Client & { by?: Arrived };
  }
}

/**
 * Sessions of the dashboard. Lucia is no longer developed, so it stays behind this file. A `secure` cookie has the prefix
 * `__Host-`, which browsers take only from the very host, over https, for the path `/`.
 */
export function openSessions(db: Db, { secure }: { secure: boolean }): Sessions {
  const name = secure ? "__Host-verdict_session" : "verdict_session";
  const lucia = new Lucia(adapterOf(db), {
    sessionExpiresIn: new TimeSpan(limits.sessionMs, "ms"),
    sessionCookie: { name, attributes: { secure, sameSite: "lax", path: "/" } },
  });
  return {
    async create(userId, { address, userAgent }, by) {
      const attributes = { address, userAgent, ...(by ? { by } : {}) };
      const session = await lucia.createSession(userId, attributes);
      return { cookie: lucia.createSessionCookie(session.id).serialize(), token: session.id };
    },
    async validate(cookieHeader) {
      const token = readCookie(cookieHeader, name);
      if (!token) return null;
      const { session } = await lucia.validateSession(token);
      if (!session) return null;
      const cookie = session.fresh ? lucia.createSessionCookie(token).serialize() : null;
      return { userId: session.userId, sessionId: hashToken(token), cookie };
    },
    async revoke(cookieHeader) {
      const token = readCookie(cookieHeader, name);
      const { session } = token ? await lucia.validateSession(token) : { session: null };
      if (session) {
        await lucia.invalidateSession(session.id);
        const user = await findActor(db, session.userId);
        if (user) await auditAccount(db, { action: "session.end", user, email: user.email });
      }
      return lucia.createBlankSessionCookie().serialize();
    },
    async end(sessionId) {
      await db.orm.delete(sessions).where(eq(sessions.id, sessionId));
    },
    async isLive(sessionId) {
      const rows = await db.orm
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(eq(sessions.id, sessionId), gt(sessions.expiresAt, new Date())));
      return rows.length > 0;
    },
  };
}

/** Lucia sees the tokens, the database only their hashes. */
function adapterOf({ orm }: Db): Adapter {
  return {
    async getSessionAndUser(token) {
      const [row] = await orm
        .select({ session: sessions, userId: users.id })
        .from(sessions)
        .leftJoin(users, and(eq(users.id, sessions.userId), isNull(users.disabledAt)))
        .where(eq(sessions.id, hashToken(token)));
      if (!row) return [null, null];
      await noteUse(orm, row.session);
      return [stored(row.session, token), row.userId ? { id: row.userId, attributes: {} } : null];
    },
    async getUserSessions(userId) {
      const rows = await orm.select().from(sessions).where(eq(sessions.userId, userId));
      return rows.map((row) => stored(row, row.id));
    },
    async setSession({ id, userId, expiresAt, attributes }) {
      const { address, userAgent, by } = attributes;
      await orm.insert(sessions).values({
        id: hashToken(id),
        userId,
        expiresAt,
        address,
        userAgent: userAgent?.slice(0, 500) ?? null,
        ...(by ? { method: by.method, confirmedAt: by.provedAt ?? new Date(0) } : {}),
      });
    },
    async updateSessionExpiration(token, expiresAt) {
      await orm
        .update(sessions)
        .set({ expiresAt })
        .where(eq(sessions.id, hashToken(token)));
    },
    async deleteSession(token) {
      await orm.delete(sessions).where(eq(sessions.id, hashToken(token)));
    },
    async deleteUserSessions(userId) {
      await orm.delete(sessions).where(eq(sessions.userId, userId));
    },
    async deleteExpiredSessions() {
      await orm.delete(sessions).where(lt(sessions.expiresAt, new Date()));
    },
  };
}

/** When it was used last is known to within a minute, so that most requests write nothing. */
async function noteUse(orm: Db["orm"], { id, usedAt }: typeof sessions.$inferSelect): Promise<void> {
  const now = Date.now();
  if (now - usedAt.getTime() < limits.usedEveryMs) return;
  await orm
    .update(sessions)
    .set({ usedAt: new Date(now) })
    .where(eq(sessions.id, id));
}

/** It is prolonged by use, though not without end. */
function stored(row: typeof sessions.$inferSelect, id: string): DatabaseSession {
  const { userId, createdAt, address, userAgent } = row;
  const lastMs = createdAt.getTime() + limits.sessionMsMax;
  const expiresAt = new Date(Math.min(row.expiresAt.getTime(), lastMs));
  return { id, userId, expiresAt, attributes: { address, userAgent } };
}

/** Lucia's own reader throws when any cookie of the host is badly encoded; tokens need no decoding. */
function readCookie(header: string | null, name: string): string | null {
  for (const pair of header?.split(";") ?? []) {
    const separator = pair.indexOf("=");
    if (separator > 0 && pair.slice(0, separator).trim() === name) return pair.slice(separator + 1).trim();
  }
  return null;
}
