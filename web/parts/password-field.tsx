import type { Child } from "hono/jsx";
import type { FieldError } from "../../db/domain/errors.ts";
import { TextField } from "./field.tsx";

type Props = {
  errors: readonly FieldError[];
  name?: string;
  label?: string;
  /** Whether one is chosen, and not the one that there is asked for: what fills in passwords acts on it. */
  isNew?: boolean;
  hint?: Child;
  autofocus?: boolean;
};

/** A field for a password. */
export function PasswordField({ name = "password", label = "Password", isNew = false, ...rest }: Props) {
  const autocomplete = isNew ? "new-password" : "current-password";
  return (
    <TextField name={name} label={label} type="password" autocomplete={autocomplete} required {...rest} />
  );
}
