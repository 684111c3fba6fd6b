import { setTimeout as delay } from "node:timers/promises";
import { withDatabase } from "../../worker/database-retry.ts";

const lookMs = 5;

/** The first value that is neither false nor null nor undefined. @throws after `ms` with what was waited for. */
export async function until<T>(
  what: string,
  ms: number,
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  everyMs = 50,
): Promise<T> {
  const value = await within(ms, look, everyMs);
  if (value === null) throw new Error(`not within ${ms} ms: ${what}`);
  return value;
}

/** The same; null when the time is over. */
export async function within<T>(
  ms: number,
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  everyMs = lookMs,
): Promise<T | null> {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = await look();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() > deadline) return null;
    await delay(everyMs);
  }
}

/** A look into a database that may be away: it is we who took it away. */
export function persistently<T>(work: () => PromiseLike<T>): Promise<T> {
  return withDatabase(new AbortController().signal, async () => work());
}
