import { hash, verify } from "@node-rs/argon2";
import { BulkheadRejectedError, bulkhead } from "cockatiel";
import { AppError } from "../domain/errors.ts";

/** Argon2id as OWASP asks for at least: 19 MiB, two passes. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashing is the dearest thing a stranger can ask for: two at once, and a queue that ends. */
const hashing = bulkhead(2, 50);

/** @throws AppError `unavailable` when 50 others wait already. */
export function hashPassword(plain: string): Promise<string> {
  return queued(() => hash(plain.normalize("NFKC"), cost));
}

/**
 * Whether the password is the one that was hashed. Without a hash (unknown address) it costs the same time and is false.
 * @throws AppError `unavailable` when 50 others wait already.
 */
export async function verifyPassword(stored: string | null, plain: string): Promise<boolean> {
  const against = stored ?? (await nobody());
  const matches = await queued(() => verify(against, plain.normalize("NFKC")));
  return stored !== null && matches;
}

let nobodysHash: Promise<string> | null = null;

/** A hash with today's cost that no password has. */
function nobody(): Promise<string> {
  nobodysHash ??= hash(crypto.randomUUID(), cost);
  return nobodysHash;
}

async function queued<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await hashing.execute(work);
  } catch (error) {
    if (!(error instanceof BulkheadRejectedError)) throw error;
    throw new AppError("unavailable", "too many are signing in at this moment; try again shortly", {
      cause: error,
      retryAfterSeconds: 2,
    });
  }
}
