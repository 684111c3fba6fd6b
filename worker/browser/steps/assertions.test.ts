import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStepBench, type StepBench, type Written } from "../testing/step-bench.ts";

let steps: StepBench;

before(async () => {
  steps = await openStepBench();
});

after(() => steps.close());

test("every assertion holds when it should", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      { type: "expectText", target: "css=#state", text: "order \\d+", match: "regex", ignoreCase: true },
      { type: "expectText", target: "css=#state", text: "lost", not: true },
      { type: "expectVisible", target: "css=#state" },
      { type: "expectHidden", target: "css=#gone" },
      { type: "expectHidden", target: "css=#x" },
      { type: "expectValue", target: "css=#name", value: "" },
      { type: "expectCount", target: "css=li", count: 3 },
      { type: "expectUrl", url: "/form" },
      { type: "expectUrl", url: `${steps.site.url}/f*` },
      { type: "expectTitle", title: "Form" },
      { type: "expectAttribute", target: "css=#state", attribute: "data-state", value: "open" },
      { type: "expectEnabled", target: "css=#name" },
      { type: "expectEnabled", target: "css=#count", not: true },
      { type: "expectChecked", target: "css=#terms", not: true },
    ),
    steps.passes("/", { type: "expectText", target: "css=#late", text: "Here now" }),
  ]);
});

const broken: [Written, RegExp][] = [
  [{ type: "expectText", target: "css=#state", text: "Invoice" }, /Invoice.*Order 1234/s],
  [{ type: "expectVisible", target: "css=#gone" }, /#gone/],
  [{ type: "expectHidden", target: "css=#state" }, /#state/],
  [{ type: "expectValue", target: "css=#name", value: "Ada" }, /Ada/],
  [{ type: "expectCount", target: "css=li", count: 4 }, /4.*3/s],
  [{ type: "expectUrl", url: "/elsewhere" }, /\/elsewhere.*\/form/s],
  [{ type: "expectTitle", title: "Home" }, /Home.*Form/s],
  [{ type: "expectAttribute", target: "css=#state", attribute: "data-state", value: "shut" }, /shut.*open/s],
  [{ type: "expectEnabled", target: "css=#count" }, /#count/],
  [{ type: "expectChecked", target: "css=#terms" }, /#terms/],
];

for (const [step, message] of broken) {
  test(`${step.type} says what was expected and what was there`, async () => {
    const { artifacts } = await steps.fails("/form", "assertion-failed", message, step);
    assert.equal(artifacts.length, 1, "a failure has its picture");
    assert.equal(artifacts[0]?.contentType, "image/jpeg");
  });
}
