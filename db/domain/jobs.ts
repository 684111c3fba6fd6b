import { z } from "zod";

/** How a kind of job is tried again after an error of ours: wait `baseMs * 2^(n-1)`, at most `capMs`, half of it by chance. */
export type RetryPolicy = { attemptsMax: number; baseMs: number; capMs: number };

export type JobPolicy = {
  payload: z.ZodType;
  retry: RetryPolicy;
  /** Wall clock of one try, after which it is stopped and counted as failed. */
  timeoutMs: number;
  /** Smaller is claimed earlier. */
  priority: number;
};

/** Every kind of job with its payload: references, never blobs. `worker/jobs/index.ts` must handle each. */
export const jobPolicies = {
  execution: {
    payload: z.strictObject({ executionId: z.uuid() }),
    retry: { attemptsMax: 3, baseMs: 1_000, capMs: 30_000 },
    timeoutMs: 15 * 60_000,
    priority: 100,
  },
  housekeeping: {
    payload: z.strictObject({}),
    retry: { attemptsMax: 3, baseMs: 10_000, capMs: 300_000 },
    timeoutMs: 60_000,
    priority: 200,
  },
} as const satisfies Record<string, JobPolicy>;

export type JobKind = keyof typeof jobPolicies;
export type JobPayload<K extends JobKind> = z.output<(typeof jobPolicies)[K]["payload"]>;

export const jobKinds = Object.keys(jobPolicies) as JobKind[];

/** Milliseconds until the next try after the `failures`-th failed one; `random` in [0, 1) spreads a herd. */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** (failures - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
