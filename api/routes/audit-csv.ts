import type { AuditEntry } from "../../db/domain/audit.ts";
import { csvRows } from "./csv.ts";

const columns = [
  "at",
  "actor",
  "actorId",
  "action",
  "entity",
  "entityId",
  "address",
  "userAgent",
  "requestId",
  "before",
  "after",
  "id",
] as const satisfies readonly (keyof AuditEntry)[];

/** The entries as CSV (RFC 4180), piece by piece. No cell is a formula to a spreadsheet. */
export async function* csvOf(pages: AsyncIterable<AuditEntry[]>): AsyncGenerator<string> {
  yield csvRows([[...columns]]);
  for await (const entries of pages) yield csvRows(entries.map(cellsOf));
}

/** The entries as a JSON list, piece by piece. */
export async function* jsonOf(pages: AsyncIterable<AuditEntry[]>): AsyncGenerator<string> {
  let before = "[";
  for await (const entries of pages) {
    for (const entry of entries) {
      yield `${before}\n${JSON.stringify(entry)}`;
      before = ",";
    }
  }
  yield before === "[" ? "[]\n" : "\n]\n";
}

function cellsOf(entry: AuditEntry): string[] {
  return columns.map((name) => {
    const value = entry[name];
    if (value === null || value === undefined) return "";
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}
