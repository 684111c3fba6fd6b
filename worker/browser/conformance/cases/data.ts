import { later, type StepCases, said } from "../contract.ts";

const entitle = (title: string) =>
  ({ type: "evaluate", script: `document.title = ${JSON.stringify(title)}` }) as const;

const setVariable: StepCases = {
  works: [
    {
      title: "gives a value to later steps",
      step: { variable: "name", value: "Ada" },
      after: [entitle("{{name}}"), said("Ada")],
    },
  ],
  waits: [
    {
      title: "until the end of the attempt, over pages",
      step: { variable: "name", value: "Ada" },
      after: [{ type: "goto", url: "/next" }, entitle("{{name}}"), said("Ada")],
    },
  ],
  fails: [
    {
      title: "with a value that refers to nothing",
      step: { variable: "name", value: "{{other}}" },
      code: "unknown-variable",
      message: 'variable "other" has no value; none are set',
    },
  ],
};

const extract: StepCases = {
  works: [
    {
      title: "the text",
      page: "<p> Order   7 </p>",
      step: { target: "css=p", as: "found" },
      after: [entitle("{{found}}"), said("Order 7")],
    },
    {
      title: "a part of an attribute",
      page: '<a href="/order/7">Order</a>',
      step: { target: "css=a", attribute: "href", pattern: "(\\d+)", as: "found" },
      after: [entitle("{{found}}"), said("7")],
    },
    {
      title: "what a field holds",
      page: '<input value="Ada">',
      step: { target: "css=input", as: "found" },
      after: [entitle("{{found}}"), said("Ada")],
    },
  ],
  waits: [
    {
      title: "until the element is there",
      page: later("document.body.innerHTML = '<p>7</p>'"),
      step: { target: "css=p", as: "found" },
      after: [entitle("{{found}}"), said("7")],
    },
  ],
  fails: [
    {
      title: "what the pattern does not match",
      page: "<p>Order</p>",
      step: { target: "css=p", pattern: "\\d+", as: "found" },
      code: "no-match",
      message: "/\\d+/ does not match what was read",
    },
    {
      title: "what is not there",
      page: "<p>Order</p>",
      step: { target: "css=b", as: "found" },
      code: "target-not-found",
      message: "no element matches css=b (waited 1000 ms)",
    },
  ],
};

const evaluate: StepCases = {
  works: [
    { title: "an expression", step: { script: "1 + 1", as: "sum" }, after: [entitle("{{sum}}"), said("2")] },
    {
      title: "statements",
      step: { script: "const a = { b: 1 }; return a;", as: "it" },
      after: [{ type: "evaluate", script: "document.title = '{{it}}'" }, said('{"b":1}')],
    },
  ],
  waits: [
    {
      title: "for a promise",
      step: { script: "new Promise((resolve) => setTimeout(() => resolve('late'), 250))", as: "it" },
      after: [entitle("{{it}}"), said("late")],
    },
  ],
  fails: [
    {
      title: "that throws",
      step: { script: "throw new Error('no stock')" },
      code: "script-failed",
      message: "the script failed: Error: no stock",
    },
    {
      title: "that is no JavaScript",
      step: { script: "let let" },
      code: "script-failed",
      message: {
        chromium: "the script failed: SyntaxError: let is disallowed as a lexically bound name",
        firefox: "the script failed: SyntaxError: a lexical declaration can't define a 'let' binding",
      },
    },
    {
      title: "that gives nothing to keep",
      step: { script: "undefined", as: "it" },
      code: "script-result",
      message: 'the script gave nothing to keep in "it"; it needs a return',
    },
    {
      title: "that never ends",
      step: { script: "new Promise(() => {})", timeoutMs: 1_000 },
      code: "timeout",
      message: "the script did not end within 1000 ms",
    },
  ],
};

const screenshot: StepCases = {
  works: [
    { title: "of the page", page: "<p>Here</p>", step: {} },
    {
      title: "of all of a long page",
      page: '<div style="height:2000px">Long</div>',
      step: { fullPage: true },
    },
  ],
  waits: [
    {
      title: "until the element is there",
      page: later("document.body.innerHTML = '<p>Here</p>'"),
      step: { target: "css=p" },
    },
  ],
  fails: [
    {
      title: "of what is not there",
      step: { target: "css=p" },
      code: "target-not-found",
      message: "no element matches css=p (waited 1000 ms)",
    },
    {
      title: "of what has no size",
      page: '<p style="height:0;margin:0"></p>',
      step: { target: "css=p" },
      code: "not-visible",
      message: "the element has no size, so there is nothing to picture",
    },
  ],
};

export const dataCases = { setVariable, extract, evaluate, screenshot };
