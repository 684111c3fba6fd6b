import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStepBench, type StepBench } from "../testing/step-bench.ts";

let steps: StepBench;

before(async () => {
  steps = await openStepBench();
});

after(() => steps.close());

const out = "css=#out";

test("a click waits for what it needs, and says what stood in its way", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      { type: "click", target: 'role=button[name="Shift"]', modifiers: ["Shift"] },
      { type: "expectText", target: out, text: "shift" },
      { type: "click", target: "css=#double", count: 2 },
      { type: "expectText", target: out, text: "double" },
      { type: "click", target: "css=#context", button: "right" },
      { type: "expectText", target: out, text: "context" },
      { type: "click", target: "css=#shift", delayMs: 50, position: { x: 3, y: 3 } },
      { type: "expectText", target: out, text: "shift false", match: "exact" },
    ),
    steps.fails("/form", "target-not-found", /#nowhere/, { type: "click", target: "css=#nowhere" }),
    steps.fails("/form", "ambiguous-target", /li/, { type: "click", target: "css=li" }),
    steps.fails("/form", "not-enabled", /#count/, { type: "click", target: "css=#count" }),
  ]);
});

test("fill, type, press and select change fields", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      { type: "fill", target: "label=Name", value: "Ada" },
      { type: "expectValue", target: "label=Name", value: "Ada" },
      { type: "type", target: "css=#name", text: " Löve" },
      { type: "expectValue", target: "css=#name", value: "Ada Löve" },
      { type: "press", target: "css=#name", key: "Control+A" },
      { type: "press", key: "Backspace" },
      { type: "expectValue", target: "css=#name", value: "" },
      { type: "press", key: "Ctrl+k" },
      { type: "expectText", target: out, text: "ctrl-k" },
      { type: "select", target: "css=#kind", value: ["Alpha", "b"] },
      {
        type: "evaluate",
        script: "[...document.querySelector('#kind').selectedOptions].length",
        as: "chosen",
      },
      { type: "waitFor", function: "{{chosen}} === 2" },
      { type: "fill", target: "css=#name", value: "go" },
      { type: "press", target: "css=#name", key: "Enter" },
      { type: "expectUrl", url: "/sent*" },
    ),
    steps.fails("/form", "wrong-element", /h1|div/i, { type: "fill", target: "css=#hover", value: "x" }),
    steps.fails("/form", "option-not-found", /Gamma/, {
      type: "select",
      target: "css=#kind",
      value: "Gamma",
    }),
    steps.fails("/form", "unknown-key", /"Foo" is no key/, { type: "press", key: "Foo" }),
    steps.fails("/form", "target-not-found", /#x/, { type: "type", target: "css=#x", text: "x" }),
  ]);
});

test("keys are held between steps", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      { type: "keyDown", key: "Shift" },
      { type: "expectText", target: out, text: "shift down" },
      { type: "click", target: "css=#shift" },
      { type: "expectText", target: out, text: "shift true" },
      { type: "keyUp", key: "Shift" },
      { type: "expectText", target: out, text: "shift up" },
      { type: "click", target: "css=#shift" },
      { type: "expectText", target: out, text: "shift false" },
    ),
    steps.fails("/form", "unknown-key", /"Hyper"/, { type: "keyDown", key: "Hyper" }),
    steps.fails("/form", "unknown-key", /"Hyper"/, { type: "keyUp", key: "Hyper" }),
  ]);
});

test("check and uncheck bring a box into its state and notice when it does not go", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      { type: "check", target: "label=Terms" },
      { type: "expectChecked", target: "css=#terms" },
      { type: "check", target: "label=Terms" },
      { type: "expectChecked", target: "css=#terms" },
      { type: "uncheck", target: "css=#terms" },
      { type: "expectChecked", target: "css=#terms", not: true },
    ),
    steps.fails("/form", "no-effect", /did not become checked/, { type: "check", target: "css=#stuck" }),
    steps.fails("/form", "target-not-found", /#x/, { type: "uncheck", target: "css=#x" }),
  ]);
});

