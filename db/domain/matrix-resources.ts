import { z } from "zod";
import { shownIn } from "./screens.ts";
import { executionStatuses } from "./states.ts";
import { browserNames } from "./steps/definition.ts";

/** The matrix of a run as the API shows it: before the start what each browser can run, afterwards how each cell stands. */

const id = z.uuid();
const browser = z.enum(browserNames);

export const browserSupportSchema = z
  .strictObject({
    browser,
    cases: z.int().meta({ description: "How many would be run in it" }),
    skipped: z.int().meta({ description: "How many would be skipped: they have steps that it can't do" }),
    unsupported: z
      .array(
        z.strictObject({
          testCaseId: id,
          name: z.string(),
          faults: z.array(z.strictObject({ path: z.string(), message: z.string() })),
        }),
      )
      .meta({ description: "Those that would be skipped, at most 50 of them, and why" }),
    waits: z
      .string()
      .nullable()
      .meta({ description: "Why no worker would take them now; null when one would" }),
  })
  .meta({ id: "BrowserSupport" });
export type BrowserSupport = z.output<typeof browserSupportSchema>;

const counts = z.strictObject(
  Object.fromEntries(executionStatuses.map((status) => [status, z.int()])) as Record<
    (typeof executionStatuses)[number],
    z.ZodInt
  >,
);

export const matrixCellSchema = z
  .strictObject({ browser, viewport: shownIn, counts })
  .meta({ id: "MatrixCell" });
export type MatrixCell = z.output<typeof matrixCellSchema>;

export const matrixRowSchema = z
  .strictObject({
    testCaseId: id,
    testCaseName: z.string(),
    group: z.string().nullable(),
    executions: z
      .array(
        z
          .strictObject({
            id,
            status: z.enum(executionStatuses),
            durationMs: z.number().nullable(),
            reason: z.string().nullable().meta({ description: "Why it did not pass, or was skipped" }),
          })
          .nullable(),
      )
      .meta({ description: "One for each cell, in the order of `cells`; null where there is none" }),
  })
  .meta({ id: "MatrixRow" });
export type MatrixRow = z.output<typeof matrixRowSchema>;

export const runMatrixSchema = z
  .strictObject({
    cells: z.array(matrixCellSchema),
    items: z.array(matrixRowSchema).meta({ description: "Cases with failures first" }),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: "RunMatrix" });
export type RunMatrix = z.output<typeof runMatrixSchema>;
