import { z } from "zod";
import { limits } from "../limits.ts";

/** How the editor shows a field. The form, the JSON Schema and the OpenAPI document all come from the same zod shape. */
export type FieldControl =
  | "text"
  | "multiline"
  | "number"
  | "boolean"
  | "choice"
  | "target"
  | "list"
  | "json"
  | "steps";

export type StepGroup = "navigation" | "action" | "flow" | "data" | "network" | "environment" | "assertion";

export const browserNames = ["chromium", "firefox"] as const;
export type BrowserName = (typeof browserNames)[number];
export const browserTitles: Readonly<Record<BrowserName, string>> = {
  chromium: "Chromium",
  firefox: "Firefox",
};

/** A field of a step, or some values of it, that not every browser can do. */
export type StepPart = {
  field: string;
  /** Values that are meant, as texts; left out: whatever is given. */
  when?: readonly string[];
  /** In words, such as "throttling". */
  what: string;
  browsers: readonly BrowserName[];
};

export type StepDefinition<T extends string = string, S extends z.ZodType = z.ZodType> = {
  type: T;
  title: string;
  group: StepGroup;
  /** What it does, in one sentence, for forms and documentation. */
  summary: string;
  /** The field that the YAML short form `- click: role=button` fills; null when there is none. */
  short: string | null;
  /** The browsers that can do it. */
  browsers: readonly BrowserName[];
  /** What of it fewer browsers can do. */
  parts: readonly StepPart[];
  /** The fields that hold steps of their own, in the order in which they stand. */
  nested: readonly string[];
  /** The fields whose references are replaced not before the step itself uses them: its own steps, what a loop asks again. */
  deferred: readonly string[];
  schema: S;
};

const common = {
  name: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ title: "Name", description: "Shown instead of the generated text" }),
  timeoutMs: z
    .int()
    .min(1)
    .max(limits.stepTimeoutMsMax)
    .optional()
    .meta({ title: "Time-out (ms)", description: "One deadline for finding, waiting and acting" }),
  optional: z.boolean().optional().meta({
    title: "Optional",
    description: "A failure is recorded and the test goes on as if it had passed",
  }),
  disabled: z.boolean().optional().meta({ title: "Disabled", description: "Skipped, and shown as skipped" }),
};

const ofAssertions = {
  not: z.boolean().optional().meta({ title: "Not", description: "Holds when the opposite is seen" }),
  soft: z
    .boolean()
    .optional()
    .meta({ title: "Soft", description: "A failure fails the test at its end instead of stopping it here" }),
};

type Head<T extends string, Shape extends z.ZodRawShape> = {
  type: T;
  title: string;
  group: StepGroup;
  summary: string;
  short?: (keyof Shape & string) | null;
  browsers?: readonly BrowserName[];
  parts?: readonly StepPart[];
  nested?: readonly (keyof Shape & string)[];
  deferred?: readonly (keyof Shape & string)[];
  shape: Shape;
  /** What must hold between fields: the fault in words, or null. */
  rule?: (step: Readonly<Record<string, unknown>>) => string | null;
};

/** Defines a step that acts. Its behaviour is the file of the same name in `worker/browser/steps`. */
export function defineStep<const T extends string, Shape extends z.ZodRawShape>(head: Head<T, Shape>) {
  const { shape, short = null, rule, browsers = browserNames, parts = [], ...more } = head;
  const { nested = [], deferred = [], ...rest } = more;
  const schema = z
    .strictObject({ type: z.literal(head.type), ...shape, ...common })
    .superRefine((step, context) => {
      const fault = rule?.(step) ?? null;
      if (fault !== null) context.addIssue({ code: "custom", message: fault });
    });
  return { ...rest, short, browsers, parts, nested, deferred: [...nested, ...deferred], schema };
}

/** Defines a step that waits until the page is as expected. */
export function defineAssertion<const T extends string, Shape extends z.ZodRawShape>(
  head: Omit<Head<T, Shape>, "group">,
) {
  return defineStep({ ...head, group: "assertion", shape: { ...head.shape, ...ofAssertions } });
}
