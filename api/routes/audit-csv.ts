import { stringify } from "csv-stringify/sync";
import type { AuditEntry } from "../../db/domain/audit.ts";

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

/** With an apostrophe before what a spreadsheet would calculate, and quotes around every kind of line break. */
const options = { escape_formulas: true, record_delimiter: "windows", quoted_match: /[\r\n]/ } as const;

/** The entries as CSV (RFC 4180), piece by piece. No cell is a formula to a spreadsheet. */
export async function* csvOf(pages: AsyncIterable<AuditEntry[]>): AsyncGenerator<string> {
  yield stringify([[...columns]], options);
  for await (const entries of pages) yield stringify(entries.map(cellsOf), options);
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
