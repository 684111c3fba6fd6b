import type { StepGroupContent } from "../../../../db/domain/steps/index.ts";
import { later, type StepCases, said } from "../contract.ts";

const set = (name: string, value: string) => ({ type: "setVariable", variable: name, value }) as const;

const entitle = (title: string) =>
  ({ type: "evaluate", script: `document.title = ${JSON.stringify(title)}` }) as const;

const branch = "then";

/** Built so, since an object with `then` looks like a promise. */
const when = (condition: object, steps: object[]) => ({ ...condition, [branch]: steps });

const ifStep: StepCases = {
  works: [
    {
      title: "takes one way when the condition holds",
      page: "<p>Here</p>",
      step: when({ visible: "text=Here", else: [entitle("no")] }, [entitle("yes")]),
      after: [said("yes")],
    },
    {
      title: "takes the other when it does not",
      step: when({ visible: "text=Here", else: [entitle("no")] }, [entitle("yes")]),
      after: [said("no")],
    },
    {
      title: "by a variable",
      before: [set("plan", "gold-1")],
      step: when({ variable: "plan", matches: "^gold" }, [entitle("gold")]),
      after: [said("gold")],
    },
  ],
  waits: [
    {
      title: "as long as it is told to",
      page: later("document.body.append('Here')"),
      step: when({ visible: "text=Here", withinMs: 5_000 }, [entitle("yes")]),
      after: [said("yes")],
    },
  ],
  fails: [
    {
      title: "by what is no locator",
      step: when({ visible: "css=:nope(" }, [entitle("yes")]),
      code: "invalid-locator",
      message: "css=:nope( is no CSS selector that the browser knows",
    },
    {
      title: "by a script that fails",
      step: when({ function: "nowhere.at" }, [entitle("yes")]),
      code: "script-failed",
      message: "the script failed: ReferenceError: nowhere is not defined",
    },
  ],
};

const repeat: StepCases = {
  works: [
    {
      title: "a number of times",
      page: "<title>0</title>",
      step: { times: 3, steps: [{ type: "evaluate", script: "document.title++" }] },
      after: [said("3")],
    },
    {
      title: "for each element",
      page: "<ul><li>a<li>b</ul>",
      before: [set("all", "")],
      step: {
        elements: "css=li",
        as: "item",
        steps: [{ type: "extract", target: "{{item}}", as: "text" }, set("all", "{{all}}{{text}}")],
      },
      after: [entitle("{{all}}"), said("ab")],
    },
    {
      title: "for each value of a list",
      before: [set("all", "")],
      step: { list: '["x","y"]', as: "item", steps: [set("all", "{{all}}{{item}}")] },
      after: [entitle("{{all}}"), said("xy")],
    },
  ],
  waits: [
    {
      title: "while a condition holds that ends later",
      page: `<p>Busy</p>${later("document.querySelector('p').remove(); document.title = 'done'")}`,
      step: { while: { visible: "text=Busy" }, max: 500, steps: [{ type: "waitFor", ms: 20 }] },
      after: [said("done")],
    },
  ],
  fails: [
    {
      title: "when the condition never ends",
      page: "<p>Busy</p>",
      step: { while: { visible: "text=Busy" }, max: 3, steps: [entitle("x")] },
      code: "too-many-rounds",
      message: "the condition still held after 3 rounds; max allows for more",
    },
    {
      title: "for a list that is none",
      step: { list: "[1,", steps: [entitle("x")] },
      code: "invalid-list",
      message: "the list is no JSON: Unexpected end of JSON input",
    },
  ],
};

const greet: StepGroupContent = {
  parameters: [{ name: "who" }, { name: "word", default: "Hello" }],
  steps: [{ type: "evaluate", script: "document.title = '{{word}} {{who}}'" }],
};

const plan = { groups: { greet } };

const group: StepCases = {
  works: [
    {
      title: "runs the steps of the group with values",
      step: { group: "greet", with: { who: "Ada" } },
      plan,
      after: [said("Hello Ada")],
    },
  ],
  waits: [
    {
      title: "in each of its steps",
      page: later("document.body.append('Here')"),
      step: { group: "wait" },
      plan: {
        groups: {
          wait: { parameters: [], steps: [{ type: "expectText", target: "css=body", text: "Here" }] },
        },
      },
    },
  ],
  fails: [
    {
      title: "when there is no such group",
      step: { group: "great" },
      plan,
      code: "unknown-group",
      message: 'there is no group "great"; there are greet',
    },
    {
      title: "without a value that it needs",
      step: { group: "greet" },
      plan,
      code: "missing-parameter",
      message: 'the group "greet" needs a value for "who"',
    },
    {
      title: "with a value that it does not know",
      step: { group: "greet", with: { who: "Ada", how: "loud" } },
      plan,
      code: "unknown-parameter",
      message: 'the group "greet" has no parameter "how"; its parameters are who, word',
    },
    {
      title: "when groups call each other in a circle",
      step: { group: "a" },
      plan: {
        groups: {
          a: { parameters: [], steps: [{ type: "group", group: "b" }] },
          b: { parameters: [], steps: [{ type: "group", group: "a" }] },
        },
      },
      code: "group-too-deep",
      message: "groups call each other more than 10 deep: a → b → a → b → a → b → a → b → a → b → a",
    },
  ],
};

export const flowCases = { if: ifStep, repeat, group };
