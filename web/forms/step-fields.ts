import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { FieldError } from "../../db/domain/errors.ts";
import type { FieldControl } from "../../db/domain/steps/definition.ts";
import { definitionOf, isStepType, type StepType } from "../../db/domain/steps/index.ts";
import { readCall } from "./group-call.ts";

/** A step while it is being written: its type is known, the rest is checked when it is saved. */
export type DraftStep = { type: StepType; [field: string]: unknown };

/**
 * `ranked` is a list of locators in order of preference, `texts` one text or several, `checks` some of a few words; the
 * others are what they say.
 */
export type StepControl = Exclude<FieldControl, "target" | "list" | "steps"> | "ranked" | "texts" | "checks";

/** One field of a step's form, derived from the zod shape that also makes the JSON Schema. */
export type StepField = {
  name: string;
  title: string;
  hint: string;
  control: StepControl;
  required: boolean;
  /** Of every step (`timeoutMs`, `optional`, …) rather than of this type. */
  common: boolean;
  choices: readonly string[];
  /** A text of digits stands for a number, as in `tab: 1`. */
  digits: boolean;
};

const commonFields: readonly string[] = ["name", "timeoutMs", "optional", "disabled", "not", "soft"];
const cache = new Map<StepType, readonly StepField[]>();

export function fieldsOf(type: StepType): readonly StepField[] {
  const known = cache.get(type);
  if (known) return known;
  const fields = Object.entries(shapeOf(type))
    // Steps inside of it are edited as steps, not as a field.
    .filter(([name]) => name !== "type" && !definitionOf(type).nested.includes(name))
    .map(([name, schema]) => fieldOf(name, schema));
  cache.set(type, fields);
  return fields;
}

/** `defineStep` makes every schema of an object; the registry types it more widely. */
function shapeOf(type: StepType): Record<string, z.ZodType> {
  return (definitionOf(type).schema as z.ZodObject).shape as Record<string, z.ZodType>;
}

type Meta = { title?: string; description?: string; control?: FieldControl };
/** What is read of a zod definition; the class of each is told apart by `type`. */
type Definition = {
  type: string;
  innerType?: z.ZodType;
  options?: readonly z.ZodType[];
  element?: z.ZodType;
  entries?: Record<string, string>;
};

function fieldOf(name: string, schema: z.ZodType): StepField {
  const inner = innerOf(schema);
  const meta: Meta = { ...(inner.meta() as Meta | undefined), ...(schema.meta() as Meta | undefined) };
  return {
    name,
    title: meta.title ?? name,
    hint: meta.description ?? "",
    control: controlOf(inner, meta.control),
    required: inner === schema,
    common: commonFields.includes(name),
    choices: choicesOf(inner),
    digits: kindsIn(inner).includes("number"),
  };
}

function definition(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition;
}

function innerOf(schema: z.ZodType): z.ZodType {
  const { type, innerType } = definition(schema);
  return type === "optional" && innerType ? innerOf(innerType) : schema;
}

/** The kinds of schema in a union, or the one that there is. */
function kindsIn(schema: z.ZodType): string[] {
  const { type, options } = definition(schema);
  return type === "union" && options ? options.map((option) => definition(option).type) : [type];
}

function choicesOf(schema: z.ZodType): string[] {
  const { type, entries, element } = definition(schema);
  if (type === "enum" && entries) return Object.values(entries);
  return type === "array" && element ? choicesOf(element) : [];
}

function controlOf(schema: z.ZodType, wanted: FieldControl | undefined): StepControl {
  const kinds = kindsIn(schema);
  if (wanted === "target") return "ranked";
  if (wanted === "list") return choicesOf(schema).length > 0 ? "checks" : "json";
  if (wanted === "text" && kinds.includes("array")) return "texts";
  if (wanted && wanted !== "steps") return wanted;
  if (kinds.includes("enum")) return "choice";
  if (kinds.includes("string")) return "text";
  if (kinds.includes("boolean")) return "boolean";
  return kinds.includes("number") ? "number" : "json";
}

/** What stands in the controls of one field. `control` is the one that can show this value without losing anything. */
export type FieldValue = { field: StepField; control: StepControl; values: string[] };

export function fieldValue(field: StepField, value: unknown): FieldValue {
  const candidates: StepControl[] =
    field.control === "text" ? ["text", "multiline", "json"] : [field.control, "json"];
  for (const control of candidates) {
    const values = encode(control, value);
    if (values === null) continue;
    const decoded = decode(field, control, values);
    if ("value" in decoded && isDeepStrictEqual(decoded.value, canonical(field, value))) {
      return { field, control, values };
    }
  }
  return { field, control: "json", values: [JSON.stringify(value)] };
}