test("hover, scroll and both ways of dragging move things", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      { type: "hover", target: "css=#hover" },
      { type: "expectText", target: out, text: "hovered" },
      { type: "scroll", target: "css=#far" },
      { type: "waitFor", function: "scrollY > 500" },
      { type: "scroll", x: 0, y: 10 },
      { type: "waitFor", function: "scrollY === 10" },
    ),
    steps.passes(
      "/drag",
      { type: "drag", target: "css=#mouse", to: "css=#drop" },
      { type: "expectText", target: out, text: "mouse dropped;", match: "exact" },
      { type: "drag", target: "css=#native", to: "css=#drop" },
      { type: "expectText", target: out, text: "mouse dropped;native dropped;", match: "exact" },
    ),
    steps.fails("/form", "target-not-found", /#x/, { type: "hover", target: "css=#x" }),
    steps.fails("/form", "target-not-found", /#x/, { type: "scroll", target: "css=#x" }),
    steps.fails("/drag", "target-not-found", /#x/, { type: "drag", target: "css=#mouse", to: "css=#x" }),
  ]);
});

test("upload gives files to a field", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      {
        type: "upload",
        target: "css=#file",
        files: [{ name: "a.txt", content: "aGVsbG8=", encoding: "base64" }],
      },
      { type: "expectText", target: out, text: "a.txt:5" },
      { type: "upload", target: "css=#file", files: [] },
      { type: "expectText", target: out, text: "", match: "exact" },
    ),
    steps.fails("/form", "wrong-element", /file/, {
      type: "upload",
      target: "css=#name",
      files: [{ name: "a.txt", content: "x" }],
    }),
  ]);
});

test("dialogs are dismissed unless a step says otherwise", async () => {
  const { of } = await steps.passes(
    "/dialogs",
    { type: "click", target: "css=#ask" },
    { type: "expectText", target: out, text: "false" },
    { type: "handleDialog", action: "accept", text: "Ada" },
    { type: "click", target: "css=#ask" },
    { type: "expectText", target: out, text: "true" },
    { type: "click", target: "css=#prompt" },
    { type: "expectText", target: out, text: "Ada" },
  );
  assert.deepEqual(
    of("dialog").map(({ kind, message, action }) => `${kind} ${message} ${action}`),
    ["confirm Sure? dismissed", "confirm Sure? accepted", "prompt Name? accepted"],
  );
});

test("waitFor waits for elements, addresses, conditions and time", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      { type: "waitFor", target: "css=#state" },
      { type: "waitFor", target: "css=#gone", state: "hidden" },
      { type: "waitFor", target: "css=li", count: 3 },
      { type: "waitFor", target: "css=li", count: 2, comparison: ">" },
      {
        type: "waitFor",
        target: "css=#state",
        attributes: { "data-state": "open" },
        properties: { localName: "p" },
      },
      { type: "waitFor", target: "css=#x", state: "detached" },
      { type: "waitFor", url: "/form" },
      { type: "waitFor", function: "() => document.title === 'Form'" },
      { type: "waitFor", ms: 20 },
    ),
    steps.fails("/form", "target-not-found", /#x/, { type: "waitFor", target: "css=#x" }),
    steps.fails("/form", "assertion-failed", /3/, { type: "waitFor", target: "css=li", count: 4 }),
    steps.fails("/form", "assertion-failed", /elsewhere/, { type: "waitFor", url: "/elsewhere" }),
    steps.fails("/form", "timeout", /did not within 300 ms/, { type: "waitFor", function: "false" }),
    steps.fails("/form", "script-failed", /nonsense is not defined/, {
      type: "waitFor",
      function: "nonsense",
    }),
    steps.fails("/form", "timeout", /longer than the step's 300 ms/, { type: "waitFor", ms: 1_000 }),
  ]);
});
