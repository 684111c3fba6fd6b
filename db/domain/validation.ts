import type { z } from "zod";
import { type FieldError, invalidInput } from "./errors.ts";

/** Zod's issues as `{ path, message }`, with the refused keys and union branches named one by one. */
export function fieldErrors(error: z.ZodError, prefix: readonly PropertyKey[] = []): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: pathOf([...path, key]),
        message: `unknown field "${key}"`,
      }));
    }
    return [{ path: pathOf(path), message: issue.message }];
  });
}

/**
 * Parses an outside value once.
 * @throws AppError `invalid-input` with a path and a message for every fault found.
 */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  prefix: readonly PropertyKey[] = [],
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidInput(fieldErrors(result.error, prefix));
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map(String).join(".");
}

/** Some fields of something, as parsed input has them: what was not given is missing or undefined. */
export type ChangeOf<T> = { [K in keyof T]?: T[K] | undefined };

/** The fields of a change that were given. */
export function givenOf<T extends object>(change: ChangeOf<T>): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}
