import assert from "node:assert/strict";
import type { Experiment } from "../experiment.ts";
import { breaksOf, textOf } from "../report.ts";
import { runExperiment } from "../run.ts";

/** A machine that is five times slower is no fault of the product. */
const recoveryMsMax = 240_000;

/** A few trials of an experiment on the tests' PostgreSQL: nothing may break, and every blow must have fallen. */
export async function holdsInShort(experiment: Experiment, trials: number): Promise<void> {
  const say = () => undefined;
  const report = await runExperiment(
    { ...experiment, recoveryMsMax },
    { seed: "tests", trials, server: null, say },
  );
  assert.equal(breaksOf([report]), 0, textOf(report));
  const hits = Object.values(report.faults).reduce((sum, count) => sum + count, 0);
  assert.ok(hits >= trials, textOf(report));
}
