import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventBody, LogItem } from "./events.ts";
import { eachNode, pathOfShown, pathWords, type StepNode, shownPath, stepTree } from "./step-tree.ts";
import { type Step, stepsSchema } from "./steps/index.ts";

const written: Step[] = stepsSchema.parse([
  { type: "goto", url: "/" },
  {
    type: "repeat",
    times: 3,
    steps: [
      { type: "click", target: "css=a" },
      { type: "blur", target: "css=b" },
    ],
  },
  { type: "group", group: "Sign in" },
  { type: "reload" },
]);

type Ending = "passed" | "failed" | "skipped" | null;

/** Events as a runner sends them: steps by their paths, in the order in which they begin and end. */
function story(...told: readonly [path: string, ending: Ending][]): LogItem[] {
  let seq = 0;
  const item = (body: EventBody): LogItem => ({
    ...body,
    seq: ++seq,
    at: new Date(seq * 1_000).toISOString(),
    attempt: 1,
  });
  return told.flatMap(([path, status]) => {
    const parts = path.split(".");
    const inside = parts.length > 1 ? { path, depth: (parts.length - 1) / 2 } : {};
    const head = { step: Number(parts[0]), stepType: "click", title: `Step ${path}`, ...inside };
    const started = item({ type: "step-started", ...head });
    if (status === null) return [started];
    const ended = { status, durationMs: 10, failure: null, target: null, screenshotId: null };
    return [started, item({ type: "step-finished", ...head, ...ended })];
  });
}

const states = (nodes: readonly StepNode[]) =>
  [...eachNode(nodes)].map(({ path, status }) => `${path} ${status}`);

test("what was run of a loop stands beneath it, round by round, with what was not reached any more", () => {
  const tree = stepTree(
    written,
    story(
      ["0", "passed"],
      ["1", "failed"],
      ["1.round-1.0", "passed"],
      ["1.round-1.1", "passed"],
      ["1.round-2.0", "failed"],
    ),
  );
  assert.deepEqual(states(tree), [
    "0 passed",
    "1 failed",
    "1.round-1.0 passed",
    "1.round-1.1 passed",
    "1.round-2.0 failed",
    "1.round-2.1 pending",
    "2 pending",
    "3 pending",
  ]);
  const rounds = tree[1]?.branches ?? [];
  assert.deepEqual(
    rounds.map(({ name, status }) => `${name} ${status}`),
    ["round-1 passed", "round-2 failed"],
  );
  assert.equal(
    rounds[1]?.steps[1]?.step?.type,
    "blur",
    "a step that was not reached is known from the version",
  );
});

test("the steps of a group are known from the log alone, and one under way is running", () => {
  const tree = stepTree(written, story(["2", null], ["2.steps.0", "passed"], ["2.steps.1", null]));
  const [group] = tree[2]?.branches ?? [];
  assert.deepEqual(
    group?.steps.map(({ title, step, status }) => [title, step, status]),
    [
      ["Step 2.steps.0", null, "passed"],
      ["Step 2.steps.1", null, "running"],
    ],
  );
  assert.equal(group?.status, "running");
  assert.equal(group?.durationMs, null);
});

test("a path that no step can have is passed over", () => {
  const nonsense = story(["1.__proto__.0", "passed"], ["1.steps.99999", "passed"], ["x", "passed"]);
  assert.deepEqual(states(stepTree(written, nonsense)), ["0 pending", "1 pending", "2 pending", "3 pending"]);
});

test("the path in an address counts from 1 and comes back as it went", () => {
  for (const [path, shown, words] of [
    ["0", "1", "1"],
    ["3.then.0", "4.then.1", "4 › Then › 1"],
    ["2.round-12.0.else.9", "3.round-12.1.else.10", "3 › Round 12 › 1 › Else › 10"],
  ] as const) {
    assert.equal(shownPath(path), shown);
    assert.equal(pathWords(path), words);
    assert.equal(pathOfShown(shown), path);
  }
  for (const wrong of ["", "0", "1.then", "1.then.0", "-1", "1..2", "x", "1e3", "1.then.1 "]) {
    assert.equal(pathOfShown(wrong), null, wrong);
  }
});
