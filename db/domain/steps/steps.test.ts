import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { limits } from "../limits.ts";
import { generateStep, seeded } from "../testing/generate.ts";
import { fieldErrors } from "../validation.ts";
import {
  definitionOf,
  isAssertion,
  isStepType,
  stepDefinitions,
  stepSchema,
  stepsSchema,
  stepTypes,
} from "./index.ts";

function faultsOf(step: unknown): string[] {
  const result = stepSchema.safeParse(step);
  assert.ok(!result.success, `${JSON.stringify(step)} was taken`);
  return fieldErrors(result.error).map(({ path, message }) => `${path}: ${message}`);
}

describe("every step type", () => {
  for (const type of stepTypes) {
    it(`${type} says what it is and does`, () => {
      const { title, summary, short, group } = definitionOf(type);
      assert.equal(definitionOf(type).type, type);
      assert.match(title, /^[A-Z]/);
      assert.match(summary, /^[A-Z].*\.$/s);
      assert.equal(isAssertion(type), group === "assertion");
      const { shape } = stepDefinitions[type].schema;
      if (short !== null) assert.ok(Object.hasOwn(shape, short), `${type} has no field ${short}`);
      for (const [name, field] of Object.entries(shape)) {
        if (name === "type") continue;
        const meta = (field as z.ZodType).meta() ?? innerMeta(field as z.ZodType);
        assert.ok(meta?.title, `${type}.${name} has no title`);
      }
    });

    it(`${type} refuses a field that it does not have`, () => {
      const step = generateStep(type, seeded(7));
      assert.deepEqual(faultsOf({ ...step, speed: 1 }), ['speed: unknown field "speed"']);
    });

    it(`${type} takes a name, a time-out, optional and disabled`, () => {
      const { name: _n, timeoutMs: _t, ...step } = generateStep(type, seeded(7));
      const full = { ...step, name: "n", timeoutMs: 1, optional: true, disabled: true };
      assert.deepEqual(stepSchema.parse(full), full);
      assert.equal(faultsOf({ ...full, timeoutMs: limits.stepTimeoutMsMax + 1 }).length, 1);
    });
  }

  it("that is an assertion can be turned around and be soft", () => {
    for (const type of stepTypes.filter(isAssertion)) {
      const step = { ...generateStep(type, seeded(3)), not: true, soft: true };
      assert.deepEqual(stepSchema.parse(step), step);
    }
  });

  it("can be written as JSON Schema, for editors", () => {
    assert.ok(z.toJSONSchema(stepSchema));
  });
});

/** An optional field carries the title of the field that it makes optional. */
function innerMeta(field: z.ZodType): { title?: string | undefined } | undefined {
  return field instanceof z.ZodOptional ? (field.unwrap() as z.ZodType).meta() : undefined;
}

