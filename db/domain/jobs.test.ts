import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jobKinds, jobPolicies, policyOf, queues, type RetryPolicy, retryDelayMs } from "./jobs.ts";
import { limits } from "./limits.ts";

describe("the wait before a job is tried again", () => {
  const policy: RetryPolicy = {
    attemptsMax: 5,
    backoff: "exponential",
    baseMs: 1_000,
    capMs: 30_000,
    jitter: 0.5,
  };

  it("doubles from failure to failure, up to the cap", () => {
    const waits = [1, 2, 3, 4, 5, 6, 50, 2_000].map((failures) => retryDelayMs(policy, failures, 1));
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("is at least half of that, the rest by chance", () => {
    assert.equal(retryDelayMs(policy, 3, 0), 2_000);
    assert.equal(retryDelayMs(policy, 3, 0.5), 3_000);
  });

  it("stays, or grows by the same, where the policy says so; without jitter nothing is left to chance", () => {
    const waits = (backoff: RetryPolicy["backoff"]) =>
      [1, 2, 3, 40].map((failures) => retryDelayMs({ ...policy, backoff, jitter: 0 }, failures, 0.7));
    assert.deepEqual(waits("fixed"), [1_000, 1_000, 1_000, 1_000]);
    assert.deepEqual(waits("linear"), [1_000, 2_000, 3_000, 30_000]);
    assert.deepEqual(waits("exponential"), [1_000, 2_000, 4_000, 30_000]);
    assert.equal(retryDelayMs({ ...policy, jitter: 1 }, 3, 0), 0);
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

describe("a kind of job", () => {
  it("has a share if and only if its queue is shared", () => {
    for (const kind of jobKinds) {
      const { queue, share } = policyOf(kind);
      assert.equal(share !== undefined, queues[queue].isShared, kind);
      assert.ok((share?.atOnce ?? 1) >= 1 && (share?.rate?.jobs ?? 1) <= 1_000, kind);
    }
  });
});
