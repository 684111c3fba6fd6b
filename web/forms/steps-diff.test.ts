import assert from "node:assert/strict";
import { test } from "node:test";
import type { Step } from "../../db/domain/steps/index.ts";
import { diffSteps } from "./steps-diff.ts";

const open = (url: string): Step => ({ type: "goto", url });
const click = (target: string): Step => ({ type: "click", target });
const kinds = (before: Step[], after: Step[]) =>
  diffSteps(before, after)
    .map(({ kind }) => kind)
    .join(" ");

test("what is the same stays aligned around what was put in and taken out", () => {
  assert.equal(kinds([open("/a"), click("x"), open("/b")], [open("/a"), open("/b")]), "same removed same");
  assert.equal(kinds([open("/a")], [click("x"), open("/a"), click("y")]), "added same added");
  assert.equal(kinds([], [open("/a")]), "added");
  assert.equal(kinds([open("/a")], []), "removed");
  assert.equal(kinds([], []), "");
});

test("a step of the same type in the same place is changed, with the fields that differ", () => {
  const [row] = diffSteps(
    [{ type: "click", target: "a", count: 2 }],
    [{ type: "click", target: ["a", "b"], optional: true }],
  );
  assert.equal(row?.kind, "changed");
  assert.deepEqual(row?.kind === "changed" && row.fields, [
    { name: "target", before: "a", after: ["a", "b"] },
    { name: "optional", before: undefined, after: true },
    { name: "count", before: 2, after: undefined },
  ]);
});

test("the order of a step's fields is no difference", () => {
  assert.equal(
    kinds([{ type: "goto", url: "/", name: "n" }], [{ name: "n", url: "/", type: "goto" }]),
    "same",
  );
});

test("every step of both versions stands in the comparison exactly once", () => {
  const before = [open("/1"), click("a"), open("/2"), click("b"), open("/3"), open("/4")];
  const after = [click("c"), open("/1"), open("/3"), click("b"), open("/2"), click("d")];
  const rows = diffSteps(before, after);
  const left = rows.flatMap((row) => (row.before === null ? [] : [row.before]));
  const right = rows.flatMap((row) => (row.after === null ? [] : [row.after]));
  assert.deepEqual(left, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(right, [0, 1, 2, 3, 4, 5]);
});

test("two versions of the greatest length are compared without trouble", () => {
  const before = Array.from({ length: 500 }, (_, index) => open(`/${index}`));
  const after = before.with(250, click("x"));
  assert.equal(diffSteps(before, after).filter(({ kind }) => kind === "same").length, 499);
});
