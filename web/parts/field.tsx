import type { Child, PropsWithChildren } from "hono/jsx";
import type { FieldError } from "../../db/domain/errors.ts";
import { Icon } from "./icon.tsx";
import { Text } from "./text.tsx";

/** The faults of one field, and of what is inside it. */
export function errorsAt(errors: readonly FieldError[], path: string): FieldError[] {
  return errors.filter((error) => error.path === path || error.path.startsWith(`${path}.`));
}

type FieldProps = PropsWithChildren<{
  id: string;
  label: string;
  hint?: Child;
  errors?: readonly FieldError[];
  wide?: boolean;
}>;

/** A labelled control with its hint and its faults; `describedBy` gives the control the same ids. */
export function Field({ id, label, hint, errors = [], wide = false, children }: FieldProps) {
  return (
    <div class={`field${wide ? " wide" : ""}`}>
      <label for={id}>{label}</label>
      {children}
      <FieldErrors id={id} errors={errors} />
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

export function FieldErrors({ id, errors }: { id: string; errors: readonly FieldError[] }) {
  if (errors.length === 0) return null;
  return (
    <div id={`${id}-error`}>
      {errors.map((error) => (
        <p class="field-error">
          <Icon name="failed" />
          <Text of={error.message} />
        </p>
      ))}
    </div>
  );
}

/** The attributes that tie a control to its hint and faults. */
export function describedBy(id: string, hint: boolean, errors: readonly FieldError[]) {
  const ids = [...(errors.length > 0 ? [`${id}-error`] : []), ...(hint ? [`${id}-hint`] : [])];
  return {
    "aria-describedby": ids.length > 0 ? ids.join(" ") : undefined,
    "aria-invalid": errors.length > 0 ? ("true" as const) : undefined,
  };
}

type InputProps = {
  name: string;
  label: string;
  value?: string;
  hint?: Child;
  errors: readonly FieldError[];
  /** Where faults of it are found; its name when not given. */
  path?: string;
  type?: "text" | "email" | "password" | "number" | "url";
  required?: boolean;
  mono?: boolean;
  area?: boolean;
  wide?: boolean;
  autocomplete?: string;
  autofocus?: boolean;
  placeholder?: string;
  maxlength?: number;
  /** Keeps ids apart where a form stands on the page more than once. */
  scope?: string;
  min?: number;
  max?: number;
};

/** A labelled input or, with `area`, a text area. */
export function TextField(props: InputProps) {
  const {
    name,
    label,
    value = "",
    hint,
    errors,
    path = name,
    area = false,
    mono = false,
    wide = false,
    scope,
    ...rest
  } = props;
  const id = scope ? `f-${scope}-${name}` : `f-${name}`;
  const faults = errorsAt(errors, path);
  const attributes = { id, name, ...describedBy(id, Boolean(hint), faults) };
  return (
    <Field id={id} label={label} hint={hint} errors={faults} wide={wide}>
      {area ? (
        <textarea class={`area${mono ? " mono" : ""}`} rows={3} {...attributes} maxlength={rest.maxlength}>
          {areaText(value)}
        </textarea>
      ) : (
        <input
          class={`input${mono ? " mono" : ""}`}
          type={rest.type ?? "text"}
          value={value}
          {...attributes}
          {...rest}
        />
      )}
    </Field>
  );
}

/** HTML drops the first newline of a text area, so one more is put before it. */
export function areaText(value: string): string {
  return value.startsWith("\n") ? `\n${value}` : value;
}

type Option = { value: string; label: string };
type SelectProps = {
  name: string;
  label: string;
  value: string;
  options: readonly Option[];
  errors?: readonly FieldError[];
  hint?: Child;
};

export function SelectField({ name, label, value, options, errors = [], hint }: SelectProps) {
  const id = `f-${name}`;
  const faults = errorsAt(errors, name);
  return (
    <Field id={id} label={label} hint={hint} errors={faults}>
      <select class="select" id={id} name={name} {...describedBy(id, Boolean(hint), faults)}>
        <Options options={options} value={value} />
      </select>
    </Field>
  );
}

export function Options({ options, value }: { options: readonly Option[]; value: string }) {
  return (
    <>
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </>
  );
}
