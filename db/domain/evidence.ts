/**
 * How much is kept of attempts. `on`: pictures of each step, and every recording. `on-failure`: the picture of the failed step,
 * and the recordings of attempts that did not pass. `on-retry`: of the first try the picture of the failed step, of later ones
 * as `on`. `off`: the events alone. A film of the pages has a policy of its own, of the same words.
 */
export const evidencePolicies = ["off", "on-failure", "on-retry", "on"] as const;
export type EvidencePolicy = (typeof evidencePolicies)[number];
export type AttemptPolicy = Exclude<EvidencePolicy, "on-retry">;

/** What a policy means for one attempt, counted from 1. */
export function policyOfAttempt(policy: EvidencePolicy, attempt: number): AttemptPolicy {
  if (policy !== "on-retry") return policy;
  return attempt > 1 ? "on" : "off";
}
