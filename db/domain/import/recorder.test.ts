import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError } from "../errors.ts";
import { interpolateAll } from "../interpolation.ts";
import { stepSchema } from "../steps/index.ts";
import { importRecorder } from "./recorder.ts";
import { recordings } from "./testing/recordings.ts";

const read = (recording: unknown) => importRecorder(JSON.stringify(recording));
const stepsOf = (...steps: unknown[]) => read({ title: "x", steps }).testCase.steps;
const convert = (step: unknown) => {
  const { testCase, report } = read({ title: "x", steps: [step] });
  return { steps: testCase.steps, line: report[0] };
};
const faultsOf = (text: string) => {
  try {
    importRecorder(text);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, "invalid-input");
    return error.errors.map(({ path }) => path);
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
};

describe("a recording of a shop", () => {
  const { testCase, report, secrets } = read(recordings.signIn);

  it("becomes a test case of the same name", () => {
    assert.equal(testCase.name, "Sign in and buy");
    assert.equal(testCase.status, "active");
  });

  it("keeps all alternatives of a selector, the most lasting first", () => {
    const click = testCase.steps.find((step) => step.type === "click");
    assert.deepEqual(click?.target, [
      'role=link[name="Log in"]',
      'testid="login"',
      "text=Log in",
      "header > a.login",
      'xpath=//*[@id="top"]/header/a',
    ]);
  });

  it("asserts the address and the title that a navigation led to", () => {
    assert.deepEqual(testCase.steps.slice(0, 4), [
      { type: "setViewport", width: 1280, height: 720 },
      { type: "goto", url: "https://shop.example/" },
      { type: "expectUrl", url: "https://shop.example/" },
      { type: "expectTitle", title: "Shop" },
    ]);
  });

  it("never keeps a password, but the name of a secret", () => {
    assert.deepEqual(secrets, ["password"]);
    assert.doesNotMatch(JSON.stringify({ testCase, report }), /hunter2/);
    const fills = testCase.steps.filter((step) => step.type === "fill");
    assert.deepEqual(
      fills.map(({ value }) => value),
      ["ann@example.org", "{{secrets.password}}"],
    );
  });

  it("joins a key's way down and up into one press", () => {
    assert.ok(testCase.steps.some((step) => step.type === "press" && step.key === "Enter"));
    assert.ok(!testCase.steps.some((step) => step.type === "keyDown" || step.type === "keyUp"));
  });

  it("chooses from a list that it knows to be one", () => {
    const select = testCase.steps.find((step) => step.type === "select");
    assert.equal(select?.value, "blue");
  });

  it("reports every recorded step once, in order", () => {
    assert.deepEqual(
      report.map(({ step }) => step),
      recordings.signIn.steps.map((_, index) => index),
    );
  });

  it("is valid step by step", () => {
    for (const step of testCase.steps) assert.deepEqual(stepSchema.parse(step), step);
  });
});

describe("a recording over frames, shadow trees and tabs", () => {
  const { testCase } = read(recordings.framesAndTabs);

  it("enters frames by their numbers", () => {
    const fill = testCase.steps.find((step) => step.type === "fill");
    assert.deepEqual(fill?.target, [
      'frame=0 >> frame=2 >> role=textbox[name="Card number"]',
      'frame=0 >> frame=2 >> label="Card number"',
      "frame=0 >> frame=2 >> #card",
    ]);
  });

  it("follows chains through shadow roots", () => {
    const click = testCase.steps.find((step) => step.type === "click");
    assert.deepEqual(click?.target, ["shop-menu >> button.open", "shop-menu button.open"]);
  });

  it("switches tabs where the recording names another target, and back", () => {
    const tabs = testCase.steps.filter((step) => step.type === "switchTab" || step.type === "closeTab");
    assert.deepEqual(tabs, [
      { type: "switchTab", url: "https://shop.example/help" },
      { type: "closeTab" },
      { type: "switchTab", tab: "main" },
    ]);
  });
});

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

