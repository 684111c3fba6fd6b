import { z } from "zod";
import { limits } from "../limits.ts";
import { LocatorError, parseLocator } from "../locators.ts";

const locator = z
  .string()
  .max(2_000)
  .superRefine((source, context) => {
    try {
      // A locator may hold {{references}}; what they become is checked when the step runs.
      parseLocator(source);
    } catch (error) {
      if (!(error instanceof LocatorError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  });

/** One locator, or several in order of preference. */
export const target = z
  .union([locator, z.array(locator).min(1).max(limits.locatorsPerTargetMax)], {
    error: (issue) => (issue.input === undefined ? "a locator, or a list of locators, is needed" : undefined),
  })
  .meta({ title: "Target", description: "A locator, or several in order of preference", control: "target" });

export type Target = z.output<typeof target>;

/** The locators of a target in their order. */
export function locatorsOf(value: Target): string[] {
  return typeof value === "string" ? [value] : value;
}

export function text(title: string, description: string) {
  return z.string().max(limits.textBytesMax).meta({ title, description });
}

export function multiline(title: string, description: string) {
  return z.string().max(limits.textBytesMax).meta({ title, description, control: "multiline" });
}

export const textMatch = z
  .enum(["contains", "exact", "regex"])
  .meta({ title: "Match", description: "A part of the text, the whole text, or a regular expression" });

export const ignoreCase = z
  .boolean()
  .meta({ title: "Ignore case", description: "Without regard to upper and lower case" });

export const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "a name is made of letters, digits and _, and does not start with a digit",
  )
  .max(100)
  .refine((name) => name !== "secrets", "secrets is the prefix of secrets and can't be a variable")
  .meta({ title: "Variable", description: "Later steps read it as {{name}}" });

export const point = z.strictObject({ x: z.number(), y: z.number() }).meta({
  title: "Position",
  description: "Pixels from the upper left corner of the element",
  control: "json",
});

export const modifiers = z
  .array(z.enum(["Alt", "Control", "Meta", "Shift"]))
  .max(4)
  .meta({ title: "Modifiers", description: "Keys held meanwhile", control: "list" });

export const headers = z
  .record(z.string().max(200), z.string().max(4_000))
  .meta({ title: "Headers", description: "Names and values", control: "json" });

export const method = z
  .enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
  .meta({ title: "Method", description: "The HTTP method" });

export const comparison = z.enum(["==", ">=", "<=", ">", "<"]).meta({
  title: "Comparison",
  description: "How the count seen is compared with the one given",
});

export const json = z
  .json()
  .meta({ title: "JSON body", description: "Sent as application/json", control: "json" });
