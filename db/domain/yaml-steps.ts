import type { z } from "zod";
import { limits } from "./limits.ts";
import { definitionOf, isStepType, type Step } from "./steps/index.ts";

type Fields = Record<string, unknown>;

/** A step as people write it: `reload`, `{ click: … }` or `{ fill: { target: …, value: … } }`. */
export function shortStep(step: Step): unknown {
  const { type } = step;
  const { short, nested } = definitionOf(type);
  const fields = inOrder(step);
  for (const field of nested) {
    const steps = fields[field];
    if (Array.isArray(steps)) fields[field] = (steps as Step[]).map(shortStep);
  }
  const names = Object.keys(fields);
  if (names.length === 0) return type;
  if (names.length !== 1 || names[0] !== short) return { [type]: fields };
  // An object would be taken for the fields.
  return isFields(fields[short]) ? { [type]: fields } : { [type]: fields[short] };
}

/** The fields that a step has, in the order of its definition: what comes from the database has one of its own. */
function inOrder(step: Step): Fields {
  const { shape } = definitionOf(step.type).schema as z.ZodObject;
  const given: Fields = step;
  const names = Object.keys(shape).filter((name) => name !== "type" && given[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, given[name]]));
}

/**
 * The canonical form of a list of steps, and of the steps inside of them. What is no list is handed on as it is.
 * @param fault is told what is wrong with which of them
 */
export function canonicalSteps(
  written: unknown,
  path: string,
  fault: (path: string, message: string) => void,
  depth = 1,
): unknown {
  // What is nested deeper is refused by the schema; it need not be read.
  if (!Array.isArray(written) || depth > limits.stepDepthMax) return written;
  return written.map((item: unknown, index) => {
    const at = `${path}.${index}`;
    const read = canonicalStep(item);
    if ("fault" in read) {
      fault(at, read.fault);
      return item;
    }
    const { step } = read;
    if (!isFields(step) || typeof step.type !== "string" || !isStepType(step.type)) return step;
    const inner = definitionOf(step.type)
      .nested.filter((field) => Object.hasOwn(step, field))
      .map((field) => [field, canonicalSteps(step[field], `${at}.${field}`, fault, depth + 1)]);
    return { ...step, ...Object.fromEntries(inner) };
  });
}

/**
 * The canonical form of a step in any of its written forms. What is no step at all is handed on as it is, for the schema
 * to name what is wrong.
 * @returns the step, or a fault in words
 */
export function canonicalStep(written: unknown): { step: unknown } | { fault: string } {
  if (typeof written === "string") return { step: { type: written } };
  if (!isFields(written)) return { fault: "a step is written as its type and fields: click: role=button" };
  // `type` is also a step: with a text it names the type, with fields it is the step that types.
  if (typeof written.type === "string") return { step: written };
  const [type, ...others] = Object.keys(written);
  if (type === undefined) return { fault: "a step must not be empty; write its type: click: role=button" };
  if (others.length > 0) {
    return {
      fault: `a step has one key, its type, and its other fields below that; here are ${[type, ...others].join(", ")}`,
    };
  }
  return withFields(type, written[type]);
}

function withFields(type: string, value: unknown): { step: unknown } | { fault: string } {
  if (isFields(value)) {
    if (!Object.hasOwn(value, "type")) return { step: { type, ...value } };
    return { fault: `the fields of ${type} have no "type"; it is the key already` };
  }
  if (value === null || !isStepType(type)) return { step: { type } };
  const { short } = definitionOf(type);
  if (short !== null) return { step: { type, [short]: value } };
  return { fault: `${type} takes fields by name, such as ${type}: { … }, not one value` };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
