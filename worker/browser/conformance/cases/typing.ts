import { later, type StepCases, said } from "../contract.ts";

const input = "<label>Name <input></label>";

const value = (text: string) => ({ type: "expectValue", target: "css=input", value: text }) as const;

const enable = later("document.querySelector('input').disabled = false");

const off = '<input aria-label="Name" disabled>';

const fill: StepCases = {
  works: [
    {
      title: "replaces what the field held",
      page: '<input value="old" oninput="document.title = this.value">',
      step: { target: "css=input", value: "new" },
      after: [value("new"), said("new")],
    },
    {
      title: "by the label",
      page: input,
      step: { target: "label=Name", value: "Ada" },
      after: [value("Ada")],
    },
    {
      title: "a date",
      page: '<input type="date">',
      step: { target: "css=input", value: "2026-03-01" },
      after: [value("2026-03-01")],
    },
    {
      title: "what is contenteditable",
      page: "<div contenteditable>old</div>",
      step: { target: "css=div", value: "new" },
      after: [{ type: "expectText", target: "css=div", text: "new", match: "exact" }],
    },
  ],
  waits: [
    {
      title: "until the field is there",
      page: later(`document.body.innerHTML = '${input}'`),
      step: { target: "label=Name", value: "Ada" },
      after: [value("Ada")],
    },
    {
      title: "until it is enabled",
      page: off + enable,
      step: { target: "css=input", value: "Ada" },
      after: [value("Ada")],
    },
    {
      title: "until it can be written into",
      page: `<input readonly>${later("document.querySelector('input').readOnly = false")}`,
      step: { target: "css=input", value: "Ada" },
      after: [value("Ada")],
    },
  ],
  fails: [
    {
      title: "what is not there, with what comes nearest",
      page: '<label>First name <input id="first"></label>',
      step: { target: "label='First Name'", value: "Ada" },
      code: "target-not-found",
      message: "no element matches label='First Name' (waited 1000 ms)",
      detail: /role=textbox\[name="First name"\]/,
    },
    {
      title: "what is disabled",
      page: off,
      step: { target: "css=input", value: "Ada" },
      code: "not-enabled",
      message: "expected css=input to be enabled, but it is disabled (waited 1000 ms)",
    },
    {
      title: "what is read-only",
      page: "<input readonly>",
      step: { target: "css=input", value: "Ada" },
      code: "not-editable",
      message: "expected css=input to be editable, but it is read-only (waited 1000 ms)",
    },
    {
      title: "what aria-readonly makes read-only",
      page: '<div contenteditable aria-readonly="true">Text</div>',
      step: { target: "css=div", value: "Ada" },
      code: "not-editable",
      message: "expected css=div to be editable, but it is read-only (aria-readonly) (waited 1000 ms)",
    },
    {
      title: "what is no field",
      page: "<p>Text</p>",
      step: { target: "css=p", value: "Ada" },
      code: "wrong-element",
      message: "<p>Text</p> is no field: it takes an input, a textarea or something contenteditable",
    },
    {
      title: "a checkbox",
      page: '<input type="checkbox">',
      step: { target: "css=input", value: "on" },
      code: "wrong-element",
      message:
        '<input type="checkbox"> is an input of type checkbox, which takes no text: use check or uncheck',
    },
    {
      title: "a date that is none",
      page: '<input type="date">',
      step: { target: "css=input", value: "tomorrow" },
      code: "wrong-value",
      message: 'an input of type date does not take "tomorrow"; what is right looks like yyyy-mm-dd',
    },
  ],
};

const clear: StepCases = {
  works: [
    {
      title: "empties the field",
      page: '<input value="old">',
      step: { target: "css=input" },
      after: [value("")],
    },
  ],
  waits: [
    {
      title: "until it is enabled",
      page: `<input disabled value="old">${enable}`,
      step: { target: "css=input" },
      after: [value("")],
    },
  ],
  fails: [
    {
      title: "what is read-only",
      page: '<input readonly value="old">',
      step: { target: "css=input" },
      code: "not-editable",
      message: "expected css=input to be editable, but it is read-only (waited 1000 ms)",
    },
  ],
};

