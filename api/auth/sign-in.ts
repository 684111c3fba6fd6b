import { checkCredentials } from "../../db/services/accounts.ts";
import type { AppContext, AppDeps } from "../deps.ts";
import { signInKey, spend } from "../middleware/rate-limit.ts";

/**
 * Checks an e-mail and a password for the API. Tries are counted by address and e-mail before
 * the password is looked at: hashing is what an attacker would make us do.
 * @returns the user's id
 * @throws AppError `rate-limited`, `invalid-credentials`, `unavailable`
 */
export async function signIn(
  c: AppContext,
  deps: AppDeps,
  credentials: { email: string; password: string },
): Promise<string> {
  const client = c.get("client");
  spend(c, deps, "sign-in", await deps.limits.signIn(signInKey(c, credentials.email)));
  return checkCredentials(deps.db, { ...credentials, ...client, requestId: c.get("requestId") });
}
