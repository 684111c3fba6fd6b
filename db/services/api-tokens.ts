import { randomBytes } from "node:crypto";
import { and, desc, eq, gt } from "drizzle-orm";
import type { Db } from "../client.ts";
import type { ApiToken, ApiTokenInput, NewApiToken } from "../domain/account-resources.ts";
import { AppError, notFound } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { apiTokens } from "../schema/accounts.ts";
import { socketTickets } from "../schema/identity.ts";
import { signedInUser } from "./accounts.ts";
import { type Ctx, type SignIn, transaction } from "./context.ts";
import { hashToken } from "./derived-keys.ts";
import { auditOwn, requireConfirmed } from "./sign-ins.ts";
import { iso, isoOrNull } from "./times.ts";

const PREFIX = "vdt_";

/** Whether something is one of ours, by its form: so are secrets found that somebody has published. */
export function isApiToken(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The tokens of the person who asks, the newest first; the expired ones of the last month too. */
export async function listApiTokens(ctx: Ctx): Promise<ApiToken[]> {
  const { userId } = signedInUser(ctx);
  return transaction(ctx, async ({ tx }) => {
    const rows = await tx
      .select()
      .from(apiTokens)
      .where(eq(apiTokens.userId, userId))
      .orderBy(desc(apiTokens.id))
      .limit(limits.apiTokensPerUserMax * 2);
    return rows.map(tokenOf);
  });
}

/**
 * Makes a token for a program of the person who asks. It may do what they may at that moment, within its scopes.
 * @throws AppError `confirmation-required`; `conflict` when there are 50 already; `not-found` for an organization of others
 */
export async function createApiToken(ctx: Ctx, input: ApiTokenInput): Promise<NewApiToken> {
  const { userId, roles } = signedInUser(ctx);
  const { name, scopes, organizationId: restrictedTo, expiresInDays } = input;
  if (restrictedTo !== null && !roles.has(restrictedTo)) throw notFound("organization");
  return transaction(ctx, async (ctx) => {
    await requireConfirmed(ctx);
    const now = ctx.now();
    const known = await ctx.tx
      .select({ id: apiTokens.id })
      .from(apiTokens)
      .where(and(eq(apiTokens.userId, userId), gt(apiTokens.expiresAt, now)))
      .limit(limits.apiTokensPerUserMax);
    if (known.length >= limits.apiTokensPerUserMax) {
      throw new AppError("conflict", `you have ${known.length} API tokens; delete one first`);
    }
    const token = `${PREFIX}${randomBytes(32).toString("base64url")}`;
    const row = {
      id: newId(),
      userId,
      name,
      hint: token.slice(0, PREFIX.length + 4),
      tokenHash: hashToken(token),
      scopes: [...scopes],
      restrictedTo,
      expiresAt: new Date(now.getTime() + expiresInDays * 86_400_000),
      usedAt: null,
      createdAt: now,
    };
    await ctx.tx.insert(apiTokens).values(row);
    const made = tokenOf(row);
    await auditOwn(ctx, "api-token.create", made);
    return { ...made, token };
  });
}

/** Ends a token of the person who asks at once, with its sockets. @throws AppError `not-found` */
export async function deleteApiToken(ctx: Ctx, id: string): Promise<void> {
  const { userId } = signedInUser(ctx);
  await transaction(ctx, async (ctx) => {
    const [row] = await ctx.tx
      .delete(apiTokens)
      .where(and(eq(apiTokens.id, id), eq(apiTokens.userId, userId)))
      .returning();
    if (!row) throw notFound("token");
    await ctx.tx.delete(socketTickets).where(eq(socketTickets.apiTokenId, id));
    await auditOwn(ctx, "api-token.delete", tokenOf(row));
  });
}

/** `restrictedTo`: the only organization that it is good for; null: all of its person's. */
export type TokenProof = {
  userId: string;
  signIn: Extract<SignIn, { kind: "token" }>;
  restrictedTo: string | null;
};

/** Whose token it is, and what it is good for; null for one that is unknown, expired or deleted. Notes that it was used. */
export async function findApiToken(db: Db, token: string): Promise<TokenProof | null> {
  return proofOf(db, and(eq(apiTokens.tokenHash, hashToken(token)), gt(apiTokens.expiresAt, new Date())));
}

/** The same for one that was shown before, such as by who has opened a socket. */
export async function findApiTokenById(db: Db, id: string): Promise<TokenProof | null> {
  return proofOf(db, and(eq(apiTokens.id, id), gt(apiTokens.expiresAt, new Date())));
}

async function proofOf({ orm }: Db, which: ReturnType<typeof and>): Promise<TokenProof | null> {
  const [row] = await orm.select().from(apiTokens).where(which);
  if (!row) return null;
  const { id, userId, scopes, restrictedTo, usedAt } = row;
  const now = new Date();
  if (usedAt === null || now.getTime() - usedAt.getTime() >= limits.usedEveryMs) {
    await orm.update(apiTokens).set({ usedAt: now }).where(eq(apiTokens.id, id));
  }
  return { userId, signIn: { kind: "token", id, scopes }, restrictedTo };
}

function tokenOf(row: typeof apiTokens.$inferSelect): ApiToken {
  const { id, name, hint, scopes, restrictedTo, expiresAt, usedAt, createdAt } = row;
  return {
    id,
    name,
    hint,
    scopes,
    organizationId: restrictedTo,
    expiresAt: iso(expiresAt),
    lastUsedAt: isoOrNull(usedAt),
    createdAt: iso(createdAt),
  };
}
