import { after, before, test } from "node:test";
import { openStepBench, type StepBench, type Written } from "../testing/step-bench.ts";

let steps: StepBench;

before(async () => {
  steps = await openStepBench();
});

after(() => steps.close());

const pay = 'role=button[name="Pay"]';

test("traits of elements hold when they should", async () => {
  await steps.passes(
    "/traits",
    { type: "expectProperty", target: "css=#note", property: "value", value: "hi" },
    { type: "expectProperty", target: "css=#note", property: "dataset.kind", value: "free" },
    { type: "expectProperty", target: "css=#fixed", property: "readOnly", value: true },
    { type: "expectClass", target: pay, class: "primary" },
    { type: "expectClass", target: pay, class: "primary big", match: "exact" },
    { type: "expectClass", target: pay, class: "prim.*", match: "regex" },
    { type: "expectClass", target: pay, class: "small", not: true },
    { type: "expectCss", target: pay, property: "color", value: "rgb(255, 0, 0)" },
    { type: "focus", target: "css=#note" },
    { type: "expectFocused", target: "css=#note" },
    { type: "expectFocused", target: "css=#fixed", not: true },
    { type: "expectEditable", target: "label=Note" },
    { type: "expectEditable", target: "css=#fixed", not: true },
    { type: "expectEmpty", target: "css=#nothing" },
    { type: "expectEmpty", target: "css=#note", not: true },
    { type: "expectInViewport", target: pay, ratio: 1 },
    { type: "expectInViewport", target: "css=#far", not: true },
    { type: "clear", target: "css=#note" },
    { type: "expectEmpty", target: "css=#note" },
    { type: "blur", target: "css=#note" },
    { type: "expectFocused", target: "css=#note", not: true },
    { type: "dispatchEvent", target: "css=#note", event: "ping", init: { detail: { n: 3 } } },
    { type: "expectText", target: "css=#out", text: "focus;blur;ping 3;" },
  );
});

test("a structure for assistive technology holds in part, in order, and deep inside", async () => {
  await steps.passes(
    "/traits",
    {
      type: "expectAria",
      snapshot: `
- banner:
  - heading "Cart" [level=1]
  - link "Help":
    - /url: /next
- main:
  - list "Items":
    - listitem
  - button "Pay" [pressed]
  - textbox "Note": hi
  - paragraph: /\\d+ items/`,
    },
    { type: "expectAria", target: "css=ul", snapshot: "- listitem: Bread" },
    {
      type: "expectAria",
      target: "css=ul",
      snapshot: "- list:\n  - /children: equal\n  - listitem\n  - listitem",
    },
    { type: "expectAria", snapshot: "- button /p.y/i" },
    { type: "expectAria", snapshot: '- heading "Checkout"', not: true },
    { type: "expectAria", target: "css=ul", snapshot: "- listitem: Bread\n- listitem: /Milk/", not: true },
  );
});

const broken: [Written, RegExp][] = [
  [
    { type: "expectProperty", target: "css=#note", property: "value", value: "ho" },
    /property value of css=#note to be "ho", got "hi"/,
  ],
  [{ type: "expectClass", target: pay, class: "small" }, /to have class "small", got "big primary"/],
  [
    { type: "expectCss", target: pay, property: "color", value: "red" },
    /style color of .* to be "red", got "rgb\(255, 0, 0\)"/,
  ],
  [{ type: "expectFocused", target: "css=#fixed" }, /to have the focus, but nothing has it/],
  [{ type: "expectEditable", target: "css=#fixed" }, /to be editable, but it is read-only/],
  [{ type: "expectEmpty", target: "css=#note" }, /to be empty, got "hi"/],
  [{ type: "expectInViewport", target: "css=#far" }, /to be in view, but it is out of view/],
  [{ type: "expectAria", snapshot: '- heading "Checkout"' }, /there is no heading "Checkout"/],
];
for (const [step, message] of broken) {
  test(`${step.type} says what was expected and what was there`, async () => {
    await steps.fails("/traits", "assertion-failed", message, step);
  });
}

test("focus, blur, clear and events need their element", async () => {
  await Promise.all([
    steps.fails("/traits", "target-not-found", /#x/, { type: "focus", target: "css=#x" }),
    steps.fails("/traits", "wrong-element", /does not have the focus/, { type: "blur", target: "css=#note" }),
    steps.fails("/traits", "not-editable", /read-only/, { type: "clear", target: "css=#fixed" }),
    steps.fails("/traits", "target-not-found", /#x/, {
      type: "dispatchEvent",
      target: "css=#x",
      event: "ping",
    }),
  ]);
});

test("a press is made again when something has come over the element in the last moment", async () => {
  await steps.passes(
    "/late-cover",
    { type: "click", target: "css=#target" },
    { type: "expectText", target: "css=#out", text: "pressed;", match: "exact" },
  );
});

test("an element comes out from under bars that stay in their place", async () => {
  await steps.passes(
    "/sticky",
    { type: "click", target: "css=#below" },
    { type: "expectText", target: "css=#out", text: "pressed" },
  );
});

test("a file has the type that is said", async () => {
  await Promise.all([
    steps.passes(
      "/form",
      {
        type: "upload",
        target: "css=#file",
        files: [{ name: "a.bin", content: "hello", mimeType: "application/x-odd" }],
      },
      { type: "expectText", target: "css=#out", text: "a.bin:5:application/x-odd" },
    ),
    steps.fails("/form", "not-multiple", /takes one file, not 2/, {
      type: "upload",
      target: "css=#file",
      files: [
        { name: "a.bin", content: "x", mimeType: "text/plain" },
        { name: "b.bin", content: "x" },
      ],
    }),
  ]);
});
