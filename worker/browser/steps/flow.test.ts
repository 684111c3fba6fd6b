import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stepGroupSchema } from "../../../db/domain/steps/index.ts";
import { openStepBench, type StepBench, type Written } from "../testing/step-bench.ts";

let steps: StepBench;

before(async () => {
  steps = await openStepBench();
});

after(() => steps.close());

const out = "css=#out";
const set = (variable: string, value: string): Written => ({ type: "setVariable", variable, value });
const branch = "then";
/** Built so, since an object with `then` looks like a promise to the linter. */
const run = (list: Written[]) => ({ [branch]: list });
const check = (condition: object, more: object = {}): Written => ({
  type: "if",
  ...condition,
  ...run([set("took", "then")]),
  else: [set("took", "else")],
  ...more,
});

test("if takes the branch that its condition says", async () => {
  const conditions: [object, string][] = [
    [{ visible: "css=li" }, "then"],
    [{ visible: "css=#nowhere" }, "else"],
    [{ visible: "css=#nowhere", not: true }, "then"],
    [{ visible: "css=#soon" }, "else"],
    [{ visible: "css=#soon", withinMs: 3_000 }, "then"],
    [{ hidden: "css=#nowhere" }, "then"],
    [{ hidden: "css=#list" }, "else"],
    [{ url: "/loop" }, "then"],
    [{ url: "*/other" }, "else"],
    [{ variable: "word", equals: "ready" }, "then"],
    [{ variable: "word", equals: "other" }, "else"],
    [{ variable: "unset", equals: "" }, "then"],
    [{ variable: "word", matches: "^r.*y$" }, "then"],
    [{ function: "document.querySelectorAll('li').length === 3" }, "then"],
    [{ function: "() => false" }, "else"],
  ];
  const { of } = await steps.passes(
    "/loop",
    set("word", "ready"),
    ...conditions.map(([given]) => check(given)),
  );
  const took = of("variable-set").filter(({ name }) => name === "took");
  assert.deepEqual(
    took.map(({ value }) => value),
    conditions.map(([, branch]) => branch),
  );
});

test("a step inside says the way to it, and keeps the number of the step at the top", async () => {
  const { events } = await steps.passes(
    "/loop",
    check({ url: "/loop" }, run([{ type: "repeat", times: 2, steps: [set("a", "b")] }])),
  );
  const told = events.flatMap((event) =>
    event.type === "step-finished"
      ? [`${event.step} ${event.path ?? "-"} ${event.depth ?? 0} ${event.stepType}`]
      : [],
  );
  assert.deepEqual(told, [
    "0 - 0 goto",
    "1 1.then.0.round-1.0 2 setVariable",
    "1 1.then.0.round-2.0 2 setVariable",
    "1 1.then.0 1 repeat",
    "1 - 0 if",
  ]);
});

test("a step that fails inside fails those around it with the way to it; an optional one does not", async () => {
  const broken: Written = { type: "expectTitle", title: "Other", timeoutMs: 100 };
  const { of } = await steps.fails(
    "/loop",
    "assertion-failed",
    /Other/,
    check({ url: "/loop" }, run([broken])),
  );
  const finished = of("step-finished");
  assert.deepEqual(
    finished.slice(1).map(({ path, status, failure }) => [path, status, failure?.path]),
    [
      ["1.then.0", "failed", "1.then.0"],
      [undefined, "failed", "1.then.0"],
    ],
  );
  await steps.passes("/loop", check({ url: "/loop" }, run([{ ...broken, optional: true }])));
  const soft = await steps.bench.run(
    [
      { type: "goto", url: "/loop" },
      check({ url: "/loop" }, run([{ ...broken, soft: true }, set("on", "y")])),
    ],
    { baseUrl: steps.site.url },
  );
  assert.equal(soft.outcome.status, "failed");
  assert.equal(soft.of("variable-set").length, 1, "it went on");
});

