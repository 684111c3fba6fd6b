import assert from "node:assert/strict";
import type { AttemptPlan } from "../protocol.ts";
import { closeBrowsers } from "../thread.ts";
import { Bench, type Finished, type Written } from "./run.ts";
import { type Site, startSite } from "./site.ts";

export type { Written } from "./run.ts";

export type StepBench = {
  bench: Bench;
  site: Site;
  /** Runs the steps on a page of the site, and expects them to pass. */
  passes(path: string, ...steps: Written[]): Promise<Finished>;
  /** The same with more of the plan. */
  passesWith(plan: Partial<AttemptPlan>, path: string, ...steps: Written[]): Promise<Finished>;
  /** Runs the steps on a page of the site, and expects the last of them to fail with a code and a message. */
  fails(path: string, code: string, message: RegExp, ...steps: Written[]): Promise<Finished>;
  close(): Promise<void>;
};

/** Verdicts that a step comes to by waiting in vain; every other failure is told as soon as it is seen. */
const awaitedCodes = new Set([
  "ambiguous-target",
  "assertion-failed",
  "no-effect",
  "not-editable",
  "not-enabled",
  "option-not-found",
  "target-not-found",
  "timeout",
]);

/** A bench with the fixture site, for tests of single steps. */
export async function openStepBench(): Promise<StepBench> {
  const bench = await Bench.open();
  const site = await startSite();
  const run = (path: string, steps: Written[], plan: Partial<AttemptPlan> = {}) =>
    bench.run([{ type: "goto", url: path }, ...steps], { baseUrl: site.url, ...plan });
  return {
    bench,
    site,
    async passes(path, ...steps) {
      const result = await run(path, steps);
      assert.equal(result.outcome.failure, null);
      assert.equal(result.outcome.status, "passed");
      return result;
    },
    async passesWith(plan, path, ...steps) {
      const result = await run(path, steps, plan);
      assert.equal(result.outcome.failure, null, JSON.stringify(result.outcome));
      return result;
    },
    async fails(path, code, message, ...steps) {
      // Only a wait in vain is cut short: a busy machine may take its time over everything else.
      const last = awaitedCodes.has(code) ? { timeoutMs: 300, ...steps.at(-1) } : steps.at(-1);
      const result = await run(path, [...steps.slice(0, -1), last] as Written[]);
      const { status, failure } = result.outcome;
      assert.equal(status, "failed", JSON.stringify(result.outcome));
      assert.equal(failure?.code, code, JSON.stringify(result.outcome));
      assert.match(failure.message, message);
      assert.equal(failure.step, steps.length);
      return result;
    },
    async close() {
      await closeBrowsers();
      await site.close();
      await bench.close();
    },
  };
}