const type: StepCases = {
  works: [
    {
      title: "key by key",
      page: '<input onkeydown="window.keys = (window.keys ?? 0) + 1">',
      step: { target: "css=input", text: "Ada" },
      after: [value("Ada"), { type: "waitFor", function: "window.keys === 3" }],
    },
    { title: "where the focus is", page: "<input autofocus>", step: { text: "Ada" }, after: [value("Ada")] },
  ],
  waits: [
    {
      title: "until the field is there",
      page: later(`document.body.innerHTML = '${input}'`),
      step: { target: "label=Name", text: "Ada" },
      after: [value("Ada")],
    },
  ],
  fails: [
    {
      title: "into what can't have the focus",
      page: "<p>Text</p>",
      step: { target: "css=p", text: "Ada" },
      code: "wrong-element",
      message: "<p>Text</p> can't take the focus, so that no key would reach it",
    },
    {
      title: "into what is disabled",
      page: off,
      step: { target: "css=input", text: "Ada" },
      code: "not-enabled",
      message: "expected css=input to be enabled, but it is disabled (waited 1000 ms)",
    },
  ],
};

const press: StepCases = {
  works: [
    {
      title: "a key on an element",
      page: `<input onkeydown="document.title = event.key">`,
      step: { key: "Enter", target: "css=input" },
      after: [said("Enter")],
    },
    {
      title: "a combination where the focus is",
      page: '<input autofocus value="old">',
      step: { key: "Control+A" },
      after: [{ type: "press", key: "x" }, value("x")],
    },
  ],
  waits: [
    {
      title: "until the element is there",
      page: later(`document.body.innerHTML = '<input onkeydown="document.title = event.key">'`),
      step: { key: "Enter", target: "css=input" },
      after: [said("Enter")],
    },
  ],
  fails: [
    {
      title: "what is no key",
      page: "<input>",
      step: { key: "Entr", target: "css=input" },
      code: "unknown-key",
      message: '"Entr" is no key; there are Enter, Tab, Escape, ArrowDown, a, A, 1, Control+A and the like',
    },
  ],
};

const keyDown: StepCases = {
  works: [
    {
      title: "holds a key over other steps",
      page: `<button onclick="document.title = 'shift ' + event.shiftKey">Go</button>`,
      step: { key: "Shift" },
      after: [{ type: "click", target: "css=button" }, said("shift true")],
    },
  ],
  waits: [
    {
      title: "until it is let go",
      page: '<input autofocus onkeyup="document.title = event.key">',
      step: { key: "Shift" },
      after: [
        { type: "expectTitle", title: "Shift", not: true },
        { type: "keyUp", key: "Shift" },
        said("Shift"),
      ],
    },
  ],
  fails: [
    {
      title: "what is no key",
      step: { key: "Shft" },
      code: "unknown-key",
      message: '"Shft" is no key; there are Enter, Tab, Escape, ArrowDown, a, A, 1, Control+A and the like',
    },
  ],
};

const keyUp: StepCases = {
  works: [
    {
      title: "lets a key go",
      page: `<button onclick="document.title = 'shift ' + event.shiftKey">Go</button>`,
      before: [{ type: "keyDown", key: "Shift" }],
      step: { key: "Shift" },
      after: [{ type: "click", target: "css=button" }, said("shift false")],
    },
  ],
  waits: [
    {
      title: "of which the page is told",
      page: '<input autofocus onkeyup="document.title = event.key">',
      before: [{ type: "keyDown", key: "Control" }],
      step: { key: "Control" },
      after: [said("Control")],
    },
  ],
  fails: [
    {
      title: "what is no key",
      step: { key: "Shft" },
      code: "unknown-key",
      message: '"Shft" is no key; there are Enter, Tab, Escape, ArrowDown, a, A, 1, Control+A and the like',
    },
  ],
};

export const typingCases = { fill, clear, type, press, keyDown, keyUp };
