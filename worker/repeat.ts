import { setTimeout as delay } from "node:timers/promises";
import type { WorkerLog } from "./metrics.ts";

/** Something that is done again and again until it is stopped. */
export type Repeating = { stop(): Promise<void> };

/** Does something now and then every `ms` after its end. A failure is logged and the next time comes as usual. */
export function repeat(name: string, ms: number, log: WorkerLog, work: () => Promise<unknown>): Repeating {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = (async () => {
    while (!signal.aborted) {
      await work().catch((error: unknown) => log.warn({ event: `${name}-failed`, error }));
      await delay(ms * (0.9 + Math.random() * 0.2), undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
