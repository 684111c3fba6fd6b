import { z } from "zod";
import { type Step, stepGroupSchema } from "./steps/index.ts";
import { groupName } from "./steps/nested.ts";

/** Reusable groups of steps as the API shows them. */

const id = z.uuid();
const time = z.iso.datetime();

const content = {
  name: groupName,
  description: z.string().max(2_000).default(""),
  ...stepGroupSchema.shape,
};

/** What a person writes, and what a version keeps. */
export const groupContentSchema = z.strictObject(content);
export type GroupContent = z.output<typeof groupContentSchema>;

const message = z
  .string()
  .max(500)
  .optional()
  .meta({ description: "What changed, for the list of versions" });

export const groupInputSchema = z.strictObject({ ...content, message });
export type GroupInput = z.output<typeof groupInputSchema>;

/** What is not given stays. */
export const groupChangeSchema = z.strictObject({
  name: content.name.optional(),
  description: z.string().max(2_000).optional(),
  parameters: stepGroupSchema.shape.parameters.unwrap().optional(),
  steps: content.steps.optional(),
  message,
  expectedVersion: z
    .int()
    .min(1)
    .optional()
    .meta({ description: "Refused when another version is the current one" }),
});
export type GroupChange = z.output<typeof groupChangeSchema>;

const shown = {
  id,
  projectId: id,
  organizationId: id,
  version: z.int(),
  createdAt: time,
  updatedAt: time,
};

export const groupSchema = z
  .strictObject({
    ...shown,
    name: z.string(),
    description: z.string(),
    parameters: stepGroupSchema.shape.parameters.unwrap(),
    steps: z.array(z.custom<Step>()).meta({ description: "In the form of a test case's steps" }),
  })
  .meta({ id: "StepGroup" });
export type StepGroup = z.output<typeof groupSchema>;

/** As lists show it: how many test cases and groups call it. */
export const groupSummarySchema = z
  .strictObject({
    ...shown,
    name: z.string(),
    stepCount: z.int(),
    calls: z.array(z.string()),
    usages: z.int(),
  })
  .meta({ id: "StepGroupSummary" });
export type GroupSummary = z.output<typeof groupSummarySchema>;

export const groupVersionSchema = z
  .strictObject({
    version: z.int(),
    message: z.string(),
    author: z.string().nullable(),
    createdAt: time,
  })
  .meta({ id: "StepGroupVersion" });
export type GroupVersion = z.output<typeof groupVersionSchema>;

export const groupUsageSchema = z
  .strictObject({ kind: z.enum(["testCase", "group"]), id, name: z.string() })
  .meta({ id: "StepGroupUsage" });
export type GroupUsage = z.output<typeof groupUsageSchema>;
