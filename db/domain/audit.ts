import { z } from "zod";
import { pageQuerySchema } from "./queries.ts";

/** What was done, by whom, and how it was before and after. */
export const auditEntrySchema = z
  .strictObject({
    id: z.uuid(),
    at: z.iso.datetime(),
    organizationId: z.uuid().nullable(),
    actorId: z.uuid().nullable().meta({ description: "The account; null for what Verdict does by itself" }),
    actor: z.string(),
    action: z.string(),
    entity: z.string(),
    entityId: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string().nullable(),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.output<typeof auditEntrySchema>;

const filter = {
  /** The e-mail address or name of who did it, or a part of it. */
  actor: z.string().trim().min(1).max(200).optional(),
  /** The account that did it, exactly. */
  actorId: z.uuid().optional(),
  /** How the action begins: `member.` for all that was done to members. */
  action: z.string().trim().min(1).max(100).optional(),
  entity: z.string().trim().min(1).max(100).optional(),
  entityId: z.string().trim().min(1).max(200).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
};
export const auditFilterSchema = z.strictObject(filter);
export type AuditFilter = z.output<typeof auditFilterSchema>;
export const auditQuerySchema = pageQuerySchema.extend(filter);
export type AuditQuery = z.output<typeof auditQuerySchema>;

export const auditFormats = ["csv", "json"] as const;
export const auditExportSchema = auditFilterSchema.extend({ format: z.enum(auditFormats) });

/** One value that differs: `before` or `after` is undefined where there was none. */
export type AuditChange = { path: string; before: unknown; after: unknown };

/** More than anybody reads; the entry itself has all of it. */
const CHANGES_MAX = 200;
const DEPTH_MAX = 8;

/** What an entry says was changed, value by value. Of something that was made or removed every value is one. */
export function changesOf({ before, after }: Pick<AuditEntry, "before" | "after">): AuditChange[] {
  const changes: AuditChange[] = [];
  compare("", before ?? undefined, after ?? undefined, 0, changes);
  return changes.slice(0, CHANGES_MAX);
}

function compare(path: string, before: unknown, after: unknown, depth: number, into: AuditChange[]): void {
  if (into.length > CHANGES_MAX || isSame(before, after)) return;
  const isNested = [before, after].some(isRecord) && [before, after].every(isRecordOrNothing);
  if (!isNested || depth === DEPTH_MAX) {
    into.push({ path, before, after });
    return;
  }
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  for (const name of names) {
    const next = path === "" ? name : `${path}.${name}`;
    compare(next, partOf(before, name), partOf(after, name), depth + 1, into);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRecordOrNothing(value: unknown): boolean {
  return value === undefined || isRecord(value);
}

function partOf(record: unknown, name: string): unknown {
  return isRecord(record) && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** As JSON has it: the order of names says nothing, since PostgreSQL keeps its own. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => isSame(value, b[index]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isSame(a[name], partOf(b, name)));
}
