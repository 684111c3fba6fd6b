import type { CallableGroup } from "../../db/services/callable-groups.ts";
import type { DraftStep, FormValues } from "./step-fields.ts";

/** The call of a group in the form of a step: its group chosen from a list, a field for each of its parameters. */

/** Tells that the parameters came from fields of their own and not as JSON. */
export const callControl = { name: "c.with", value: "parameters" } as const;
export const parameterNames = { name: "p.name", value: "p.value" } as const;

export type CallField = {
  name: string;
  value: string;
  /** What it is without a value here; null: then it needs one. */
  default: string | null;
  /** Whether the group has such a parameter. */
  isKnown: boolean;
};

/**
 * The fields for the parameters of a call, those of the group first. Null when fields can't hold what is written without losing
 * something: an empty value is not the same as none, and no field of a form keeps a bare carriage return.
 */
export function callFields({ with: given = {} }: DraftStep, group: CallableGroup | null): CallField[] | null {
  if (!isTexts(given) || Object.values(given).some((value) => value === "" || value.includes("\r")))
    return null;
  const parameters = group?.parameters ?? [];
  const known = new Set(parameters.map(({ name }) => name));
  return [
    ...parameters.map((parameter) => ({
      name: parameter.name,
      value: given[parameter.name] ?? "",
      default: parameter.default ?? null,
      isKnown: true,
    })),
    ...Object.entries(given)
      .filter(([name]) => !known.has(name))
      .map(([name, value]) => ({ name, value, default: null, isKnown: false })),
  ];
}

/** What the fields say: parameters without a value are not given. Null where the form has none of them. */
export function readCall(form: FormValues): Record<string, string> | undefined | null {
  if (form.get(callControl.name) !== callControl.value) return null;
  const values = form.getAll(parameterNames.value).map((value) => String(value).replace(/\r\n?/g, "\n"));
  const given = form
    .getAll(parameterNames.name)
    .map((name, index): [string, string] => [String(name), values[index] ?? ""])
    .filter(([, value]) => value !== "");
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === "string")
  );
}
