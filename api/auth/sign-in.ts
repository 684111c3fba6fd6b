import { checkCredentials } from "../../db/services/credentials.ts";
import type { AppContext, AppDeps } from "../deps.ts";
import { spendAtDoor } from "../middleware/rate-limit.ts";

/**
 * Checks an e-mail and a password for the API. Tries are counted by address and e-mail before
 * the password is looked at: hashing is what an attacker would make us do.
 * @returns the user's id
 * @throws AppError `rate-limited`, `invalid-credentials`, `totp-required`, `unavailable`
 */
export async function signIn(
  c: AppContext,
  deps: AppDeps,
  credentials: { email: string; password: string; code?: string | undefined },
): Promise<string> {
  await spendAtDoor(c, deps, "sign-in", credentials.email);
  const given = { ...credentials, ...c.get("client"), requestId: c.get("requestId") };
  return checkCredentials(deps.db, given, deps.keys);
}
