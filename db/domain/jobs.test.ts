import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jobKinds, jobPolicies, retryDelayMs } from "./jobs.ts";
import { limits } from "./limits.ts";

describe("the wait before a job is tried again", () => {
  const policy = { attemptsMax: 5, baseMs: 1_000, capMs: 30_000 };

  it("doubles from failure to failure, up to the cap", () => {
    const waits = [1, 2, 3, 4, 5, 6, 50, 2_000].map((failures) => retryDelayMs(policy, failures, 1));
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("is at least half of that, the rest by chance", () => {
    assert.equal(retryDelayMs(policy, 3, 0), 2_000);
    assert.equal(retryDelayMs(policy, 3, 0.5), 3_000);
  });

  it("fits every kind of job", () => {
    for (const kind of jobKinds) {
      const { retry, timeoutMs } = jobPolicies[kind];
      assert.ok(retry.baseMs > 0 && retry.baseMs <= retry.capMs && retry.attemptsMax >= 1, kind);
      assert.ok(timeoutMs > limits.leaseMs, kind);
    }
  });

  it("leaves the attempt of a test its time", () => {
    assert.ok(jobPolicies.execution.timeoutMs > limits.attemptTimeoutMs);
  });
});