/** One locator is written as itself and not as a list of one; a switch that is off is left out. */
function canonical(field: StepField, value: unknown): unknown {
  if (
    (field.control === "ranked" || field.control === "texts") &&
    Array.isArray(value) &&
    value.length === 1
  ) {
    return value[0];
  }
  if (field.control === "boolean" && value === false) return undefined;
  if (field.control === "checks" && Array.isArray(value) && value.length === 0) return undefined;
  return value;
}

/** The texts that a control would hold for the value; null when it can't hold it. */
function encode(control: StepControl, value: unknown): string[] | null {
  if (value === undefined) return [];
  switch (control) {
    case "boolean":
      return typeof value === "boolean" ? (value ? ["true"] : []) : null;
    case "ranked":
    case "texts":
    case "checks":
      return [value].flat().every((item) => typeof item === "string") ? ([value].flat() as string[]) : null;
    case "json":
      return [JSON.stringify(value, null, 2)];
    case "text":
      return isScalar(value) && !/[\r\n]/.test(String(value)) ? [String(value)] : null;
    case "multiline":
      return typeof value === "string" && !value.includes("\r") ? [value] : null;
    default:
      return isScalar(value) ? [String(value)] : null;
  }
}

function isScalar(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

type Decoded = { value: unknown } | { fault: string };

function decode(field: StepField, control: StepControl, values: readonly string[]): Decoded {
  const first = values[0] ?? "";
  switch (control) {
    case "boolean":
      return { value: first === "true" ? true : undefined };
    case "checks":
      return { value: values.length > 0 ? [...values] : undefined };
    case "ranked":
      return { value: oneOrMany(values.map((value) => value.trim()).filter((value) => value !== "")) };
    case "texts": {
      const given = values.filter((value) => value !== "");
      return { value: given.length === 0 && field.required ? "" : oneOrMany(given) };
    }
    case "json":
      return first.trim() === "" ? { value: undefined } : parseJson(first);
    case "number":
      return { value: first.trim() === "" ? undefined : numberOr(first.trim()) };
    case "choice":
      return { value: first === "" ? undefined : first };
    case "text":
    case "multiline":
      if (first === "") return { value: field.required ? "" : undefined };
      return { value: field.digits && /^\d+$/.test(first) ? Number(first) : first };
  }
}

function oneOrMany(values: string[]): string | string[] | undefined {
  return values.length > 1 ? values : values[0];
}

/** What is no number stays as it was typed, for the schema to refuse and the form to show again. */
function numberOr(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

function parseJson(text: string): Decoded {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: `this is not JSON: ${(error as Error).message}` };
  }
}

/** The part of `FormData` that is read here. */
export type FormValues = { getAll(name: string): unknown[]; get(name: string): unknown };

/** The names of a field's controls: its values, and which control they come from. */
export function controlNames(field: StepField): { values: string; control: string } {
  return { values: `f.${field.name}`, control: `c.${field.name}` };
}

/** A step from the controls of its form; faults name the field as the schema would. */
export function stepFromForm(type: StepType, form: FormValues): { step: DraftStep; errors: FieldError[] } {
  const step: DraftStep = { type };
  const errors: FieldError[] = [];
  for (const field of fieldsOf(type)) {
    const names = controlNames(field);
    const values = form.getAll(names.values).map((value) => String(value).replace(/\r\n?/g, "\n"));
    const decoded = decode(field, controlNamed(field, form.get(names.control)), values);
    if ("fault" in decoded) errors.push({ path: field.name, message: decoded.fault });
    else if (decoded.value !== undefined) step[field.name] = decoded.value;
  }
  const call = type === "group" ? readCall(form) : null;
  if (call) step.with = call;
  return { step, errors };
}

function controlNamed(field: StepField, name: unknown): StepControl {
  return name === "json" || (name === "multiline" && field.control === "text") ? name : field.control;
}

/** A step of the type with nothing but what it can't be without, and what stays the same when the type is changed. */
export function emptyStep(type: StepType): DraftStep {
  const step: DraftStep = { type };
  for (const field of fieldsOf(type)) {
    if (!field.required || field.common) continue;
    if (field.control === "choice") step[field.name] = field.choices[0];
    if (field.control === "multiline") step[field.name] = "";
  }
  return step;
}

/** A draft from outside: an object whose type is known; null for anything else. */
export function draftStep(value: unknown): DraftStep | null {
  if (typeof value !== "object" || value === null || !("type" in value)) return null;
  return typeof value.type === "string" && isStepType(value.type) ? (value as DraftStep) : null;
}
