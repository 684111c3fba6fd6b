import { type StepCases, said } from "../contract.ts";

const toNext = { type: "click", target: "text=Next" } as const;

const setViewport: StepCases = {
  works: [
    {
      title: "gives the page that size",
      step: { width: 400, height: 300, deviceScaleFactor: 2 },
      after: [
        { type: "waitFor", function: "innerWidth === 400 && innerHeight === 300 && devicePixelRatio === 2" },
      ],
    },
  ],
  waits: [
    {
      title: "also for pages that open later",
      step: { width: 400, height: 300 },
      after: [
        { type: "goto", url: "/next" },
        { type: "waitFor", function: "innerWidth === 400" },
      ],
    },
  ],
  fails: [
    {
      title: "named by what has no value",
      step: { width: 400, height: 300, name: "{{device}}" },
      code: "unknown-variable",
      message: 'variable "device" has no value; none are set',
    },
  ],
};

const switchTab: StepCases = {
  works: [
    {
      title: "goes on in the tab that was opened last",
      page: '<a target="_blank" href="/next">Next</a>',
      before: [toNext],
      step: { tab: "last" },
      after: [said("Next page")],
    },
  ],
  waits: [
    {
      title: "until the tab opens",
      page: `<button onclick="setTimeout(() => window.open('/next'), 300)">Open</button>`,
      before: [{ type: "click", target: "css=button" }],
      step: { url: "/next" },
      after: [said("Next page")],
    },
  ],
  fails: [
    {
      title: "when no such tab opens",
      page: "/next",
      step: { url: "/nowhere" },
      code: "tab-not-found",
      message: "a tab at /nowhere did not open within 1000 ms",
    },
  ],
};

const closeTab: StepCases = {
  works: [
    {
      title: "goes on in the tab before",
      page: '<title>First</title><a target="_blank" href="/next">Next</a>',
      before: [toNext, { type: "switchTab", tab: "last" }, said("Next page")],
      step: {},
      after: [said("First")],
    },
  ],
  waits: [
    {
      title: "over a page that asks whether to leave",
      page: '<title>First</title><a target="_blank" href="/next">Next</a>',
      before: [
        toNext,
        { type: "switchTab", tab: "last" },
        { type: "evaluate", script: "void (onbeforeunload = (event) => event.preventDefault())" },
      ],
      step: {},
      after: [said("First")],
    },
  ],
  fails: [
    {
      title: "the only one",
      step: {},
      code: "last-tab",
      message: "this is the only tab; closing it would leave nothing to test",
    },
  ],
};

export const tabsCases = { setViewport, switchTab, closeTab };
