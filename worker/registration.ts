import { hostname } from "node:os";
import { findSkew, type Terms } from "../db/outbox/terms.ts";
import { registerWorker, type WorkerRow } from "../db/outbox/workers.ts";
import { offersOf } from "./installed-browser.ts";
import type { WorkerOptions } from "./service.ts";

/**
 * Makes a worker known at its start.
 * @returns why it must not claim from this database, or null.
 * @throws at once, with the same, where the database is so old that a worker can't even be written down in it.
 */
export async function register(options: WorkerOptions, id: string, terms: Terms): Promise<string | null> {
  const { sql } = options.db;
  const skew = await findSkew(sql, terms);
  await registerWorker(sql, rowOf(options, id)).catch((cause: unknown) => {
    throw skew === null ? cause : new Error(skew, { cause });
  });
  return skew;
}

/** What is known of a worker at its start. */
export function rowOf(options: WorkerOptions, id: string): WorkerRow {
  const { name, version, slots } = options;
  const browsers = offersOf(options).map(([browser]) => browser);
  return { id, name, host: hostname(), pid: process.pid, version, browsers, slots };
}
