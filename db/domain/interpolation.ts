/** `{{name}}` and `{{secrets.name}}` in the texts of steps. A backslash before the braces keeps them as they are. */
const REFERENCE = /(\\?)\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/g;

export const SECRET_PREFIX = "secrets.";

export type Values = {
  variables: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, string>>;
};

export class UnknownVariableError extends Error {}

/**
 * Replaces every reference by its value.
 * @throws UnknownVariableError that names the reference and the nearest known names.
 */
export function interpolate(text: string, values: Values): string {
  return text.replace(REFERENCE, (whole, escaped: string, name: string) =>
    escaped ? whole.slice(1) : lookUp(name, values),
  );
}

/** The text so that it stays as it is when a step runs, even where it looks like a reference. */
export function escapeReferences(text: string): string {
  return text.replace(REFERENCE, "\\$&");
}

function lookUp(name: string, { variables, secrets }: Values): string {
  const secret = name.startsWith(SECRET_PREFIX);
  const value = secret ? own(secrets, name.slice(SECRET_PREFIX.length)) : own(variables, name);
  if (value !== undefined) return value;
  const known = Object.keys(secret ? secrets : variables).sort();
  const hint = known.length > 0 ? `; known are ${known.slice(0, 10).join(", ")}` : "; none are set";
  throw new UnknownVariableError(`${secret ? "secret" : "variable"} "${name}" has no value${hint}`);
}

function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The names of the secrets (without their prefix) that any text in the value refers to. */
export function secretReferences(value: unknown): Set<string> {
  const found = new Set<string>();
  eachText(value, (text) => {
    for (const [, escaped, name] of text.matchAll(REFERENCE)) {
      if (!escaped && name?.startsWith(SECRET_PREFIX)) found.add(name.slice(SECRET_PREFIX.length));
    }
  });
  return found;
}

/** Every text in a value replaced; keys and everything else stay. */
export function interpolateAll<T>(value: T, values: Values): T {
  if (typeof value === "string") return interpolate(value, values) as T;
  if (Array.isArray(value)) return value.map((item) => interpolateAll(item, values)) as T;
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, interpolateAll(item, values)]),
    ) as T;
  }
  return value;
}

function eachText(value: unknown, visit: (text: string) => void): void {
  if (typeof value === "string") visit(value);
  else if (Array.isArray(value)) for (const item of value) eachText(item, visit);
  else if (value !== null && typeof value === "object")
    for (const item of Object.values(value)) eachText(item, visit);
}
