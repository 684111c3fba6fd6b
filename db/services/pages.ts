import { asc, desc, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { invalidInput } from "../domain/errors.ts";
import { isId } from "../domain/ids.ts";
import type { Page } from "../domain/queries.ts";
import { exactTimeText } from "./times.ts";

/**
 * The order of a list: by a key and then by id, both in the same direction, or by id alone. Equal keys are told apart by
 * the id, so a page never skips or repeats a row.
 */
export type Order = {
  /** Is part of the cursor: a cursor of another order is refused. */
  name: string;
  key: { column: PgColumn; kind: "text" | "time" | "number" } | null;
  id: PgColumn;
  descending: boolean;
};

/** What each row must bring along for the cursor: `select({ …, cursorKey: cursorKey(order) })`. */
export function cursorKey({ key }: Order): SQL<string> {
  if (!key) return sql<string>`''`;
  return key.kind === "time" ? exactTimeText(sql`${key.column}`) : sql<string>`${key.column}::text`;
}

export function orderBy({ key, id, descending }: Order): SQL[] {
  const direction = descending ? desc : asc;
  return key ? [direction(key.column), direction(id)] : [direction(id)];
}

/**
 * The condition for the rows behind a cursor; undefined on the first page.
 * @throws AppError `invalid-input` on `cursor` for what this list did not hand out.
 */
export function behind(order: Order, cursor: string | undefined): SQL | undefined {
  if (cursor === undefined) return undefined;
  const [key, id] = readCursor(order, cursor);
  const side = sql.raw(order.descending ? "<" : ">");
  if (!order.key) return sql`${order.id} ${side} ${id}::uuid`;
  const type = sql.raw({ time: "timestamptz", text: "text", number: "int" }[order.key.kind]);
  return sql`(${order.key.column}, ${order.id}) ${side} (${key}::${type}, ${id}::uuid)`;
}

/** The pattern of LIKE for texts that contain this one, whatever characters it has. */
export function containing(text: string): string {
  return `%${beginning(text)}`;
}

/** The same for texts that begin with it. */
export function beginning(text: string): string {
  return `${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
}

/** Cuts `limit + 1` rows to a page: the one too many only tells that there is another. */
export function pageOf<R extends { cursorKey: string }, T>(
  order: Order,
  limit: number,
  rows: readonly R[],
  resource: (row: R) => T,
  idOf: (row: R) => string,
): Page<T> {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    items: items.map(resource),
    nextCursor: last ? writeCursor(order, last.cursorKey, idOf(last)) : null,
  };
}

function writeCursor(order: Order, key: string, id: string): string {
  return Buffer.from(JSON.stringify([order.name, key, id])).toString("base64url");
}

function readCursor(order: Order, cursor: string): [key: string, id: string] {
  const parts = parse(cursor);
  if (Array.isArray(parts) && parts.length === 3 && parts.every((part) => typeof part === "string")) {
    const [name, key, id] = parts as [string, string, string];
    if (name === order.name && isId(id) && isKey[order.key?.kind ?? "none"](key)) return [key, id];
  }
  throw invalidInput([
    {
      path: "cursor",
      message: "is not one of this list; take nextCursor of its last page, in the same order",
    },
  ]);
}

const isKey = {
  none: (key: string) => key === "",
  text: (key: string) => !key.includes("\0") && key.isWellFormed(),
  time: (key: string) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(key) && !Number.isNaN(Date.parse(key)),
  number: (key: string) => /^\d{1,9}$/.test(key),
};

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
