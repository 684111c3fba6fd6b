import type { AppError, FieldError } from "../../db/domain/errors.ts";

/** The form of a page that was refused, by its name. */
export type RefusedForm = { form: string; fault: string; errors: readonly FieldError[] };

/** What was wrong, for the form that is shown again. */
export function refusedBy({ errors, message }: AppError): Omit<RefusedForm, "form"> {
  return { errors, fault: errors.length > 0 ? "Not saved: something is not right" : message };
}

/** A text of a form; empty where there is none. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
