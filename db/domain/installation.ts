// Rows that belong to the installation and not to a tenant: jobs and workers.

import { z } from "zod";
import { tryEnds } from "./job-tries.ts";
import { jobKinds, type QueueName, queueNames } from "./jobs.ts";
import { jobOutcomes, jobStates } from "./states.ts";
import { windowNames } from "./tally.ts";
import { workerModes, workerStates } from "./workers.ts";

const id = z.uuid();
const time = z.iso.datetime();

const jobTrySchema = z.strictObject({
  attempt: z.int(),
  how: z.enum(tryEnds),
  claimedAt: time.nullable(),
  endedAt: time,
  workerId: id.nullable(),
  worker: z.string().nullable(),
  fence: z.string().nullable(),
  error: z.string().nullable(),
});

/** A job, waiting, running or ended, with one sentence that explains its state. */
export const jobSchema = z
  .strictObject({
    id,
    kind: z.enum(jobKinds as [string, ...string[]]),
    queue: z.enum(queueNames as [QueueName, ...QueueName[]]),
    /** Whose share it takes, where projects share a queue. */
    projectId: id.nullable(),
    state: z.enum([...jobStates, ...jobOutcomes]),
    explanation: z.string(),
    priority: z.int(),
    attempt: z.int(),
    failures: z.int(),
    crashes: z.int(),
    interruptions: z.int(),
    attemptsMax: z.int(),
    organizationId: id.nullable(),
    payload: z.record(z.string(), z.unknown()),
    workerId: id.nullable(),
    /** Its name; null when there is none, or it has left. */
    worker: z.string().nullable(),
    /** The beginning of the lease token, as long as it runs. */
    fence: z.string().nullable(),
    leaseUntil: time.nullable(),
    error: z.string().nullable(),
    /** The tries that did not end it, the last ones. */
    history: z.array(jobTrySchema),
    progress: z
      .strictObject({ fraction: z.number(), text: z.string() })
      .nullable()
      .meta({ description: "How far it is while it runs, where it says so: 0 to 1, and with what" }),
    result: z.unknown().meta({ description: "What came of it, where it says so" }),
    runAt: time,
    createdAt: time,
    claimedAt: time.nullable(),
    finishedAt: time.nullable(),
    /** Of a dead letter that was dealt with: when, by whom, and the job it was tried again as. */
    handledAt: time.nullable(),
    handledBy: z.string().nullable(),
    replayedAs: id.nullable(),
  })
  .meta({ id: "Job" });
export type Job = z.output<typeof jobSchema>;

const milliseconds = z.number().nullable();
/** About: they are read from classes of durations. */
const durations = {
  waitP50Ms: milliseconds,
  waitP95Ms: milliseconds,
  runP50Ms: milliseconds,
  runP95Ms: milliseconds,
};
const counts = { started: z.int(), finished: z.int(), failed: z.int() };

export const queueSchema = z
  .strictObject({
    name: z.enum(queueNames as [QueueName, ...QueueName[]]),
    mode: z.enum(["open", "limited", "paused"]),
    /** Jobs that may run at once, on all workers together; null: as many as the workers have slots. */
    slotsMax: z.int().nullable(),
    reason: z.string().nullable(),
    changedBy: z.string().nullable(),
    changedAt: time.nullable(),
    /** Counted no further than 10 000. */
    ready: z.int(),
    scheduled: z.int(),
    running: z.int(),
    oldestReadyMs: z.number(),
    /** Workers that claim from it, and their slots in it. */
    workers: z.int(),
    slots: z.int(),
    /** Of the last five minutes. */
    lately: z.strictObject({ ...counts, ...durations }),
  })
  .meta({ id: "Queue" });
export type Queue = z.output<typeof queueSchema>;

export const queueChangeSchema = z
  .strictObject({
    paused: z.boolean().optional(),
    slotsMax: z.int().min(1).max(100_000).nullable().optional(),
    reason: z.string().trim().max(500).nullable().optional(),
  })
  .refine(({ paused, slotsMax }) => paused !== undefined || slotsMax !== undefined, {
    message: "say what is to change: paused, slotsMax",
  });
export type QueueChange = z.output<typeof queueChangeSchema>;

const rate = z.strictObject({
  jobs: z.int().min(1).max(1_000),
  perMs: z.int().min(1_000).max(86_400_000),
});
const ownShare = {
  weight: z
    .int()
    .min(1)
    .max(100)
    .nullable()
    .meta({ description: "Jobs that start in one turn; null: what the plan of its organization says" }),
  atOnce: z.int().min(1).max(100_000).nullable().meta({ description: "Null: what the kind of job says" }),
  rate: rate.nullable().meta({ description: "Jobs that may start in any stretch of so many milliseconds" }),
};

/** What a project may have of a queue in which projects take turns. */
export const shareSchema = z
  .strictObject({
    queue: z.enum(queueNames as [QueueName, ...QueueName[]]),
    projectId: z.uuid(),
    project: z.string().nullable().meta({ description: "Its name, for those who may see the project" }),
    running: z.int(),
    waiting: z.int().meta({ description: "Counted up to 1000" }),
    /** As they hold now. */
    weight: z.int(),
    atOnce: z.int(),
    rate: rate.nullable(),
    own: z
      .strictObject(ownShare)
      .meta({ description: "What was said about this project; null where the rule for all holds" }),
    changedBy: z.string().nullable(),
    changedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Share" });
export type Share = z.output<typeof shareSchema>;

export const shareChangeSchema = z
  .strictObject({
    weight: ownShare.weight.optional(),
    atOnce: ownShare.atOnce.optional(),
    rate: ownShare.rate.optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    message: "say what is to change: weight, atOnce, rate",
  });
export type ShareChange = z.output<typeof shareChangeSchema>;

export const throughputSchema = z
  .strictObject({
    window: z.enum(windowNames),
    /** Seconds that each point stands for; the last one is still being counted. */
    spanS: z.int(),
    points: z.array(z.strictObject({ at: time, ...counts })),
    kinds: z.array(
      z.strictObject({
        kind: z.enum(jobKinds as [string, ...string[]]),
        queue: z.enum(queueNames as [QueueName, ...QueueName[]]),
        ...counts,
        ...durations,
      }),
    ),
    total: z.strictObject({ ...counts, ...durations }),
  })
  .meta({ id: "Throughput" });
export type Throughput = z.output<typeof throughputSchema>;

export const bulkResultSchema = z
  .strictObject({
    /** Dead letters that were dealt with. */
    done: z.int(),
    /** Those that could not be, with the reason; at most 20 are named. */
    refused: z.array(z.strictObject({ id, reason: z.string() })),
    refusedCount: z.int(),
    /** That also match and were not looked at: there is a limit for each request. */
    left: z.int(),
  })
  .meta({ id: "BulkResult" });
export type BulkResult = z.output<typeof bulkResultSchema>;

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
