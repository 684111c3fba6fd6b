import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type SuiteFile,
  suiteFileSchema,
  type TestCaseContentInput,
  testCaseContentSchema,
} from "./case-content.ts";
import { AppError } from "./errors.ts";
import { groupContentSchema } from "./group-resources.ts";
import { priorities, testCaseStatuses } from "./states.ts";
import { stepTypes } from "./steps/index.ts";
import { generateStep, pick, seeded, texts } from "./testing/generate.ts";
import {
  formatGroup,
  formatSuiteFile,
  formatTestCase,
  isSuiteFile,
  parseGroupYaml,
  parseSuiteFile,
  parseTestCaseYaml,
} from "./yaml.ts";

const refused = (read: () => unknown) => {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, "invalid-input");
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
};

const generateCase = (random: () => number): TestCaseContentInput =>
  testCaseContentSchema.parse({
    name: `case ${pick(texts, random)}`.slice(0, 150),
    description: pick(texts, random),
    expectedResult: pick(texts, random),
    priority: pick(priorities, random),
    status: pick(testCaseStatuses, random),
    tags: random() < 0.5 ? [] : ["null", "a:b", "#x"],
    group: random() < 0.5 ? null : pick(texts, random).slice(0, 100),
    steps: Array.from({ length: 5 }, () => generateStep(pick(stepTypes, random), random)),
  });

describe("a test case as YAML", () => {
  it("comes back without loss, whatever its steps hold", () => {
    for (const type of stepTypes) {
      for (let seed = 1; seed <= 60; seed++) {
        const step = generateStep(type, seeded(seed));
        const content = testCaseContentSchema.parse({ name: "a case", steps: [step] });
        const text = formatTestCase(content);
        assert.deepEqual(parseTestCaseYaml(text), content, `type ${type}, seed ${seed}:\n${text}`);
      }
    }
  });

  it("comes back without loss, whatever its other fields hold", () => {
    for (let seed = 1; seed <= 150; seed++) {
      const content = generateCase(seeded(seed));
      const text = formatTestCase(content);
      assert.deepEqual(parseTestCaseYaml(text), content, `seed ${seed}:\n${text}`);
    }
  });

  it("is written as short as it can be", () => {
    const content = testCaseContentSchema.parse({
      name: "Sign in",
      tags: ["smoke"],
      steps: [
        { type: "goto", url: "/login" },
        { type: "fill", target: "label=Email", value: "a@b.c" },
        { type: "click", target: ['role=button[name="Sign in"]', "#submit"] },
        { type: "click", target: "#menu", count: 2 },
        { type: "reload" },
        { type: "type", text: "hello" },
      ],
    });
    assert.equal(
      formatTestCase(content),
      `name: Sign in
tags:
  - smoke
steps:
  - goto: /login
  - fill:
      target: label=Email
      value: a@b.c
  - click:
      - role=button[name="Sign in"]
      - "#submit"
  - click:
      target: "#menu"
      count: 2
  - reload
  - type:
      text: hello
`,
    );
  });

  it("keeps the short form for steps inside of steps", () => {
    const text = `name: Loop
steps:
  - if:
      visible: text=Accept
      then:
        - click: text=Accept
        - repeat:
            times: 2
            steps:
              - reload
              - group: Sign in
      else:
        - fill:
            target: "#a"
            value: x
`;
    const content = parseTestCaseYaml(text);
    assert.equal(formatTestCase(content), text);
    const [step] = content.steps;
    assert.ok(step?.type === "if");
    assert.deepEqual(step.else, [{ type: "fill", target: "#a", value: "x" }]);
  });

  it("is read in the canonical form as well", () => {
    const { steps } = parseTestCaseYaml(`
name: x
steps:
  - { type: click, target: '#a' }
  - type: type
    text: hello
  - reload:
  - { goto: { url: / } }
`);
    assert.deepEqual(steps, [
      { type: "click", target: "#a" },
      { type: "type", text: "hello" },
      { type: "reload" },
      { type: "goto", url: "/" },
    ]);
  });
});

