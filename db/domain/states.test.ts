import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AttemptStatus,
  executionStatuses,
  executionTransitions,
  isFinal,
  noCounts,
  type RunCounts,
  runStatusOf,
  type Verdict,
  verdictOf,
  verdicts,
} from "./states.ts";

describe("the verdict of an execution", () => {
  const cases: [attempts: AttemptStatus[], verdict: Verdict][] = [
    [["passed"], "passed"],
    [["failed"], "failed"],
    [["failed", "failed"], "failed"],
    [["failed", "passed"], "flaky"],
    [["lost", "passed"], "passed"],
    [["error", "passed"], "passed"],
    [["failed", "lost", "passed"], "flaky"],
    [["lost", "failed"], "failed"],
    [["failed", "error"], "error"],
    [["error"], "error"],
    [["lost"], "error"],
    [["cancelled"], "cancelled"],
    [["failed", "cancelled"], "cancelled"],
    [[], "error"],
  ];
  for (const [attempts, verdict] of cases) {
    it(`of ${attempts.join(", ") || "no attempt"} is ${verdict}`, () =>
      assert.equal(verdictOf(attempts), verdict));
  }
});

describe("the status of a run", () => {
  const cases: [counts: Partial<RunCounts>, status: string][] = [
    [{ queued: 3 }, "queued"],
    [{ queued: 2, passed: 1 }, "running"],
    [{ queued: 2, running: 1 }, "running"],
    [{ running: 1, failed: 4 }, "running"],
    [{ passed: 3 }, "passed"],
    [{ passed: 3, flaky: 1 }, "flaky"],
    [{ passed: 3, flaky: 1, cancelled: 1 }, "cancelled"],
    [{ passed: 3, cancelled: 1, error: 1 }, "error"],
    [{ passed: 3, error: 1, failed: 1 }, "failed"],
    [{ passed: 1, skipped: 1 }, "passed"],
    [{ skipped: 2 }, "skipped"],
    [{}, "skipped"],
  ];
  for (const [counts, status] of cases) {
    it(`with ${JSON.stringify(counts)} is ${status}`, () =>
      assert.equal(runStatusOf({ ...noCounts(), ...counts }), status));
  }
});

describe("an execution", () => {
  it("stays where a verdict has put it", () => {
    for (const verdict of verdicts) {
      assert.ok(isFinal(verdict));
      assert.deepEqual(executionTransitions[verdict], []);
    }
    assert.ok(!isFinal("queued") && !isFinal("running"));
  });

  it("reaches every status from the first one", () => {
    const reached = new Set(["queued", ...executionTransitions.queued, ...executionTransitions.running]);
    assert.deepEqual([...reached].sort(), [...executionStatuses].sort());
  });

  it("can't pass or fail without having run", () => {
    for (const verdict of ["passed", "failed", "flaky"] as const) {
      assert.ok(!executionTransitions.queued.includes(verdict));
    }
  });
});
