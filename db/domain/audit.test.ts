import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf } from "./audit.ts";

test("a change is told value by value, whatever stayed is left out", () => {
  const before = { name: "A", tags: ["a", "b"], plan: { members: 3, parallel: null }, same: { x: 1, y: 2 } };
  const after = {
    name: "B",
    tags: ["b"],
    plan: { members: 4, parallel: null },
    same: { y: 2, x: 1 },
    more: true,
  };
  assert.deepEqual(changesOf({ before, after }), [
    { path: "name", before: "A", after: "B" },
    { path: "tags", before: ["a", "b"], after: ["b"] },
    { path: "plan.members", before: 3, after: 4 },
    { path: "more", before: undefined, after: true },
  ]);
});

test("what was made or removed is told with every value that it has", () => {
  assert.deepEqual(changesOf({ before: null, after: { role: "admin", in: { a: 1 } } }), [
    { path: "role", before: undefined, after: "admin" },
    { path: "in.a", before: undefined, after: 1 },
  ]);
  assert.deepEqual(changesOf({ before: { role: null }, after: null }), [
    { path: "role", before: null, after: undefined },
  ]);
  assert.deepEqual(changesOf({ before: null, after: null }), []);
});

test("an entry of any size or depth ends, and names of its own can't be mistaken for those of every object", () => {
  const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`n${i}`, i]));
  assert.equal(changesOf({ before: null, after: wide }).length, 200);
  let deep: unknown = 1;
  for (let i = 0; i < 2_000; i++) deep = { deep };
  assert.equal(changesOf({ before: null, after: deep })[0]?.path, Array(8).fill("deep").join("."));
  assert.deepEqual(changesOf({ before: {}, after: { toString: 1 } }), [
    { path: "toString", before: undefined, after: 1 },
  ]);
});
