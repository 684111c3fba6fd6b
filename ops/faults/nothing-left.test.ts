import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingLeft, textOfNothingLeft } from "./nothing-left.ts";

/** The short form of `npm run faults -- nothing-left`. */
test("browsers that are killed leave nothing, and case after case nothing grows", {
  skip: process.platform === "linux" ? false : "needs a /proc",
}, async () => {
  const report = await nothingLeft({
    kills: 12,
    cases: 60,
    seed: "tests",
    // So few cases say little about memory; descriptors are counted exactly.
    growth: { memoryBytesMax: 200_000_000, descriptorsMax: 10 },
    say: () => undefined,
  });
  assert.deepEqual(report.breaks, [], textOfNothingLeft(report));
  assert.ok(
    Object.keys(report.ends).some((end) => end.startsWith("error ")),
    textOfNothingLeft(report),
  );
});
