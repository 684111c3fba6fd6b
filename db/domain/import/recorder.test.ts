import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError } from "../errors.ts";
import { stepSchema } from "../steps/index.ts";
import { importRecorder } from "./recorder.ts";
import { recordings } from "./testing/recordings.ts";

const read = (recording: unknown) => importRecorder(JSON.stringify(recording));
const stepsOf = (...steps: unknown[]) => read({ title: "x", steps }).testCase.steps;
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
