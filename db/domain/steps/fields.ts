import { z } from "zod";
import { limits } from "../limits.ts";
import { LocatorError, parseLocator } from "../locators.ts";

/** One locator. */
export const locator = z
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

/** How long a list of names or patterns may be. */
export const patternsMax = 50;

export function patterns(title: string, description: string) {
  return z.array(z.string().min(1).max(2_000)).max(patternsMax).meta({ title, description, control: "list" });
}

const condition = {
  visible: target
    .optional()
    .meta({ title: "Visible", description: "An element that is seen", control: "target" }),
  hidden: target
    .optional()
    .meta({ title: "Hidden", description: "An element that is not there, or not seen", control: "target" }),
  url: text("Address", "Part of the address, or a pattern with *").min(1).optional(),
  variable: variableName.optional().meta({
    title: "Variable",
    description: "Compared with equals or matches; one without a value is empty",
  }),
  equals: text("Equals", "The whole value of the variable").optional(),
  matches: text("Matches", "A regular expression for the value of the variable").min(1).optional(),
  function: multiline("Condition", "JavaScript in the page that gives true or false").min(1).optional(),
  not: z.boolean().optional().meta({ title: "Not", description: "Holds when the opposite is seen" }),
  withinMs: z.int().min(0).max(limits.stepTimeoutMsMax).optional().meta({
    title: "Within (ms)",
    description: "How long it may take to hold; looked at once when not given",
  }),
};

/** The fields that say a condition: one thing to look at, and how. */
export const conditionFields = condition;
export const conditionSchema = z.strictObject(condition).superRefine((given, context) => {
  const fault = conditionFault(given);
  if (fault !== null) context.addIssue({ code: "custom", message: fault });
});
export type Condition = z.output<typeof conditionSchema>;

const subjects = ["visible", "hidden", "url", "variable", "function"] as const;

/** What is wrong with the condition in these fields, in words; null when nothing is. */
export function conditionFault(given: Readonly<Record<string, unknown>>): string | null {
  const has = (field: string) => given[field] !== undefined;
  const asked = subjects.filter(has);
  if (asked.length !== 1) {
    return `say one condition: visible, hidden, url, variable or function${asked.length > 1 ? `, not ${asked.join(" and ")}` : ""}`;
  }
  if (has("equals") && has("matches")) return "give equals or matches, not both";
  const compares = has("equals") || has("matches");
  if (has("variable")) return compares ? null : "say what the variable is compared with: equals or matches";
  return compares ? "equals and matches say something about a variable; give the variable as well" : null;
}

/** A time as ISO 8601 or as milliseconds since 1970. A reference is checked when the step runs. */
export const timeText = z
  .string()
  .max(100)
  .refine((source) => source.includes("{{") || !Number.isNaN(Date.parse(source)), {
    error: "a time is written like 2026-03-01T09:30:00Z",
  });