describe("a YAML text that is no test case", () => {
  const faults: [what: string, text: string, path: string, message: RegExp][] = [
    [
      "a wrong locator",
      "name: x\nsteps:\n  - reload\n  - click: role=",
      "steps.1.target",
      /nothing stands after role= \(line 4\)/,
    ],
    [
      "an unknown field",
      "name: x\nsteps:\n  - click:\n      target: a\n      speed: 1",
      "steps.0.speed",
      /unknown field "speed" \(line 5\)/,
    ],
    ["an unknown key", "name: x\nstep: []", "step", /unknown field "step" \(line 2\)/],
    [
      "an unknown step",
      "name: x\nsteps:\n  - klick: a",
      "steps.0.type",
      /unknown step type; there are goto, .* \(line 3\)/,
    ],
    [
      "a missing field",
      "name: x\nsteps:\n  - fill: { target: a }",
      "steps.0.value",
      /expected string.*\(line 3\)/,
    ],
    [
      "two keys in a step",
      "name: x\nsteps:\n  - click: a\n    count: 2",
      "steps.0",
      /one key, its type.*click, count \(line 3\)/,
    ],
    [
      "a value where fields are needed",
      "name: x\nsteps:\n  - fill: a",
      "steps.0",
      /fill takes fields by name.*\(line 3\)/,
    ],
    [
      "a wrong step inside of a step",
      "name: x\nsteps:\n  - if:\n      url: /a\n      then:\n        - reload\n        - fill: a",
      "steps.0.then.1",
      /fill takes fields by name.*\(line 7\)/,
    ],
    [
      "a wrong locator inside of a step",
      "name: x\nsteps:\n  - repeat:\n      times: 1\n      steps:\n        - click: role=",
      "steps.0.steps.0.target",
      /nothing stands after role= \(line 6\)/,
    ],
    ["a step that is a number", "name: x\nsteps:\n  - 5", "steps.0", /a step is written as its type/],
    ["no name", "steps: []", "name", /expected string/],
    ["a list instead of a case", "- a", "", /expected object/],
    ["no document", "", "", /expected object/],
    ["broken YAML", "name: x\nsteps: [", "", /^line 2: /],
    ["a key twice", "name: x\nsteps: []\nname: y", "", /^line 3: the key "name" stands here a second time$/],
    ["a foreign tag", "name: !!js/function x", "", /^line 1: .*tag/i],
    ["a key that is no text", "name: x\n? [a]\n: b", "", /^line 2: a key must be a text$/],
    ["a second document", "name: x\n---\nname: y", "", /documents/],
  ];
  for (const [what, text, path, message] of faults) {
    it(`is refused for ${what}, with path and line`, () => {
      const error = refused(() => parseTestCaseYaml(text));
      assert.deepEqual(
        error.errors.map((fault) => fault.path),
        [path],
      );
      assert.match(error.errors[0]?.message ?? "", message);
      assert.match(error.message, /\S/);
    });
  }

  it("names every fault at once", () => {
    const { errors } = refused(() =>
      parseTestCaseYaml("priority: highest\nsteps:\n  - fill: a\n  - click: role="),
    );
    assert.deepEqual(errors.map(({ path }) => path).sort(), [
      "name",
      "priority",
      "steps.0",
      "steps.1.target",
    ]);
  });
});

describe("hostile YAML", () => {
  it("may use a few aliases", () => {
    const { steps } = parseTestCaseYaml("name: x\nsteps:\n  - click: &menu '#menu'\n  - hover: *menu");
    assert.deepEqual(steps, [
      { type: "click", target: "#menu" },
      { type: "hover", target: "#menu" },
    ]);
  });

  it("can't blow itself up by aliases", () => {
    const rows = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const error = refused(() => parseTestCaseYaml(`a0: &a0 [x]\n${rows.join("\n")}`));
    assert.match(error.message, /aliases stand for too much/);
  });

  it("can't refer to itself or to nothing", () => {
    refused(() => parseTestCaseYaml("name: &a [*a]"));
    assert.match(refused(() => parseTestCaseYaml("name: *nothing")).message, /nothing/);
  });

  it("can't make aliases slow either", { timeout: 20_000 }, () => {
    const error = refused(() => parseTestCaseYaml("- &a x\n- *a\n".repeat(40_000)));
    assert.match(error.message, /at most 100 aliases/);
  });

  it("is refused beyond a megabyte, unread", () => {
    const error = refused(() => parseTestCaseYaml(`name: ${"x".repeat(1_000_000)}`));
    assert.match(error.message, /1000006 bytes; at most 1000000 are read/);
  });

  it("is refused when nested beyond reason", () => {
    assert.match(refused(() => parseTestCaseYaml("[".repeat(200_000))).message, /nested too deeply/);
    refused(() => parseTestCaseYaml(`${"- ".repeat(200_000)}x`));
  });

  it("with very many keys is answered in reasonable time", { timeout: 20_000 }, () => {
    refused(() => parseTestCaseYaml(Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join("\n")));
  });
});

describe("a suite file", () => {
  it("comes back without loss", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const suite: SuiteFile = suiteFileSchema.parse({
        name: "Shop",
        description: pick(texts, random),
        baseUrl: "http://localhost:4000/",
        variables: { user: pick(texts, random) },
        retries: seed % 4,
        secrets: seed % 2 ? ["password"] : [],
        cases: [0, 1].map((index) => ({ ...generateCase(random), name: `case ${index}` })),
      });
      const text = formatSuiteFile(suite);
      assert.deepEqual(parseSuiteFile(text), suite, text);
      assert.equal(isSuiteFile(text), true);
    }
  });

  it("is told from a file with one case", () => {
    assert.equal(isSuiteFile("name: x\nsteps: []"), false);
  });

  it("is refused with the path and line inside the case", () => {
    const { errors } = refused(() =>
      parseSuiteFile("name: s\ncases:\n  - name: a\n  - name: b\n    steps:\n      - click: role="),
    );
    assert.deepEqual(errors, [
      { path: "cases.1.steps.0.target", message: "nothing stands after role= (line 6)" },
    ]);
    const twice = refused(() => parseSuiteFile("name: s\ncases:\n  - name: a\n  - name: a"));
    assert.deepEqual(
      twice.errors.map(({ path }) => path),
      ["cases.1.name"],
    );
    assert.match(twice.message, /name of an earlier case.*\(line 4\)/);
  });
});

describe("a group of steps", () => {
  it("comes back as it was, whatever is in it", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed);
      const group = groupContentSchema.parse({
        name: `group ${seed}`,
        description: pick(texts, random),
        parameters: seed % 3 ? [{ name: "user", default: pick(texts, random) }, { name: "other" }] : [],
        steps: generateCase(random).steps,
      });
      const text = formatGroup(group);
      assert.deepEqual(parseGroupYaml(text), group, text);
    }
  });

  it("is refused with the path and line of what is wrong", () => {
    const { errors } = refused(() => parseGroupYaml("name: a\nparameters:\n  - name: a-b\nsteps: []"));
    assert.match(errors[0]?.message ?? "", /letters, digits and _.*\(line 3\)/);
    assert.equal(errors[0]?.path, "parameters.0.name");
  });
});