describe("a step", () => {
  const refused: [step: Record<string, unknown>, fault: RegExp][] = [
    [{ type: "klick" }, /^type: unknown step type; there are goto, /],
    [{}, /unknown step type/],
    [{ type: "click" }, /^target: a locator, or a list of locators, is needed$/],
    [{ type: "click", target: "" }, /^target: a locator must not be empty$/],
    [{ type: "click", target: [] }, /^target/],
    [{ type: "click", target: ["a", "role="] }, /^target\.1: nothing stands after role=/],
    [{ type: "click", target: Array(11).fill("a") }, /^target/],
    [{ type: "goto", url: "" }, /^url/],
    [{ type: "waitFor" }, /say what to wait for/],
    [{ type: "waitFor", ms: 5, count: 2 }, /count says something about a target/],
    [{ type: "waitFor", url: "/x", state: "hidden" }, /state says something about a target/],
    [{ type: "scroll" }, /say where to/],
    [{ type: "switchTab" }, /either tab or url/],
    [{ type: "switchTab", tab: "main", url: "/x" }, /either tab or url/],
    [{ type: "mock", url: "/", body: "", json: 1 }, /body or json, not both/],
    [{ type: "request", method: "GET", url: "/", body: "", json: 1 }, /body or json, not both/],
    [{ type: "request", method: "GET", url: "/", extract: "a" }, /extract needs as/],
    [{ type: "handleDialog", action: "dismiss", text: "x" }, /only into a prompt that is accepted/],
    [{ type: "expectAttribute", target: "a", attribute: "b", match: "regex" }, /give the value/],
    [
      { type: "request", method: "GET", url: "/", expect: [{ path: "a" }] },
      /^expect\.0: say how it is compared/,
    ],
    [
      { type: "request", method: "GET", url: "/", expect: [{ equals: 1 }] },
      /^expect\.0: say what to look at/,
    ],
    [{ type: "expectDialog", match: "exact" }, /match says how a text is compared/],
    [{ type: "expectAccessible", tags: ["wcag-aa"] }, /^tags\.0: a tag is wcag2a, /],
    [{ type: "expectAccessible", impact: "bad" }, /^impact: .*minor.*critical/],
    [{ type: "setVariable", variable: "a-b", value: "" }, /letters, digits and _/],
    [{ type: "setVariable", variable: "secrets", value: "" }, /prefix of secrets/],
    [{ type: "upload", target: "a", files: [{ name: "../x", content: "" }] }, /no slash/],
    [{ type: "expectCount", target: "a", count: -1 }, /^count/],
    [{ type: "if", url: "/" }, /^then/],
    [{ type: "repeat", steps: [{ type: "reload" }] }, /say how often: one of times, while, elements or list/],
    [{ type: "repeat", times: 1, as: "x", steps: [{ type: "reload" }] }, /goes with elements or list/],
    [{ type: "repeat", while: {}, steps: [{ type: "reload" }] }, /^while: say one condition/],
    [{ type: "repeat", while: { variable: "a" }, steps: [{ type: "reload" }] }, /equals or matches/],
    [{ type: "setStorage", value: "x" }, /a value needs its key/],
    [{ type: "clock", action: "advance" }, /say how far: ms/],
    [{ type: "clock", action: "install", time: "noon" }, /written like 2026-03-01T09:30:00Z/],
    [{ type: "emulate" }, /say what to change: device, locale, timezone/],
    [
      { type: "emulate", device: "iPhone13" },
      /^device: there is no device "iPhone13"; did you mean iPhone 13, /,
    ],
    [{ type: "emulateCpu", slowdown: 0 }, /^slowdown/],
    [{ type: "modifyRequest", url: "/" }, /headers, removeHeaders, body or patch/],
    [{ type: "modifyRequest", url: "/", body: "", patch: {} }, /patch or body, not both/],
    [{ type: "mockWebSocket", url: "/", refuse: true, greet: [] }, /has no messages/],
    [{ type: "mockWebSocket", url: "/", answers: [{ text: "a" }] }, /^answers\.0: say what the answer is/],
    [{ type: "waitForWebSocket" }, /say which socket, or which message/],
    [{ type: "expectWebSocketMessage", text: "a", json: 1 }, /text or json, not both/],
    [{ type: "expectCookie", cookie: "a", match: "exact" }, /give the value as well/],
    [{ type: "expectStorage", key: "a", value: "1", json: 1 }, /value or json, not both/],
    [{ type: "permissions" }, /grant or deny/],
    [{ type: "blockRequests" }, /urls or resourceTypes/],
    [{ type: "modifyResponse", url: "/" }, /status, headers, patch or body/],
    [{ type: "expectAria", snapshot: "- Button!" }, /no line of a snapshot/],
  ];
  for (const [step, fault] of refused) {
    it(`is refused: ${JSON.stringify(step).slice(0, 80)}`, () => {
      const faults = faultsOf(step);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0] ?? "", fault);
    });
  }

  it("is one of at most so many in a test case", () => {
    const steps = Array(limits.stepsPerCaseMax + 1).fill({ type: "reload" });
    assert.ok(!stepsSchema.safeParse(steps).success);
    assert.ok(stepsSchema.safeParse(steps.slice(1)).success);
  });

  it("that holds others counts with all of them", () => {
    const inner = {
      type: "repeat",
      times: 1,
      steps: Array(limits.stepsPerCaseMax - 1).fill({ type: "reload" }),
    };
    assert.ok(stepsSchema.safeParse([inner]).success);
    const result = stepsSchema.safeParse([inner, { type: "reload" }]);
    assert.ok(!result.success);
    assert.match(
      fieldErrors(result.error)[0]?.message ?? "",
      /at most 500 steps, those inside of others counted/,
    );
  });

  it("stands at most so deep, and the fault says where", () => {
    const nested = (depth: number): unknown[] =>
      depth === 1 ? [{ type: "reload" }] : [{ type: "repeat", times: 1, steps: nested(depth - 1) }];
    assert.ok(stepsSchema.safeParse(nested(limits.stepDepthMax)).success);
    const result = stepsSchema.safeParse(nested(limits.stepDepthMax + 1));
    assert.ok(!result.success);
    assert.deepEqual(fieldErrors(result.error), [
      {
        path: "0.steps.0.steps.0.steps.0.steps.0.steps",
        message: "steps are nested more than 5 deep; use a group",
      },
    ]);
  });

  it("is refused when it is nested beyond all reason, without a stack overflow", () => {
    let steps: unknown[] = [];
    for (let depth = 0; depth < 100_000; depth++) steps = [{ type: "repeat", times: 1, steps }];
    assert.ok(!stepsSchema.safeParse(steps).success);
  });

  it("inside of another one is refused with its path", () => {
    assert.deepEqual(faultsOf({ type: "repeat", times: 1, steps: [{ type: "click", target: "role=" }] }), [
      "steps.0.target: nothing stands after role=",
    ]);
  });

  it("type is never mistaken for what every object has", () => {
    assert.ok(isStepType("click"));
    assert.ok(!isStepType("constructor") && !isStepType("__proto__"));
  });
});
