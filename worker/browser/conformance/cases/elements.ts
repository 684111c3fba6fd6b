import { later, type StepCases, said } from "../contract.ts";

const input = "<label>Name <input></label>";

const enable = later("document.querySelector('input').disabled = false");

const off = '<input aria-label="Name" disabled>';

const focused = { type: "expectFocused", target: "css=input" } as const;

const focus: StepCases = {
  works: [
    { title: "gives an element the focus", page: input, step: { target: "css=input" }, after: [focused] },
  ],
  waits: [
    {
      title: "until the element is enabled",
      page: off + enable,
      step: { target: "css=input" },
      after: [focused],
    },
  ],
  fails: [
    {
      title: "to what can't have it",
      page: "<p>Text</p>",
      step: { target: "css=p" },
      code: "wrong-element",
      message: "<p>Text</p> can't take the focus, so that no key would reach it",
    },
  ],
};

const blur: StepCases = {
  works: [
    {
      title: "takes the focus away",
      page: `<input autofocus onblur="document.title = 'left'">`,
      step: { target: "css=input" },
      after: [said("left"), { ...focused, not: true }],
    },
  ],
  waits: [
    {
      title: "until the element is there",
      page: later(`document.body.innerHTML = '<input>'; document.querySelector('input').focus()`),
      step: { target: "css=input" },
      after: [{ ...focused, not: true }],
    },
  ],
  fails: [
    {
      title: "of what does not have it",
      page: "<input>",
      step: { target: "css=input" },
      code: "wrong-element",
      message: "<input> does not have the focus, so it can't be taken away",
    },
  ],
};

const dispatchEvent: StepCases = {
  works: [
    {
      title: "sends an event with its fields",
      page: `<p></p><script>document.querySelector("p").addEventListener("shop:add", ({ detail }) => { document.title = detail.count })</script>`,
      step: { target: "css=p", event: "shop:add", init: { detail: { count: 3 } } },
      after: [said("3")],
    },
  ],
  waits: [
    {
      title: "until the element is there",
      page: later(`document.body.innerHTML = '<p onclick="document.title = 1">'`),
      step: { target: "css=p", event: "click" },
      after: [said("1")],
    },
  ],
  fails: [
    {
      title: "to what is not there",
      step: { target: "css=p", event: "click" },
      code: "target-not-found",
      message: "no element matches css=p (waited 1000 ms)",
    },
  ],
};

const file =
  "<label>Picture <input type=\"file\" onchange=\"document.title = [...this.files].map(({ name, size, type }) => name + ' ' + size + ' ' + type).join()\"></label>";

const one = [{ name: "a.txt", content: "hello" }];

const upload: StepCases = {
  works: [
    {
      title: "gives a file to a field",
      page: file,
      step: { target: "css=input", files: one },
      after: [said("a.txt 5 text/plain")],
    },
    {
      title: "by the label, with a type",
      page: file,
      step: {
        target: "text=Picture",
        files: [{ name: "a.png", content: "aGVsbG8=", encoding: "base64", mimeType: "image/x-test" }],
      },
      after: [said("a.png 5 image/x-test")],
    },
  ],
  waits: [
    {
      title: "until the field is there",
      page: later(`document.body.innerHTML = '<input type=file>'`),
      step: { target: "css=input", files: one },
      after: [{ type: "expectProperty", target: "css=input", property: "files.length", value: 1 }],
    },
  ],
  fails: [
    {
      title: "to what is no file field",
      page: "<input>",
      step: { target: "css=input", files: one },
      code: "wrong-element",
      message: "<input> is no input of type file, nor does it label or hold just one",
    },
    {
      title: "two to a field that takes one",
      page: file,
      step: { target: "css=input", files: [...one, { name: "b.txt", content: "" }] },
      code: "not-multiple",
      message: '<input type="file"> takes one file, not 2',
    },
    {
      title: "to a field that is disabled",
      page: '<input type="file" disabled>',
      step: { target: "css=input", files: one },
      code: "not-enabled",
      message: "expected css=input to be enabled, but it is disabled (waited 1000 ms)",
    },
  ],
};

const handleDialog: StepCases = {
  works: [
    {
      title: "accepts a question",
      page: `<button onclick="document.title = confirm('Sure?')">Go</button>`,
      step: { action: "accept" },
      after: [{ type: "click", target: "css=button" }, said("true")],
    },
    {
      title: "answers a prompt",
      page: `<button onclick="document.title = prompt('Name?')">Go</button>`,
      step: { action: "accept", text: "Ada" },
      after: [{ type: "click", target: "css=button" }, said("Ada")],
    },
  ],
  waits: [
    {
      title: "for dialogs that open later, until it is said otherwise",
      page: `<button onclick="setTimeout(() => { document.title = confirm('Sure?') + ' ' + confirm('Really?') }, 250)">Go</button>`,
      step: { action: "accept" },
      after: [
        { type: "click", target: "css=button" },
        said("true true"),
        { type: "handleDialog", action: "dismiss" },
        { type: "click", target: "css=button" },
        said("false false"),
      ],
    },
  ],
  fails: [
    {
      title: "with a text that refers to nothing",
      step: { action: "accept", text: "{{name}}" },
      code: "unknown-variable",
      message: 'variable "name" has no value; none are set',
    },
  ],
};

export const elementsCases = { focus, blur, dispatchEvent, upload, handleDialog };
