import type { BlobStore } from "../db/blobs.ts";
import type { Db } from "../db/client.ts";
import type { JobKind, JobPayload } from "../db/domain/jobs.ts";
import type { BrowserName } from "../db/domain/steps/definition.ts";
import type { ExpiredLease } from "../db/outbox/rescue.ts";
import type { OutsideCalls } from "../db/outside-calls.ts";
import type { Ctx } from "../db/services/context.ts";
import type { BrowserOptions } from "./browser/protocol.ts";
import type { EgressGateway } from "./egress/gateway.ts";
import type { HeldJob } from "./held-job.ts";
import type { LiveSessions } from "./live-session.ts";
import type { WorkerLog, WorkerMetrics } from "./metrics.ts";
import type { MailWay } from "./notify/mail-transport.ts";
import type { BrowserPool } from "./pool.ts";
import type { Report } from "./progress.ts";
import type { Sickness } from "./sickness.ts";
import type { VideoEncoder } from "./video-encoder.ts";

/** What handlers of jobs are given. */
export type JobServices = {
  db: Db;
  blobs: BlobStore;
  pool: BrowserPool;
  /** Between running attempts and those who watch or hold them. */
  live: LiveSessions;
  worker: { id: string; name: string };
  /** Those that it has; executions name theirs. */
  browsers: Readonly<Partial<Record<BrowserName, BrowserOptions>>>;
  outside: OutsideCalls;
  /** How mail leaves. */
  mail: MailWay;
  /** The way of attempts into the network. */
  egress: EgressGateway;
  /** Makes films of pictures. */
  encoder: VideoEncoder;
  /** The context of a verb in the name of the job's organization. */
  ctx: (organizationId: string | null) => Ctx;
  /** How long the logs of executions are kept. */
  logDays: number;
  metrics: WorkerMetrics;
  /** Is told how attempts end, so that a worker whose machine is broken notices. */
  sickness: Sickness;
  log: WorkerLog;
};

/**
 * `settled`: the handler ended the job itself, in the transaction of its result; else it is completed now. What is given as
 * its result is kept with it: small, and nothing secret.
 */
export type JobResult = "done" | "settled" | { result: unknown };

export type JobHandler<K extends JobKind> = {
  /**
   * Does the job. What it throws is an error of ours, retried by the policy of its kind. `held.signal` asks it to stop.
   * `progress` tells people how far it is.
   */
  run(services: JobServices, held: HeldJob, payload: JobPayload<K>, progress: Report): Promise<JobResult>;
  /** Where more than the job's own row must change when its worker is lost. @returns what became of the job. */
  rescue?(
    services: Pick<JobServices, "ctx" | "db">,
    expired: ExpiredLease,
    payload: JobPayload<K>,
  ): Promise<"ready" | "dead" | "cancelled" | "gone">;
};
