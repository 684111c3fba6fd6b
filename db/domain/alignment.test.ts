import assert from "node:assert/strict";
import { test } from "node:test";
import { alignRows } from "./alignment.ts";

/** Letters are kinds, the number behind them what makes two of a kind differ. */
function aligned(before: string, after: string): string {
  const split = (text: string) => text.split(" ").filter(Boolean);
  const [left, right] = [split(before), split(after)];
  const rows = alignRows(
    left,
    right,
    (item) => item,
    (item) => item[0] ?? "",
  );
  return rows
    .map((row) => {
      const was = row.before === null ? "-" : left[row.before];
      const is = row.after === null ? "-" : right[row.after];
      return row.same ? was : `${was}:${is}`;
    })
    .join(" ");
}

test("two lists are put side by side: the same, changed, only in one", () => {
  for (const [before, after, expected] of [
    ["a b c", "a b c", "a b c"],
    ["a c", "a b c", "a -:b c"],
    ["a b c", "a c", "a b:- c"],
    ["a b1 c", "a b2 c", "a b1:b2 c"],
    ["a b1 c", "a d b2 c", "a -:d b1:b2 c"],
    ["", "a", "-:a"],
    ["a", "", "a:-"],
    ["a a a", "a a", "a a a:-"],
    ["x a", "a y", "x:- a -:y"],
  ] as const) {
    assert.equal(aligned(before, after), expected, `${before} | ${after}`);
  }
});

test("two lists without anything in common, as long as an attempt can be, are put side by side as well", () => {
  const many = (kind: string) => Array.from({ length: 2_500 }, (_, index) => `${kind}${index}`);
  const rows = alignRows(
    many("a"),
    many("b"),
    (item) => item,
    () => "step",
  );
  assert.equal(rows.length, 2_500);
  assert.ok(rows.every(({ before, after, same }) => before === after && !same));
});
