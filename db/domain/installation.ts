// Rows that belong to the installation and not to a tenant: jobs and workers.

import { z } from "zod";
import { jobKinds } from "./jobs.ts";
import { jobOutcomes, jobStates } from "./states.ts";
import { workerModes, workerStates } from "./workers.ts";

const id = z.uuid();
const time = z.iso.datetime();

/** A job, waiting, running or ended, with one sentence that explains its state. */
export const jobSchema = z
  .strictObject({
    id,
    kind: z.enum(jobKinds as [string, ...string[]]),
    state: z.enum([...jobStates, ...jobOutcomes]),
    explanation: z.string(),
    priority: z.int(),
    attempt: z.int(),
    failures: z.int(),
    crashes: z.int(),
    organizationId: id.nullable(),
    payload: z.record(z.string(), z.unknown()),
    workerId: id.nullable(),
    error: z.string().nullable(),
    progress: z
      .strictObject({ fraction: z.number(), text: z.string() })
      .nullable()
      .meta({ description: "How far it is while it runs, where it says so: 0 to 1, and with what" }),
    result: z.unknown().meta({ description: "What came of it, where it says so" }),
    runAt: time,
    createdAt: time,
    claimedAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .meta({ id: "Job" });
export type Job = z.output<typeof jobSchema>;

/** A job that a worker has now. */
const workerJobSchema = z
  .strictObject({
    id,
    kind: z.enum(jobKinds as [string, ...string[]]),
    executionId: id.nullable(),
    since: time,
  })
  .meta({ id: "WorkerJob" });
export type WorkerJob = z.output<typeof workerJobSchema>;

export const workerSchema = z
  .strictObject({
    id,
    name: z.string(),
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    browsers: z.array(z.string()),
    slots: z.int(),
    running: z.int(),
    jobs: z.array(workerJobSchema).meta({ description: "Of those that run, the ten that have run longest" }),
    state: z.enum(workerStates),
    reason: z
      .string()
      .nullable()
      .meta({ description: "Why it was told to be in this state, and since when" }),
    changedBy: z.string().nullable().meta({ description: "Null: nobody, or the worker itself" }),
    changedAt: time,
    refusal: z.string().nullable().meta({ description: "Why it claims nothing, by its own finding" }),
    memoryBytes: z.int().nullable().meta({ description: "Of its machine, or what of that it may use" }),
    memoryFreeBytes: z.int().nullable(),
    load: z.number().nullable().meta({ description: "Processes that want to run, for each core" }),
    processed: z.int().meta({ description: "Jobs that it ended since it started" }),
    failed: z.int().meta({ description: "Tries of executions in which the test failed" }),
    faults: z.int().meta({ description: "Tries that ended by an error of ours or of its machine" }),
    startedAt: time,
    seenAt: time,
  })
  .meta({ id: "Worker" });
export type Worker = z.output<typeof workerSchema>;

export const workerModeSchema = z.strictObject({
  mode: z.enum(workerModes),
  reason: z.string().max(500).optional(),
});
