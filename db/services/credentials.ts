import { eq } from "drizzle-orm";
import type { Db } from "../client.ts";
import type { SignInMethod } from "../domain/account-resources.ts";
import { AppError } from "../domain/errors.ts";
import { limits } from "../domain/limits.ts";
import type { Identity } from "../domain/sign-on.ts";
import { users } from "../schema/identity.ts";
import { addressOf, auditAccount, findActor } from "./accounts.ts";
import type { SecretKeys } from "./envelope.ts";
import { verifyPassword } from "./passwords.ts";
import { hasTwoFactor, takeCode } from "./two-factor.ts";

/** Who asks and how, for the audit. */
type Asker = {
  address?: string | null;
  userAgent?: string | null;
  requestId?: string | null;
  by?: SignInMethod;
};
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
  const action = isRight ? created[client.by ?? "password"] : "session.refuse";
  await auditAccount(db, { action, user, email: user.email, client });
  if (isRight) return userId;
  throw new AppError("invalid-credentials", "the code is wrong, or was used already");
}

const created = { password: "session.create", "sign-on": "session.create-by-sign-on" } as const;

const aad = "sign-in challenge";

/** Who has passed the first half of a sign-in, and how. `link` is what is to open the account from then on as well. */
export type Challenge = { userId: string; by: SignInMethod; link: Identity | null };

/** What a page keeps between the first half and the code: sealed, for five minutes. */
export function sealChallenge(keys: SecretKeys, challenge: Challenge, now: Date): string {
  const until = now.getTime() + limits.challengeMs;
  const { ciphertext, keyId } = keys.seal(JSON.stringify({ ...challenge, until }), aad);
  return `${keyId}.${Buffer.from(ciphertext).toString("base64url")}`;
}

/** Who has passed the first half; null when that was too long ago, or nobody. */
export function openChallenge(keys: SecretKeys, challenge: string, now: Date): Challenge | null {
  try {
    const [keyId = "", sealed = ""] = challenge.split(".");
    const plain = keys.open({ ciphertext: Buffer.from(sealed, "base64url"), keyId }, aad);
    // Of the version before only the account is there.
    const opened = JSON.parse(plain) as Pick<Challenge, "userId"> & Partial<Challenge> & { until: number };
    const { userId, by = "password", link = null, until } = opened;
    return until > now.getTime() ? { userId, by, link } : null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