const locatorCases: [recorded: unknown, expected: string | string[]][] = [
  [['aria/Save[role="button"]'], 'role=button[name="Save"]'],
  [['aria/[role="main"]'], "role=main"],
  [["aria/Say \"hi\"[role='link']"], 'role=link[name="Say \\"hi\\""]'],
  [["aria/Save"], ['role=button[name="Save"]', 'role=link[name="Save"]', 'label="Save"', 'text="Save"']],
  [
    ["aria/Save", "form button.save"],
    ['role=button[name="Save"]', "form button.save"],
  ],
  [
    ["aria/Save", 'xpath///*[@id="f"]/a[2]'],
    ['role=link[name="Save"]', 'xpath=//*[@id="f"]/a[2]'],
  ],
  [["text/Add (2) >> cart"], "text=/Add \\x282\\x29 \\x3e\\x3e cart/"],
  [["text/ Total: 5 "], "text=Total: 5"],
  [["[data-testid='save']"], 'testid="save"'],
  [
    ["[data-cy=save]", "#save"],
    ["[data-cy=save]", "#save"],
  ],
  [
    ["#a", "li:nth-of-type(2) > a", "pierce/#a b"],
    ["#a", "#a b", "li:nth-of-type(2) > a"],
  ],
  [["#a", "#a"], "#a"],
  [[["app-root", 'aria/Go[role="button"]']], 'app-root >> role=button[name="Go"]'],
  [["text=no prefix of ours"], "css=text=no prefix of ours"],
];

describe("a recorded selector", () => {
  for (const [selectors, expected] of locatorCases) {
    it(`is read: ${JSON.stringify(selectors)}`, () => {
      const [step] = stepsOf({ type: "hover", selectors });
      assert.deepEqual(step, { type: "hover", target: expected });
    });
  }

  it("of the recording's own attribute ranks as a test id", () => {
    const { testCase } = read({
      title: "x",
      selectorAttribute: "data-x",
      steps: [{ type: "hover", selectors: ["#a", "[data-x='1']"] }],
    });
    assert.deepEqual(testCase.steps, [{ type: "hover", target: ["[data-x='1']", "#a"] }]);
  });

  it("with braces stays itself when the step runs", () => {
    const [step] = stepsOf({ type: "hover", selectors: ['aria/{{x}}[role="link"]', "[a='{{x}}']"] });
    const plain = interpolateAll(step, { variables: {}, secrets: {} });
    assert.deepEqual(plain, { type: "hover", target: ['role=link[name="\\{{x}}"]', "[a='{{x}}']"] });
  });
});

describe("recorded keys", () => {
  const down = (key: string) => ({ type: "keyDown", key });
  const up = (key: string) => ({ type: "keyUp", key });

  it("held over one press become a combination", () => {
    assert.deepEqual(
      stepsOf(down("Control"), down("Shift"), down("A"), up("a"), up("Shift"), up("Control")),
      [{ type: "press", key: "Control+Shift+A" }],
    );
  });

  it("that overlap stay as they were", () => {
    assert.deepEqual(
      stepsOf(down("a"), down("b"), up("a"), up("b")).map(({ type }) => type),
      ["keyDown", "keyDown", "keyUp", "keyUp"],
    );
  });

  it("held over a click stay held", () => {
    const click = { type: "click", ...target, offsetX: 1, offsetY: 1 };
    assert.deepEqual(
      stepsOf(down("Shift"), click, up("Shift")).map(({ type }) => type),
      ["keyDown", "click", "keyUp"],
    );
  });
});

describe("a broken recording", () => {
  it("is refused with the path of what is wrong", () => {
    assert.deepEqual(faultsOf("{"), [""]);
    assert.deepEqual(faultsOf("[]"), [""]);
    assert.deepEqual(faultsOf("{}"), ["title", "steps"]);
    assert.deepEqual(faultsOf('{"title":"x","steps":[],"timeout":30001}'), ["timeout"]);
    assert.deepEqual(faultsOf('{"title":"x","steps":[{}]}'), ["steps.0.type"]);
    const steps = [
      { type: "click", ...target },
      { type: "hover", selectors: [], timeout: 0 },
      { type: "change", ...target },
      { type: "setViewport", width: 1 },
    ];
    assert.deepEqual(faultsOf(JSON.stringify({ title: "x", steps })), [
      "steps.0.offsetX",
      "steps.0.offsetY",
      "steps.1.timeout",
      "steps.1.selectors",
      "steps.2.value",
      "steps.3.height",
      "steps.3.deviceScaleFactor",
      "steps.3.isMobile",
      "steps.3.hasTouch",
      "steps.3.isLandscape",
    ]);
  });
});
