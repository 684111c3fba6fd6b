import { z } from "zod";

/**
 * Jobs of one queue are claimed together, by the same slots of a worker.
 * `needsBrowser`: each of its jobs names a browser and only workers that have it claim it.
 * `isShared`: its jobs have a key, keys take turns, and each has at most its share of the workers at once.
 * `mayPrefetch`: a worker may claim ahead what it will have done in a moment; never where a job may take seconds, lest one
 * waits for a busy worker while another has nothing to do.
 */
export const queues = {
  browser: { isShared: true, mayPrefetch: false, needsBrowser: true },
  light: { isShared: false, mayPrefetch: true, needsBrowser: false },
  /** Films: long, and none of them is in a hurry. */
  media: { isShared: false, mayPrefetch: false, needsBrowser: false },
} as const satisfies Record<string, { isShared: boolean; mayPrefetch: boolean; needsBrowser: boolean }>;

export type QueueName = keyof typeof queues;
export const queueNames = Object.keys(queues) as QueueName[];

/**
 * How a kind of job is tried again after an error of ours: the wait stays `baseMs`, grows by it, or doubles from it, up to
 * `capMs`. The part `jitter` of the wait, 0 to 1, is left to chance, so that a herd scatters.
 */
export type RetryPolicy = {
  attemptsMax: number;
  backoff: "fixed" | "linear" | "exponential";
  baseMs: number;
  capMs: number;
  jitter: number;
};

/** What one key of a shared queue may have. */
export type Share = {
  /** Jobs that run at once. */
  atOnce: number;
  /** So many jobs may start in any stretch of so many milliseconds. At most 1000 jobs. */
  rate?: { jobs: number; perMs: number };
};

export type JobPolicy = {
  queue: QueueName;
  payload: z.ZodType;
  retry: RetryPolicy;
  /** Wall clock of one try, after which it is stopped and counted as failed. */
  timeoutMs: number;
  /** Smaller is claimed earlier; in a shared queue among those of the same key. */
  priority: number;
  /**
   * For how many days it is kept when it has ended, dead letters for as long as the kind that is kept longest; default: two
   * weeks.
   */
  keepDays?: number;
  /** Of each key; needed in a shared queue and without meaning in others. */
  share?: Share;
};

/** Every kind of job with its payload: references, never blobs. `worker/jobs/index.ts` must handle each. */
export const jobPolicies = {
  execution: {
    queue: "browser",
    payload: z.strictObject({ executionId: z.uuid() }),
    retry: { attemptsMax: 3, backoff: "exponential", baseMs: 1_000, capMs: 30_000, jitter: 0.5 },
    timeoutMs: 15 * 60_000,
    priority: 100,
    // Of a project. Fairness comes from the turns; this only keeps one project from holding a whole fleet.
    share: { atOnce: 64 },
  },
  housekeeping: {
    queue: "light",
    payload: z.strictObject({}),
    retry: { attemptsMax: 3, backoff: "exponential", baseMs: 10_000, capMs: 300_000, jitter: 0.5 },
    timeoutMs: 60_000,
    priority: 200,
    keepDays: 3,
  },
  mail: {
    queue: "light",
    payload: z.strictObject({ mailId: z.uuid() }),
    // Somebody waits for it; a mail server that was away for some hours is back in time all the same.
    retry: { attemptsMax: 10, backoff: "exponential", baseMs: 5_000, capMs: 3_600_000, jitter: 0.5 },
    timeoutMs: 60_000,
    priority: 50,
    keepDays: 3,
  },
  video: {
    queue: "media",
    payload: z.strictObject({ artifactId: z.uuid() }),
    retry: { attemptsMax: 3, backoff: "exponential", baseMs: 5_000, capMs: 300_000, jitter: 0.5 },
    timeoutMs: 4 * 60_000,
    priority: 300,
    keepDays: 3,
  },
} as const satisfies Record<string, JobPolicy>;

export type JobKind = keyof typeof jobPolicies;
export type JobPayload<K extends JobKind> = z.output<(typeof jobPolicies)[K]["payload"]>;

export const jobKinds = Object.keys(jobPolicies) as JobKind[];

/** The policy of a kind with all that any kind may have. */
export function policyOf(kind: JobKind): JobPolicy {
  return jobPolicies[kind];
}

/** Milliseconds until the next try after the `failures`-th failed one; `random` in [0, 1). */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number): number {
  const factor = { fixed: 1, linear: failures, exponential: 2 ** (failures - 1) }[policy.backoff];
  const wait = Math.min(policy.capMs, policy.baseMs * factor);
  return Math.round(wait * (1 - policy.jitter + policy.jitter * random));
}
