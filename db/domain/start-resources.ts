import { z } from "zod";
import { limits } from "./limits.ts";
import { browsersSchema, defaultBrowsers, viewportSchema, viewportsSchema } from "./matrix.ts";
import { environmentInputSchema, projectChangeSchema, suiteChangeSchema } from "./resources.ts";
import { device } from "./screens.ts";
import { runBranch } from "./snapshots.ts";
import { browserNames } from "./steps/definition.ts";

/** What starts a run is told; what is not given comes from the suite, the environment, the project. */

const id = z.uuid();
const browser = z.enum(browserNames);
const howToRun = {
  environmentId: id.nullable().optional(),
  variables: environmentInputSchema.shape.variables,
  retries: suiteChangeSchema.shape.retries,
  evidence: projectChangeSchema.shape.evidence,
  video: projectChangeSchema.shape.video,
  branch: runBranch.optional(),
  device: device.optional(),
};

export const executeSuiteSchema = z.strictObject({
  browser: browser.optional().meta({ description: "Short for `browsers` with one" }),
  browsers: browsersSchema.optional(),
  viewports: viewportsSchema.optional(),
  ...howToRun,
});

export const executeTestCaseSchema = z.strictObject({
  testCaseId: id,
  browser: browser.optional(),
  viewport: viewportSchema.optional(),
  ...howToRun,
});

/** One test case in several browsers and on several screens. */
export const startRunSchema = z.strictObject({
  testCaseId: id,
  browsers: browsersSchema.default(defaultBrowsers),
  viewports: viewportsSchema.optional(),
  ...howToRun,
});

export const retryExecutionSchema = z.strictObject({
  times: z
    .int()
    .min(1)
    .max(limits.repetitionsMax)
    .optional()
    .meta({ description: "How often, to see how often it fails; the answer is the first of them" }),
});
