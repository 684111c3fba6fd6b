// What lists can be asked for, as query parameters.

import { z } from "zod";
import { jobKinds } from "./jobs.ts";
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
});
export type ExecutionQuery = z.output<typeof executionQuerySchema>;
export const logQuerySchema = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
export const jobQuerySchema = pageQuerySchema.extend({
  state: z.enum([...jobStates, ...jobOutcomes]).optional(),
  kind: z.enum(jobKinds as [string, ...string[]]).optional(),
});
export type JobQuery = z.output<typeof jobQuerySchema>;
