// What lists can be asked for, as query parameters.

import { z } from "zod";
import { jobKinds, type QueueName, queueNames } from "./jobs.ts";
import { limits } from "./limits.ts";
import { tagSchema } from "./resources.ts";
import {
  executionStatuses,
  jobOutcomes,
  jobStates,
  priorities,
  runStatuses,
  testCaseStatuses,
} from "./states.ts";
import { browserNames } from "./steps/definition.ts";
import { windowNames } from "./tally.ts";

const id = z.uuid();

/** A page of a list. `nextCursor` is opaque; null on the last page. */
export type Page<T> = { items: T[]; nextCursor: string | null };

export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(limits.pageSizeMax).default(limits.pageSizeDefault),
  cursor: z.string().max(500).optional(),
});
export type PageQuery = z.output<typeof pageQuerySchema>;

export const testCaseSorts = ["updatedAt", "-updatedAt", "name", "-name", "createdAt", "-createdAt"] as const;
export const testCaseQuerySchema = pageQuerySchema.extend({
  projectId: id,
  search: z.string().max(200).optional(),
  status: z.enum(testCaseStatuses).optional(),
  priority: z.enum(priorities).optional(),
  tag: tagSchema.optional(),
  archived: z.enum(["true", "false"]).default("false"),
  sort: z.enum(testCaseSorts).default("-updatedAt"),
});
export type TestCaseQuery = z.output<typeof testCaseQuerySchema>;

export const projectQuerySchema = pageQuerySchema.extend({
  organizationId: id.optional(),
  archived: z.enum(["true", "false"]).default("false"),
});
export const suiteQuerySchema = pageQuerySchema.extend({ projectId: id });
export const runQuerySchema = pageQuerySchema.extend({
  projectId: id.optional(),
  suiteId: id.optional(),
  status: z.enum(runStatuses).optional(),
});
export type RunQuery = z.output<typeof runQuerySchema>;
export const executionQuerySchema = pageQuerySchema.extend({
  runId: id.optional(),
  testCaseId: id.optional(),
  projectId: id.optional(),
  status: z.enum(executionStatuses).optional(),
  browser: z.enum(browserNames).optional(),
  viewport: z
    .string()
    .regex(/^\d{3,4}x\d{3,4}$/, "a size such as 1280x720")
    .optional()
    .meta({ description: "The size of the page: `1280x720`" }),
});
export type ExecutionQuery = z.output<typeof executionQuerySchema>;
export const logQuerySchema = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
const deadFilter = {
  kind: z.enum(jobKinds as [string, ...string[]]).optional(),
  queue: z.enum(queueNames as [QueueName, ...QueueName[]]).optional(),
  projectId: id.optional(),
  /** In the text of the error. */
  search: z.string().max(200).optional(),
};
export const jobQuerySchema = pageQuerySchema.extend({
  state: z.enum([...jobStates, ...jobOutcomes]).optional(),
  ...deadFilter,
  /** Dead letters that somebody has dealt with, or those that nobody has; default: both. */
  handled: z.enum(["true", "false"]).optional(),
});
export type JobQuery = z.output<typeof jobQuerySchema>;

export const throughputQuerySchema = z.strictObject({
  window: z.enum(windowNames).default("5m"),
  queue: deadFilter.queue,
  kind: deadFilter.kind,
});
export type ThroughputQuery = z.output<typeof throughputQuerySchema>;

export const deadFilterSchema = z.strictObject(deadFilter);
export type DeadFilter = z.output<typeof deadFilterSchema>;

/** Which dead letters: those with these ids, or all that match, of which the caller was told that there are so many. */
export const deadChoiceSchema = z
  .strictObject({
    ids: z.array(id).min(1).max(limits.bulkJobsMax).optional(),
    filter: deadFilterSchema.optional(),
    expected: z.int().min(1).optional(),
  })
  .refine(({ ids, filter, expected }) => (ids ? !filter && expected === undefined : filter && expected), {
    message: "give either ids, or a filter and how many are expected to match it",
  });
export type DeadChoice = z.output<typeof deadChoiceSchema>;
