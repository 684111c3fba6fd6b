import { later, type StepCases, said } from "../contract.ts";

const link = '<a href="/next">Next</a>';

const toNext = { type: "click", target: "text=Next" } as const;

const goto: StepCases = {
  works: [
    { title: "opens a path of the base URL", step: { url: "/next" }, after: [said("Next page")] },
    {
      title: "opens what a server redirects to",
      step: { url: "/redirect?to=/next" },
      after: [said("Next page")],
    },
  ],
  waits: [
    { title: "until a slow answer is there", step: { url: "/slow?ms=400" }, after: [said("")] },
    {
      title: "for the load event, pictures included",
      step: { url: "/slow-picture" },
      after: [
        {
          type: "evaluate",
          script: "if (document.readyState !== 'complete') throw new Error(document.readyState)",
        },
      ],
    },
  ],
  fails: [
    {
      title: "where nobody listens",
      step: { url: "http://127.0.0.1:1/x" },
      code: "navigation-failed",
      message: "could not open http://127.0.0.1:1/x: the browser refuses this port",
    },
    {
      title: "that does not answer",
      step: { url: "/hang", timeoutMs: 1_000 },
      code: "timeout",
      message: "could not open SITE/hang: no answer within 1000 ms",
    },
    {
      title: "without the network, which the test has taken away",
      before: [{ type: "emulateNetwork", offline: true }],
      step: { url: "/next" },
      code: "navigation-failed",
      message: "could not open SITE/next: there is no network",
    },
    {
      title: "that is no address of the web",
      step: { url: "file:///etc/passwd" },
      code: "address-refused",
      message: '"file:///etc/passwd" has the scheme file; only http and https addresses are opened',
    },
  ],
};

const back: StepCases = {
  works: [
    {
      title: "shows the page before",
      page: `${link}<h1>First</h1>`,
      before: [toNext, said("Next page")],
      step: {},
      after: [{ type: "expectVisible", target: "text=First" }],
    },
  ],
  waits: [
    {
      title: "until the page before is there again",
      page: "/slow?ms=300",
      before: [{ type: "goto", url: "/next" }],
      step: {},
      after: [{ type: "expectVisible", target: "text=Slow page" }],
    },
  ],
  fails: [
    { title: "on the first page", step: {}, code: "no-history", message: "there is no page to go back to" },
  ],
};

const forward: StepCases = {
  works: [
    {
      title: "shows the page that was left",
      page: link,
      before: [toNext, said("Next page"), { type: "back" }],
      step: {},
      after: [said("Next page")],
    },
  ],
  waits: [
    {
      title: "until the page is there again",
      before: [{ type: "goto", url: "/slow?ms=300" }, { type: "back" }],
      step: {},
      after: [{ type: "expectVisible", target: "text=Slow page" }],
    },
  ],
  fails: [
    { title: "on the last page", step: {}, code: "no-history", message: "there is no page to go forward to" },
  ],
};

const reload: StepCases = {
  works: [
    {
      title: "loads the page anew",
      page: `<input id="text"><textarea>first</textarea><input type="checkbox"><select><option>A</option><option>B</option></select>`,
      before: [
        { type: "fill", target: "css=#text", value: "typed" },
        { type: "fill", target: "css=textarea", value: "second" },
        { type: "check", target: "css=[type=checkbox]" },
        { type: "select", target: "css=select", value: "B" },
      ],
      step: {},
      after: [
        { type: "expectValue", target: "css=#text", value: "" },
        { type: "expectValue", target: "css=textarea", value: "first" },
        { type: "expectChecked", target: "css=[type=checkbox]", not: true },
        { type: "expectValue", target: "css=select", value: "A" },
      ],
    },
  ],
  waits: [
    {
      title: "until the answer is there",
      page: "/slow?ms=300",
      before: [{ type: "evaluate", script: "document.title = 'old'" }],
      step: {},
      after: [said("")],
    },
  ],
  fails: [
    {
      title: "when the server has gone",
      page: "/next",
      before: [{ type: "mock", url: "/next", abort: true }],
      step: {},
      code: "navigation-failed",
      message: "could not open SITE/next: the request failed, or a mock let it fail",
    },
  ],
};

const waitFor: StepCases = {
  works: [
    { title: "an element that is there", page: "<p>Here</p>", step: { target: "text=Here" } },
    { title: "a time", step: { ms: 50 } },
    { title: "an address", page: later("history.pushState(0, '', '/moved')"), step: { url: "/moved" } },
  ],
  waits: [
    {
      title: "until an element appears",
      page: later("document.body.append('Here')"),
      step: { target: "text=Here" },
    },
    {
      title: "until an element goes away",
      page: `<p>Busy</p>${later("document.querySelector('p').remove()")}`,
      step: { target: "text=Busy", state: "detached" },
    },
    {
      title: "until a condition in the page holds",
      page: later("window.ready = true"),
      step: { function: "window.ready" },
    },
    {
      title: "until there are so many",
      page: `<ul></ul>${later("document.querySelector('ul').innerHTML = '<li>1<li>2'")}`,
      step: { target: "css=li", count: 2 },
    },
  ],
  fails: [
    {
      title: "an element that stays away",
      page: "<button>Save</button>",
      step: { target: "role=button[name=Safe]" },
      code: "target-not-found",
      message: "expected role=button[name=Safe] to be visible, but no element matches it (waited 1000 ms)",
    },
    {
      title: "an element that stays",
      page: "<p>Busy</p>",
      step: { target: "text=Busy", state: "hidden" },
      code: "assertion-failed",
      message: "expected text=Busy to be hidden, but it is visible (waited 1000 ms)",
    },
    {
      title: "an address that does not come",
      page: "/next",
      step: { url: "/moved" },
      code: "assertion-failed",
      message: "expected address to contain /moved, got SITE/next (waited 1000 ms)",
    },
    {
      title: "a condition that does not come true",
      step: { function: "false" },
      code: "timeout",
      message: 'expected "false" to become true, but it did not within 1000 ms',
    },
    {
      title: "a number that is not reached",
      page: "<ul><li>1</ul>",
      step: { target: "css=li", count: 3, comparison: ">=" },
      code: "assertion-failed",
      message: "expected at least 3 elements, found 1 of css=li (waited 1000 ms)",
    },
  ],
};

export const navigationCases = { goto, back, forward, reload, waitFor };
