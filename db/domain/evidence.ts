/**
 * How much is kept of attempts. `on`: pictures of each step, and every recording. `on-failure`: the picture of the failed step,
 * and the recordings of attempts that did not pass. `off`: the events alone.
 */
export const evidencePolicies = ["off", "on-failure", "on"] as const;
export type EvidencePolicy = (typeof evidencePolicies)[number];
