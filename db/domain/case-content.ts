import { z } from "zod";
import { limits } from "./limits.ts";
import { projectInputSchema, suiteInputSchema, testCaseInputSchema } from "./resources.ts";
import { variableName } from "./steps/fields.ts";

/** A test case as a file holds it: everything that a person writes, without the project that it belongs to. */
export const testCaseContentSchema = testCaseInputSchema.omit({ projectId: true });
export type TestCaseContentInput = z.output<typeof testCaseContentSchema>;

/** A suite as a file holds it: the cases in their order, and what a run of them needs to know. */
export const suiteFileSchema = z
  .strictObject({
    name: suiteInputSchema.shape.name,
    description: suiteInputSchema.shape.description,
    baseUrl: projectInputSchema.shape.baseUrl,
    variables: z.record(variableName, z.string().max(limits.textBytesMax)).default({}),
    retries: suiteInputSchema.shape.retries,
    browsers: suiteInputSchema.shape.browsers,
    viewports: suiteInputSchema.shape.viewports,
    /** Names only: the values are set in the project and never stand in a file. */
    secrets: z.array(variableName).max(100).default([]),
    cases: z.array(testCaseContentSchema).max(limits.casesPerSuiteMax),
  })
  .superRefine((suite, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of suite.cases.entries()) {
      // A file finds its cases again by their names.
      if (seen.has(name)) {
        context.addIssue({
          code: "custom",
          path: ["cases", index, "name"],
          message: `"${name}" is the name of an earlier case in this file; each needs its own`,
        });
      }
      seen.add(name);
    }
  });
export type SuiteFile = z.output<typeof suiteFileSchema>;