test("repeat goes on a number of times, while something holds, for each element and for each value", async () => {
  await Promise.all([
    steps.passes(
      "/loop",
      {
        type: "repeat",
        while: { visible: "css=li" },
        steps: [{ type: "click", target: "css=li >> nth=0 >> css=button" }],
      },
      { type: "expectText", target: out, text: "ABC" },
    ),
    steps.passes(
      "/loop",
      set("all", ""),
      {
        type: "repeat",
        elements: "css=li",
        as: "row",
        indexAs: "number",
        steps: [
          { type: "extract", target: "{{row}} >> css=b", as: "letter" },
          set("all", "{{all}}{{number}}{{letter}} "),
        ],
      },
      { type: "evaluate", script: "out.textContent = '{{all}}'" },
      { type: "expectText", target: out, text: "1A 2B 3C" },
    ),
    steps.passes(
      "/loop",
      set("names", '["x","y"]'),
      set("all", ""),
      { type: "repeat", list: "{{names}}", as: "name", steps: [set("all", "{{all}}{{name}}")] },
      { type: "repeat", list: ["z"], as: "name", steps: [set("all", "{{all}}{{name}}")] },
      { type: "repeat", times: 0, steps: [set("all", "never")] },
      { type: "evaluate", script: "out.textContent = '{{all}}'" },
      { type: "expectText", target: out, text: "xyz", match: "exact" },
    ),
    steps.fails("/loop", "too-many-rounds", /still held after 3 rounds/, {
      type: "repeat",
      while: { url: "/loop" },
      max: 3,
      steps: [set("a", "b")],
    }),
    steps.fails("/loop", "too-many-rounds", /there are 3 to go through/, {
      type: "repeat",
      elements: "css=li",
      max: 2,
      steps: [set("a", "b")],
    }),
    steps.fails("/loop", "invalid-list", /no JSON/, { type: "repeat", list: "[a", steps: [set("a", "b")] }),
  ]);
});

test("loops inside of loops end at a bound", async () => {
  const many = { type: "repeat", times: 1_000, steps: [set("a", "b")] } as const;
  const { outcome } = await steps.bench.run(
    [
      { type: "goto", url: "/loop" },
      { type: "repeat", times: 1_000, steps: [many] },
    ],
    { baseUrl: steps.site.url, screenshots: "never" },
  );
  assert.equal(outcome.failure?.code, "too-many-steps");
});

test("a group runs with its parameters, which are known to it only", async () => {
  const groups = {
    remove: stepGroupSchema.parse({
      parameters: [{ name: "letter" }, { name: "button", default: "Remove" }],
      steps: [
        { type: "click", target: "css=li:has-text >> nth=0", disabled: true },
        { type: "click", target: 'xpath=//li[b="{{letter}}"]/button[text()="{{button}}"]' },
        { type: "setVariable", variable: "removed", value: "{{letter}}" },
      ],
    }),
    endless: stepGroupSchema.parse({ steps: [{ type: "group", group: "endless" }] }),
  };
  const { events } = await steps.passesWith(
    { groups, variables: { letter: "C" } },
    "/loop",
    { type: "group", group: "remove", with: { letter: "B" } },
    { type: "expectText", target: out, text: "B", match: "exact" },
    check(
      { variable: "letter", equals: "C" },
      run([{ type: "group", group: "remove", with: { letter: "{{letter}}" } }]),
    ),
    { type: "expectText", target: out, text: "BC", match: "exact" },
    { type: "setVariable", variable: "kept", value: "{{removed}}" },
  );
  assert.ok(events.some((event) => event.type === "step-finished" && event.path === "3.then.0.steps.1"));
  const calls: [string, RegExp, object][] = [
    ["unknown-group", /there is no group "nope"; there are endless, remove/, { group: "nope" }],
    ["missing-parameter", /needs a value for "letter"/, { group: "remove" }],
    [
      "unknown-parameter",
      /no parameter "other"; its parameters are letter, button/,
      { group: "remove", with: { letter: "A", other: "" } },
    ],
    ["group-too-deep", /more than 10 deep: endless → endless/, { group: "endless" }],
  ];
  for (const [code, message, call] of calls) {
    const { outcome } = await steps.bench.run(
      [
        { type: "goto", url: "/loop" },
        { type: "group", ...call },
      ],
      {
        baseUrl: steps.site.url,
        groups,
      },
    );
    assert.equal(outcome.failure?.code, code, JSON.stringify(outcome));
    assert.match(outcome.failure.message, message);
    assert.equal(outcome.failure.step, 1);
  }
});
