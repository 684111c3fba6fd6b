import { ExponentialBackoff, handleWhen, retry } from "cockatiel";

/** SQLSTATE classes and codes after which the same may work a moment later. */
const transientStates = /^(08|53|57P0|40001|40P01|55P03|57014)/;
const transientCodes = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "QUERY_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOENT",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** Whether the database was away, overloaded or in a deadlock, and not our statement wrong. */
export function isTransient(error: unknown): boolean {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    const code = (current as { code?: unknown }).code;
    if (typeof code === "string" && (transientCodes.has(code) || transientStates.test(code))) return true;
  }
  return false;
}

const whileTransient = retry(handleWhen(isTransient), {
  maxAttempts: 60,
  backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 1_000 }),
});

/**
 * Does something in the database, again and again while it is away, at most for about a minute and until `signal` aborts.
 * Only for what may be repeated when its answer was lost.
 */
export function withDatabase<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return whileTransient.execute(work, signal);
}
