import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { importRecorder } from "./recorder.ts";

const read = (recording: unknown) => importRecorder(JSON.stringify(recording));
const convert = (step: unknown) => {
  const { testCase, report } = read({ title: "x", steps: [step] });
  return { steps: testCase.steps, line: report[0] };
};

const target = { selectors: [["#a"]] };
const conversions: [what: string, recorded: Record<string, unknown>, expected: unknown[], level?: string][] =
  [
    [
      "a double click",
      { type: "doubleClick", ...target, offsetX: 1, offsetY: 2 },
      [{ type: "click", target: "#a", count: 2 }],
    ],
    [
      "a right click",
      { type: "click", ...target, offsetX: 1, offsetY: 2, button: "secondary" },
      [{ type: "click", target: "#a", button: "right" }],
    ],
    [
      "a long click",
      { type: "click", ...target, offsetX: 1, offsetY: 2, duration: 900.4 },
      [{ type: "click", target: "#a", delayMs: 900 }],
    ],
    [
      "a touch",
      { type: "click", ...target, offsetX: 1, offsetY: 2, deviceType: "touch" },
      [{ type: "click", target: "#a" }],
      "changed",
    ],
    [
      "a click into a drawing",
      { type: "click", selectors: ["main > canvas"], offsetX: 10, offsetY: 20 },
      [{ type: "click", target: "main > canvas", position: { x: 10, y: 20 } }],
    ],
    ["hover", { type: "hover", ...target }, [{ type: "hover", target: "#a" }]],
    [
      "a change of an unknown field",
      { type: "change", ...target, value: "v" },
      [{ type: "fill", target: "#a", value: "v" }],
      "changed",
    ],
    [
      "a change that looks like a reference",
      { type: "change", selectors: ["input"], value: "{{x}}" },
      [{ type: "fill", target: "input", value: "\\{{x}}" }],
    ],
    ["a scroll of the page", { type: "scroll", x: 0, y: 300 }, [{ type: "scroll", x: 0, y: 300 }]],
    [
      "a scroll of an element",
      { type: "scroll", ...target, y: 300 },
      [{ type: "scroll", target: "#a", x: 0, y: 300 }],
    ],
    ["a scroll to an element", { type: "scroll", ...target }, [{ type: "scroll", target: "#a" }]],
    [
      "a scroll in a frame",
      { type: "scroll", frame: [1], y: 5 },
      [{ type: "scroll", target: "frame=1 >> css=:root", x: 0, y: 5 }],
    ],
    [
      "waiting for an element",
      { type: "waitForElement", ...target },
      [{ type: "waitFor", target: "#a", state: "visible" }],
    ],
    [
      "waiting for elements in detail",
      {
        type: "waitForElement",
        ...target,
        operator: ">=",
        count: 3,
        visible: false,
        properties: { value: 1 },
        attributes: { a: "b" },
      },
      [
        {
          type: "waitFor",
          target: "#a",
          state: "hidden",
          count: 3,
          comparison: ">=",
          attributes: { a: "b" },
          properties: { value: 1 },
        },
      ],
    ],
    [
      "waiting for a count",
      { type: "waitForElement", ...target, count: 2 },
      [{ type: "waitFor", target: "#a", state: "visible", count: 2, comparison: "==" }],
    ],
    [
      "waiting for an expression",
      { type: "waitForExpression", expression: "window.ready" },
      [{ type: "waitFor", function: "window.ready" }],
    ],
    [
      "an expression in a frame",
      { type: "waitForExpression", expression: "ready", frame: [0] },
      [{ type: "waitFor", function: "ready", disabled: true }],
      "unsupported",
    ],
    [
      "a slow network",
      { type: "emulateNetworkConditions", download: 50_000, upload: -1, latency: 400 },
      [{ type: "emulateNetwork", downloadBytesPerSecond: 50_000, latencyMs: 400 }],
    ],
    [
      "no network",
      { type: "emulateNetworkConditions", download: 0, upload: 0, latency: 0 },
      [{ type: "emulateNetwork", offline: true }],
    ],
    [
      "the end of slowness",
      { type: "emulateNetworkConditions", download: -1, upload: -1, latency: 0 },
      [{ type: "emulateNetwork" }],
    ],
    [
      "a browser's own page",
      { type: "navigate", url: "chrome://new-tab-page/" },
      [{ type: "goto", url: "chrome://new-tab-page/", disabled: true }],
      "unsupported",
    ],
    [
      "a time-out of its own",
      { type: "hover", ...target, timeout: 1500.5 },
      [{ type: "hover", target: "#a", timeoutMs: 1501 }],
    ],
    [
      "a strange size",
      {
        type: "setViewport",
        width: 50,
        height: 900,
        deviceScaleFactor: 2,
        isMobile: true,
        hasTouch: true,
        isLandscape: false,
      },
      [{ type: "setViewport", width: 100, height: 900, deviceScaleFactor: 2, mobile: true, touch: true }],
      "changed",
    ],
    [
      "an unknown field",
      { type: "hover", ...target, speed: 3 },
      [{ type: "hover", target: "#a" }],
      "changed",
    ],
    [
      "an address with a star",
      { type: "hover", ...target, assertedEvents: [{ type: "navigation", url: "https://a.b/*" }] },
      [
        { type: "hover", target: "#a" },
        { type: "expectUrl", url: "https://a.b/*", match: "exact" },
      ],
    ],
    [
      "an unknown event",
      { type: "hover", ...target, assertedEvents: [{ type: "dialog" }] },
      [{ type: "hover", target: "#a" }],
      "changed",
    ],
  ];

describe("a recorded step", () => {
  for (const [what, recorded, expected, level = "lossless"] of conversions) {
    it(`converts: ${what}`, () => {
      const { steps, line } = convert(recorded);
      assert.deepEqual(steps, expected);
      assert.equal(line?.level, level, line?.message);
    });
  }

  it("that nobody knows is kept, disabled, and reported", () => {
    const { steps, line } = convert({ type: "customStep", name: "lighthouse", parameters: { a: 1 } });
    assert.equal(line?.level, "unsupported");
    assert.match(line?.message ?? "", /"lighthouse" belongs to an extension/);
    assert.equal(steps.length, 1);
    assert.equal(steps[0]?.disabled, true);
    assert.match(JSON.stringify(steps[0]), /lighthouse/);
    assert.match(convert({ type: "swipe", distance: 5 }).line?.message ?? "", /no step "swipe"/);
  });

  it("takes the time-out of its recording", () => {
    const { testCase } = read({ title: "x", timeout: 2000, steps: [{ type: "hover", ...target }] });
    assert.deepEqual(testCase.steps, [{ type: "hover", target: "#a", timeoutMs: 2000 }]);
  });
});
