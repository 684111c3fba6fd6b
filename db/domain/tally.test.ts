import assert from "node:assert/strict";
import { test } from "node:test";
import { addTally, count, durationBoundsMs, noTally, quantileMs } from "./tally.ts";

test("a quantile of counted durations lies in the class of the duration that it stands for", () => {
  const { waits } = noTally();
  assert.equal(quantileMs(waits, 0.95), null);
  for (let n = 0; n < 95; n++) count(waits, 8);
  for (let n = 0; n < 5; n++) count(waits, 4_000);
  const of = (share: number) => quantileMs(waits, share) ?? Number.NaN;
  const [half, most, top] = [of(0.5), of(0.95), of(0.99)];
  assert.ok(half > 0 && half < 10, `${half}`);
  assert.equal(most, 10);
  assert.ok(top > 2_500 && top <= 5_000, `${top}`);
});

test("a duration beyond all classes counts as the longest that can be told", () => {
  const { runs } = noTally();
  count(runs, Number.MAX_SAFE_INTEGER);
  assert.equal(quantileMs(runs, 0.5), durationBoundsMs.at(-1));
});

test("tallies of several workers add up to what one would have counted", () => {
  const [one, other, both] = [noTally(), noTally(), noTally()];
  for (const [tally, ms] of [
    [one, 5],
    [other, 70],
    [other, 900_000],
  ] as const) {
    for (const each of [tally, both]) {
      each.started++;
      each.finished++;
      count(each.waits, ms);
      count(each.runs, ms * 2);
    }
  }
  assert.deepEqual(addTally(addTally(noTally(), one), other), both);
});
