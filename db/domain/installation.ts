// Rows that belong to the installation and not to a tenant: jobs and workers.

import { z } from "zod";
import { jobKinds } from "./jobs.ts";
import { jobOutcomes, jobStates } from "./states.ts";

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
    runAt: time,
    createdAt: time,
    claimedAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .meta({ id: "Job" });
export type Job = z.output<typeof jobSchema>;

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
    state: z.enum(["active", "draining", "lost"]),
    startedAt: time,
    seenAt: time,
  })
  .meta({ id: "Worker" });
export type Worker = z.output<typeof workerSchema>;
