import { AppError, invalidInput, notFound } from "../domain/errors.ts";
import { isId } from "../domain/ids.ts";

type DatabaseError = { code: string; constraint: string | null };

/** The PostgreSQL error inside anything thrown by Drizzle or postgres.js; null when it is something else. */
export function databaseErrorOf(error: unknown): DatabaseError | null {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 3; cause = cause.cause, depth++) {
    if (cause.name === "PostgresError" && "code" in cause) {
      const constraint = "constraint_name" in cause ? String(cause.constraint_name) : null;
      return { code: String(cause.code), constraint };
    }
  }
  return null;
}

/**
 * Turns the violation of a unique constraint into a `conflict`.
 * @param fields the constraint's name → what to tell, such as `name: an environment of this name exists`.
 */
export async function refuseDuplicates<T>(
  fields: Readonly<Record<string, { path: string; message: string }>>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const violation = databaseErrorOf(error);
    const field = violation?.code === "23505" ? fields[violation.constraint ?? ""] : undefined;
    if (!field) throw error;
    throw new AppError("conflict", `${field.path}: ${field.message}`, { cause: error, errors: [field] });
  }
}

/** A text that PostgreSQL cannot store (NUL, half of a surrogate pair) is the caller's fault and not ours. */
export function asInputFault(error: unknown): AppError | null {
  const code = databaseErrorOf(error)?.code;
  if (code !== "22021" && code !== "22P05" && code !== "22P02") return null;
  const fault = invalidInput([
    { path: "", message: "a text holds a character that can't be stored (NUL or half of a surrogate pair)" },
  ]);
  fault.cause = error;
  return fault;
}

/** The row, or `not-found`; an id that has not the form of one is simply unknown. */
export function found<T>(row: T | undefined, what: string): T {
  if (row === undefined) throw notFound(what);
  return row;
}

/** @throws AppError `not-found` for a text that can't be an id. */
export function knownId(id: string, what: string): string {
  const lower = id.toLowerCase();
  if (!isId(lower)) throw notFound(what);
  return lower;
}
