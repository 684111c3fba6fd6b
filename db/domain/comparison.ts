import { z } from "zod";
import { stepStatuses } from "./events.ts";
import { executionSchema } from "./resources.ts";

/** Two executions of one test case side by side, as the API answers it and the page shows it. */

const outcomeSchema = z.strictObject({
  path: z.string().meta({ description: "The way to the step, as its events say it: `3`, `3.then.0`" }),
  type: z.string(),
  title: z.string(),
  status: z.enum([...stepStatuses, "running", "pending"]),
  durationMs: z.number().nullable(),
  endedAt: z.string().nullable().meta({ description: "By the clock of the events" }),
  message: z.string().nullable().meta({ description: "Why it failed" }),
  screenshotId: z.uuid().nullable(),
});
export type StepOutcome = z.output<typeof outcomeSchema>;

const rowSchema = z.strictObject({
  kind: z.enum(["same", "changed", "added", "removed"]).meta({
    description: "How the step was written: the same in both, changed, only here, only in the base",
  }),
  here: outcomeSchema.nullable(),
  base: outcomeSchema.nullable(),
});
export type ComparedStep = z.output<typeof rowSchema>;

const lineSchema = z.strictObject({
  text: z.string(),
  level: z.string().meta({ description: "Of the console, or `page-error`; of the network the status" }),
  count: z.int(),
});
export type ComparedLine = z.output<typeof lineSchema>;

const onlySchema = z.strictObject({
  onlyHere: z.array(lineSchema),
  onlyBase: z.array(lineSchema),
  /** Whether there was more than is compared or listed. */
  cut: z.boolean(),
});
export type OnlyInOne = z.output<typeof onlySchema>;

export const comparisonSchema = z
  .strictObject({
    execution: executionSchema,
    base: executionSchema
      .nullable()
      .meta({ description: "What it is compared with; null when it has not passed before" }),
    differences: z.array(
      z.strictObject({
        what: z.enum(["version", "browser", "viewport", "environment", "base URL"]),
        here: z.string(),
        base: z.string(),
      }),
    ),
    steps: z.array(rowSchema),
    console: onlySchema,
    network: onlySchema,
  })
  .meta({ id: "ExecutionComparison" });
export type ExecutionComparison = z.output<typeof comparisonSchema>;
