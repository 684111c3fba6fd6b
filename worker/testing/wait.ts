import { setTimeout as delay } from "node:timers/promises";

/** The first value that is neither false nor null nor undefined. @throws after `ms` with what was waited for. */
export async function until<T>(
  what: string,
  ms: number,
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = await look();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await delay(20);
  }
}
