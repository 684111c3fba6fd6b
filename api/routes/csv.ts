import { stringify } from "csv-stringify/sync";

/** With an apostrophe before what a spreadsheet would calculate, and quotes around every kind of line break. */
const options = { escape_formulas: true, record_delimiter: "windows", quoted_match: /[\r\n]/ } as const;

/** Rows of CSV (RFC 4180), each with its line break. No cell is a formula to a spreadsheet. */
export function csvRows(rows: string[][]): string {
  return stringify(rows, options);
}
