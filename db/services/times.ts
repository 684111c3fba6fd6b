import { type SQL, sql } from "drizzle-orm";

export function iso(time: Date): string {
  return time.toISOString();
}

export function isoOrNull(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}

/** Milliseconds between two times; null as long as either is missing. */
export function durationMs(from: Date | null, to: Date | null): number | null {
  return from && to ? Math.max(0, to.getTime() - from.getTime()) : null;
}

/** A timestamp as ISO 8601 UTC text, made by the database; for what is selected as JSON. Milliseconds. */
export function isoText(timestamp: SQL): SQL<string> {
  return sql`to_char(${timestamp} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The same with the database's full resolution, so that it can be compared with the column again. */
export function exactTimeText(timestamp: SQL): SQL<string> {
  return sql`to_char(${timestamp} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
