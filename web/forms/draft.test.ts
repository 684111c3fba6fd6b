import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "../../db/domain/limits.ts";
import { applyOperation, changeOf, type Draft, readDraft, tagsOf } from "./draft.ts";
import type { DraftStep } from "./step-fields.ts";
import { innerLists } from "./step-places.ts";

function draft(types: readonly DraftStep["type"][], open: string | null = null): Draft {
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
  const start = draft(["goto", "click", "fill", "press"], "2");
  for (const [operation, expected, open] of [
    ["up:2", "0213", "1"],
    ["down:2", "0132", "3"],
    ["down:1", "0213", "1"],
    ["move:0:3", "1230", "1"],
    ["move:3:0", "3012", "3"],
    ["up:0", "0123", "2"],
    ["down:3", "0123", "2"],
    ["move:1:9", "0123", "2"],
    ["move:7:0", "0123", "2"],
  ] as const) {
    const moved = applyOperation(start, operation);
    assert.equal(order(moved), expected, operation);
    assert.equal(moved.open, open, operation);
  }
});

test("a step that is put in, copied or deleted leaves the others as they are", () => {
  const start = draft(["goto", "click"], "1");
  const added = applyOperation(start, "add:fill:1");
  assert.deepEqual(
    added.steps.map(({ type }) => type),
    ["goto", "fill", "click"],
  );
  assert.equal(added.open, "1");
  assert.equal(order(applyOperation(start, "copy:0")), "001");
  const deleted = applyOperation(start, "delete:0");
  assert.equal(order(deleted), "1");
  assert.equal(deleted.open, "0");
  assert.equal(applyOperation(start, "delete:1").open, null);
  assert.equal(applyOperation(applyOperation(start, "toggle:0"), "toggle:0").steps[0]?.disabled, undefined);
  assert.equal(applyOperation(start, "toggle:0").steps[0]?.disabled, true);
});

test("a locator can be tried earlier", () => {
  const start = draft(["click"], "0");
  const step = { type: "click" as const, target: ["a", "b", "c"] };
  const ranked = applyOperation({ ...start, steps: [step] }, "rank:target:2");
  assert.deepEqual(ranked.steps[0]?.target, ["a", "c", "b"]);
});

/** Steps told as text: `0 1(then: a b; else: c)`. */
function told(steps: readonly DraftStep[]): string {
  return steps
    .map((step) => {
      const inner = innerLists(step).filter(({ field }) => step[field] !== undefined);
      const lists = inner.map(({ field, steps: own }) => `${field}: ${told(own)}`.trim());
      return `${step.name ?? step.type}${lists.length > 0 ? `(${lists.join("; ")})` : ""}`;
    })
    .join(" ");
}

function nested(open: string | null = null): Draft {
  const named = (name: string): DraftStep => ({ type: "click", name });
  // biome-ignore lint/suspicious/noThenProperty: the word of the language; a list is never taken for a promise
  const branch: DraftStep = { type: "if", name: "if", then: [named("a"), named("b")], else: [named("c")] };
  const steps: DraftStep[] = [named("x"), branch, { type: "repeat", name: "loop", steps: [named("d")] }];
  return { ...draft([], open), steps };
}

test("steps inside of steps are moved, put in, copied and deleted where they are, and the open one stays open", () => {
  for (const [operation, before, expected, after] of [
    ["down:1.then.0", "1.then.0", "x if(then: b a; else: c) loop(steps: d)", "1.then.1"],
    ["up:1.then.0", null, "x if(then: a b; else: c) loop(steps: d)", null],
    ["out:1.then.0", "1.else.0", "x if(then: b; else: c) a loop(steps: d)", "1.else.0"],
    ["out:2.steps.0", "2.steps.0", "x if(then: a b; else: c) loop(steps:) d", "3"],
    ["in:2", "2.steps.0", "x if(then: a b; else: c loop(steps: d))", "1.else.1.steps.0"],
    ["in:1", "1", "x if(then: a b; else: c) loop(steps: d)", "1"],
    ["move:0:2", "1.then.1", "if(then: a b; else: c) loop(steps: d) x", "0.then.1"],
    ["move:0:1.then.0", "0", "if(then: x a b; else: c) loop(steps: d)", "0.then.0"],
    ["move:1:1.then.0", "1", "x if(then: a b; else: c) loop(steps: d)", "1"],
    ["delete:1.else.0", "1.else.0", "x if(then: a b) loop(steps: d)", null],
    ["delete:0", "1.then.1", "if(then: a b; else: c) loop(steps: d)", "0.then.1"],
    ["copy:2.steps.0", null, "x if(then: a b; else: c) loop(steps: d d)", "2.steps.1"],
    ["add:press:1.then.1", null, "x if(then: a press b; else: c) loop(steps: d)", "1.then.1"],
    ["add:press:1.nothing.0", null, "x if(then: a b; else: c) loop(steps: d)", null],
    ["toggle:1.then.9", null, "x if(then: a b; else: c) loop(steps: d)", null],
  ] as const) {
    const changed = applyOperation(nested(before), operation);
    assert.equal(told(changed.steps), expected, operation);
    assert.equal(changed.open, after, operation);
  }
});

test("steps are not put deeper than they may stand", () => {
  let deep = draft(["repeat"]);
  let list = "0.steps";
  for (let depth = 2; depth <= limits.stepDepthMax; depth++) {
    deep = applyOperation(deep, `add:repeat:${list}.0`);
    list = `${list}.0.steps`;
  }
  assert.equal(applyOperation(deep, `add:click:${list}.0`), deep, "too deep");
  const tall = applyOperation(applyOperation(deep, "add:if:0"), "in:1");
  assert.equal(tall.steps.length, 2, "what is as deep as can be goes into nothing");
});

test("an open step keeps what is inside of it, and what is inside of others is read as it stands", () => {
  const form = new FormData();
  for (const step of nested().steps) form.append("step", JSON.stringify(step));
  form.append(
    "step",
    JSON.stringify({ type: "repeat", times: 2, steps: [{ type: "bogus" }, { type: "blur" }] }),
  );
  form.set("open", "1");
  form.set("f.name", "renamed");
  form.append("f.visible", "css=.a");
  const { draft: read, errors } = readDraft(form);
  assert.deepEqual(errors, []);
  assert.equal(told(read.steps), "x renamed(then: a b; else: c) loop(steps: d) repeat(steps: blur)");
  form.set("open", "1.then.1");
  form.set("f.name", "inner");
  assert.equal(told(readDraft(form).draft.steps.slice(0, 2)), "x if(then: a inner; else: c)");
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
