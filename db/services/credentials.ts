import { eq } from "drizzle-orm";
import type { Db } from "../client.ts";
import { AppError } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import { users } from "../schema/identity.ts";
import { addressOf, auditAccount, findActor } from "./accounts.ts";
import type { SecretKeys } from "./envelope.ts";
import { verifyPassword } from "./passwords.ts";
import { hasTwoFactor, takeCode } from "./two-factor.ts";

/** Who asks, for the audit. */
type Asker = { address?: string | null; userAgent?: string | null; requestId?: string | null };
export type Credentials = Asker & { email: string; password: string };

/**
 * The user whose address, password and, where they have one-time codes, code these are. Every sign-in and every refusal leaves
 * an audit row.
 * @throws AppError `invalid-credentials`, in the same words and time whether the address is known or not; `totp-required` when
 * all that is missing is a code; `rate-limited` after too many wrong codes
 */
export async function checkCredentials(
  db: Db,
  credentials: Credentials & { code?: string | undefined },
  keys: SecretKeys | null = null,
): Promise<string> {
  const { userId, needsCode } = await checkPassword(db, credentials);
  if (needsCode && credentials.code === undefined) {
    throw new AppError("totp-required", "a one-time code, or a recovery code, is needed as well");
  }
  return completeSignIn(db, userId, needsCode ? (credentials.code ?? "") : null, keys, credentials);
}

/** The first half of a sign-in. @throws AppError `invalid-credentials` as `checkCredentials` */
export async function checkPassword(
  db: Db,
  credentials: Credentials,
): Promise<{ userId: string; needsCode: boolean }> {
  const email = addressOf(credentials.email);
  const [user] = await db.orm.select().from(users).where(eq(users.email, email));
  const usable = user && user.disabledAt === null ? user : null;
  const matches = await verifyPassword(usable?.passwordHash ?? null, credentials.password);
  if (usable && matches) return { userId: usable.id, needsCode: await hasTwoFactor(db.orm, usable.id) };
  await auditAccount(db, { action: "session.refuse", user: null, email, client: credentials });
  throw new AppError("invalid-credentials", "the e-mail address or the password is wrong");
}

/**
 * The second half.
 * @param code null where none is needed
 * @throws AppError `invalid-credentials` for a wrong code
 */
export async function completeSignIn(
  db: Db,
  userId: string,
  code: string | null,
  keys: SecretKeys | null,
  client: Asker,
): Promise<string> {
  const user = await findActor(db, userId);
  if (!user) throw new AppError("invalid-credentials", "the e-mail address or the password is wrong");
  const isRight = code === null || (await takeCode(db, keys, userId, code));
  const action = isRight ? "session.create" : "session.refuse";
  await auditAccount(db, { action, user, email: user.email, client });
  if (isRight) return userId;
  throw new AppError("invalid-credentials", "the code is wrong, or was used already");
}

const aad = "sign-in challenge";

/** What a page keeps between the password and the code: sealed, for five minutes. */
export function sealChallenge(keys: SecretKeys, userId: string, now: Date): string {
  const until = now.getTime() + limits.challengeMs;
  const { ciphertext, keyId } = keys.seal(JSON.stringify({ userId, until }), aad);
  return `${keyId}.${Buffer.from(ciphertext).toString("base64url")}`;
}

/** Whose password was right; null when that was too long ago, or nobody's. */
export function openChallenge(keys: SecretKeys, challenge: string, now: Date): string | null {
  try {
    const [keyId = "", sealed = ""] = challenge.split(".");
    const plain = keys.open({ ciphertext: Buffer.from(sealed, "base64url"), keyId }, aad);
    const { userId, until } = JSON.parse(plain) as { userId: string; until: number };
    return until > now.getTime() ? userId : null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
