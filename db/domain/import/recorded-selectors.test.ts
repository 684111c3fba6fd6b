import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { interpolateAll } from "../interpolation.ts";
import { importRecorder } from "./recorder.ts";

const read = (recording: unknown) => importRecorder(JSON.stringify(recording));
const stepsOf = (...steps: unknown[]) => read({ title: "x", steps }).testCase.steps;

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
