import type { Sql } from "postgres";
import type { z } from "zod";
import { testCaseContentSchema } from "../../db/domain/case-content.ts";
import { eventBodySchema, failureSchema } from "../../db/domain/events.ts";
import { groupContentSchema } from "../../db/domain/group-resources.ts";

/**
 * Texts that mean no good, in every column that can hold one. Which there are, the catalogue says: a new one is among them as soon as
 * it is there.
 */

/**
 * A text that tells which column it stands in, and does something wherever it is taken for more than text; short enough for a name of
 * 100 characters.
 */
export function payloadOf(place: string): string {
  return `="'><xss-probe data-probe=${place}></textarea><img src=x onerror=trap(1)>`;
}

/** For columns with less room. */
function shortPayloadOf(place: string): string {
  return `="'><xss-probe data-probe=${place}>`;
}

/** The columns whose payloads are in a text, as it was before or after escaping. */
export function placesIn(text: string): string[] {
  return [...text.matchAll(/data-probe=([a-z_]+\.[a-z_]+)/g)].map(([, place]) => place ?? "");
}

/** Columns of these names are Verdict's own: ids, digests, names of kinds, and what has a form that is checked on the way in. */
const own: Record<string, string> = {
  ...named("an id or a key", "id", "key", "unique_key", "session_id", "storage_key", "key_id", "link_id"),
  ...named("a digest", "sha256", "token_hash", "code_hash", "password_hash", "request_hash", "hash"),
  ...named("a kind of ours", "kind", "queue", "browser", "browsers", "idle", "template", "schedule", "type"),
  ...named("a version of ours", "schema_min", "version"),
  ...named("checked on the way in", "cron", "time_zone", "egress_allow", "slug", "content_type", "scopes"),
};
/** JSON that is ours alone. */
const ownJson: Record<string, string> = {
  "app_user.preferences": "words of ours",
  "execution.group_versions": "numbers",
  "execution.viewport": "numbers",
  "idempotency_key.body": "an answer of before, never shown",
  "idempotency_key.demands": "permissions",
  "idempotency_key.headers": "an answer of before",
  "invitation.project_roles": "ids and roles",
  "outbox.payload": "ids",
  "outbox_done.payload": "ids",
  "platform_setting.value": "words of ours",
};
/** Where JSON says of what kind something is, or where it belongs. */
const structural = new Set([
  "type",
  "stepType",
  "path",
  "kind",
  "how",
  "status",
  "code",
  "level",
  "action",
  "method",
]);

/** What a value still has to be after a text in it was replaced. */
const forms: Record<string, z.ZodType> = {
  "event.body": eventBodySchema,
  "execution.failure": failureSchema,
  "attempt.failure": failureSchema,
  "test_case_version.content": testCaseContentSchema,
  "step_group_version.content": groupContentSchema,
};

type Column = { table: string; column: string; type: "text" | "text[]" | "jsonb" };

/**
 * Puts a payload into every text of every row.
 * @param superuser of the database: triggers and foreign keys look away, checks do not
 * @returns the columns that have one now
 */
export async function fillWithHostileTexts(superuser: Sql): Promise<string[]> {
  const filled: string[] = [];
  await superuser.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    const columns = await tx<Column[]>`
      select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> 'schema_migration' and a.attgenerated = ''
        and format_type(a.atttypid, null) in ('text', 'text[]', 'jsonb', 'json') order by 1, 2`;
    for (const column of columns) {
      const place = `${column.table}.${column.column}`;
      if (column.column in own || place in ownJson) continue;
      const isFilled = column.type.startsWith("json")
        ? await fillJson(tx, column, place)
        : await fillText(tx, column, place);
      if (isFilled) filled.push(place);
    }
  });
  return filled;
}

type Transaction = Parameters<Parameters<Sql["begin"]>[1]>[0];

/**
 * A column whose CHECK allows only words of ours takes neither payload, and so is none. Where there was nothing, every other row gets
 * one, if its other columns allow it.
 */
async function fillText(tx: Transaction, { table, column, type }: Column, place: string): Promise<boolean> {
  // Equal texts would break keys.
  const text = `$1::text || ' ' || left(md5(tableoid::text || ctid::text), 6)`;
  const value = type === "text" ? text : `array[${text}]`;
  const isThere = type === "text" ? `${column} is not null` : `cardinality(${column}) > 0`;
  let filled = 0;
  for (const rows of [isThere, `${column} is null and (ctid::text::point)[1]::int % 2 = 0`]) {
    for (const payload of [payloadOf(place), shortPayloadOf(place)]) {
      const count = await tx
        .savepoint((part) => part.unsafe(`update ${table} set ${column} = ${value} where ${rows}`, [payload]))
        .then(({ count }) => count)
        .catch((error: { code?: string }) => {
          if (error.code !== "23514" && error.code !== "22001") throw error;
          return null;
        });
      filled += count ?? 0;
      if (count !== null) break;
    }
  }
  return filled > 0;
}

async function fillJson(tx: Transaction, { table, column }: Column, place: string): Promise<boolean> {
  const rows = await tx.unsafe<{ part: string; row: string; value: unknown }[]>(
    `select tableoid::text as part, ctid::text as row, ${column} as value from ${table} where ${column} is not null`,
  );
  const form = forms[place] ?? null;
  const changed = rows.flatMap(({ part, row, value }) => {
    const hostile = hostileJson(value, payloadOf(place), form);
    return JSON.stringify(hostile) === JSON.stringify(value)
      ? []
      : [{ part, row, value: JSON.stringify(hostile) }];
  });
  for (let start = 0; start < changed.length; start += 500) {
    const some = changed.slice(start, start + 500);
    await tx.unsafe(
      `update ${table} t set ${column} = v.value::jsonb
       from unnest($1::text[]::oid[], $2::text[]::tid[], $3::text[]) as v(part, place, value)
       where t.tableoid = v.part and t.ctid = v.place`,
      [some.map(({ part }) => part), some.map(({ row }) => row), some.map(({ value }) => value)],
    );
  }
  return changed.length > 0;
}

const isOwn = (text: string) =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(text) || /^\d{4}-\d\d-\d\dT/.test(text) || /^[\d.]*$/.test(text);

/** The same value with the payload for each text that may be any. */
function hostileJson(value: unknown, payload: string, form: z.ZodType | null): unknown {
  // A list of one, so that the value itself has a place to be put into.
  const whole = [structuredClone(value)];
  const isRight = () => form === null || form.safeParse(whole[0]).success;
  fillNode(whole as unknown as Record<string, unknown>, payload, isRight);
  return whole[0];
}

/** Of a list or an object. */
function fillNode(node: Record<string, unknown>, payload: string, isRight: () => boolean): void {
  for (const [name, item] of Object.entries(node)) {
    if (structural.has(name)) continue;
    if (typeof item === "object" && item !== null) fillNode(item as typeof node, payload, isRight);
    if (typeof item !== "string" || isOwn(item)) continue;
    node[name] = payload;
    if (!isRight()) node[name] = item;
  }
}

function named(reason: string, ...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}
