/**
 * The same value as PostgreSQL can keep it: texts from pages may hold NUL characters or half of a surrogate pair, which
 * neither text nor jsonb takes; they become U+FFFD.
 */
export function storable<T>(value: T): T {
  if (typeof value === "string") return value.toWellFormed().replaceAll("\0", "\ufffd") as T;
  if (Array.isArray(value)) return value.map(storable) as T;
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), storable(item)])) as T;
}
