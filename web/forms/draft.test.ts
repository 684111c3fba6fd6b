import assert from "node:assert/strict";
import { test } from "node:test";
import { applyOperation, changeOf, type Draft, readDraft, tagsOf } from "./draft.ts";
import type { DraftStep } from "./step-fields.ts";

function draft(types: readonly DraftStep["type"][], open: number | null = null): Draft {
  return {
    name: "A",
    description: "",
    expectedResult: "",
    priority: "medium",
    status: "active",
    tags: "",
    group: "",
    steps: types.map((type, index) => ({ type, name: String(index) })),
    open,
    message: "",
    expectedVersion: 1,
    dirty: false,
    spare: null,
  };
}

const order = (value: Draft) => value.steps.map(({ name }) => name).join("");

test("moving a step keeps the open one open, wherever it goes", () => {
  const start = draft(["goto", "click", "fill", "press"], 2);
  for (const [operation, expected, open] of [
    ["up:2", "0213", 1],
    ["down:2", "0132", 3],
    ["down:1", "0213", 1],
    ["move:0:3", "1230", 1],
    ["move:3:0", "3012", 3],
    ["up:0", "0123", 2],
    ["down:3", "0123", 2],
    ["move:1:9", "0123", 2],
    ["move:7:0", "0123", 2],
  ] as const) {
    const moved = applyOperation(start, operation);
    assert.equal(order(moved), expected, operation);
    assert.equal(moved.open, open, operation);
  }
});

test("a step that is put in, copied or deleted leaves the others as they are", () => {
  const start = draft(["goto", "click"], 1);
  const added = applyOperation(start, "add:fill:1");
  assert.deepEqual(
    added.steps.map(({ type }) => type),
    ["goto", "fill", "click"],
  );
  assert.equal(added.open, 1);
  assert.equal(order(applyOperation(start, "copy:0")), "001");
  const deleted = applyOperation(start, "delete:0");
  assert.equal(order(deleted), "1");
  assert.equal(deleted.open, 0);
  assert.equal(applyOperation(start, "delete:1").open, null);
  assert.equal(applyOperation(applyOperation(start, "toggle:0"), "toggle:0").steps[0]?.disabled, undefined);
  assert.equal(applyOperation(start, "toggle:0").steps[0]?.disabled, true);
});

test("a locator can be tried earlier", () => {
  const start = draft(["click"], 0);
  const step = { type: "click" as const, target: ["a", "b", "c"] };
  const ranked = applyOperation({ ...start, steps: [step] }, "rank:target:2");
  assert.deepEqual(ranked.steps[0]?.target, ["a", "c", "b"]);
});

test("an operation that names nothing changes nothing", () => {
  const start = draft(["goto"]);
  for (const operation of ["", "nonsense", "up:", "delete:x", "add:bogus:0", "rank:target:1", "copy:-1"]) {
    assert.deepEqual(applyOperation(start, operation), start, operation);
  }
});

test("the open step is read from its controls, the others as they stand, broken ones not at all", () => {
  const form = new FormData();
  form.append("step", JSON.stringify({ type: "goto", url: "/" }));
  form.append("step", JSON.stringify({ type: "click", target: "old" }));
  form.append("step", "{not json");
  form.append("step", JSON.stringify({ type: "bogus" }));
  form.set("open", "1");
  form.append("f.target", "new");
  form.append("f.target", "");
  form.append("f.target", "other");
  form.set("description", "one\r\ntwo");
  form.set("expectedVersion", "7");
  const { draft: read, errors } = readDraft(form);
  assert.deepEqual(errors, []);
  assert.deepEqual(read.steps, [
    { type: "goto", url: "/" },
    { type: "click", target: ["new", "other"] },
  ]);
  assert.equal(changeOf(read).description, "one\ntwo");
  assert.equal(changeOf(read).expectedVersion, 7);
});

test("tags are split at spaces and commas, with or without their @", () => {
  assert.deepEqual(tagsOf(" smoke, @login  pay "), ["smoke", "login", "pay"]);
  assert.deepEqual(tagsOf(" "), []);
});
