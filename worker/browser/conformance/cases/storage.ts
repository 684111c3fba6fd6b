import { type StepCases, said } from "../contract.ts";

const cookieTitle = { type: "evaluate", script: "document.title = document.cookie" } as const;

const setCookie: StepCases = {
  works: [
    {
      title: "of the site",
      page: "/next",
      step: { cookie: "a", value: "1" },
      after: [cookieTitle, said("a=1")],
    },
  ],
  waits: [
    {
      title: "is sent with later requests",
      step: { cookie: "a", value: "1" },
      after: [
        { type: "goto", url: "/cookie" },
        { type: "expectText", target: "css=h1", text: "a=1" },
      ],
    },
  ],
  fails: [
    {
      title: "with a name that is none",
      step: { cookie: "a;b", value: "1" },
      code: "invalid-cookie",
      message: {
        chromium: "the browser refuses the cookie a;b: Invalid cookie fields",
        firefox:
          "the browser refuses the cookie a;b: Invalid cookie: Cookie “a;b” has been rejected for invalid characters in the name.",
      },
    },
    {
      title: "of no site",
      before: [{ type: "goto", url: "about:blank" }],
      step: { cookie: "a", value: "1" },
      plan: { baseUrl: null },
      code: "no-site",
      message: "no page is open whose cookie it could be; say url or domain",
    },
  ],
};

const twoCookies = [
  { type: "setCookie", cookie: "a", value: "1" },
  { type: "setCookie", cookie: "b", value: "2" },
] as const;

const clearCookies: StepCases = {
  works: [
    { title: "all", page: "/next", before: twoCookies, step: {}, after: [cookieTitle, said("")] },
    {
      title: "those of a name",
      page: "/next",
      before: twoCookies,
      step: { cookie: "a" },
      after: [cookieTitle, said("b=2")],
    },
  ],
  waits: [
    {
      title: "so that later requests go without",
      before: twoCookies,
      step: {},
      after: [
        { type: "goto", url: "/cookie" },
        { type: "expectText", target: "css=h1", text: "no cookie" },
      ],
    },
  ],
  fails: [
    {
      title: "of a name that refers to nothing",
      step: { cookie: "{{name}}" },
      code: "unknown-variable",
      message: 'variable "name" has no value; none are set',
    },
  ],
};

const stored = (area: string) =>
  ({ type: "evaluate", script: `document.title = ${area}Storage.getItem("key")` }) as const;

const setStorage: StepCases = {
  works: [
    { title: "local", step: { key: "key", value: "1" }, after: [stored("local"), said("1")] },
    {
      title: "of the session",
      step: { area: "session", key: "key", value: "1" },
      after: [stored("session"), said("1")],
    },
    {
      title: "or removes",
      before: [{ type: "setStorage", key: "key", value: "1" }],
      step: { key: "key" },
      after: [stored("local"), said("null")],
    },
  ],
  waits: [
    {
      title: "for pages that open later",
      step: { key: "key", value: "1" },
      after: [{ type: "goto", url: "/next" }, stored("local"), said("1")],
    },
  ],
  fails: [
    {
      title: "of a page without any",
      before: [{ type: "goto", url: "data:text/html,x" }],
      step: { key: "key", value: "1" },
      code: "storage-denied",
      message: "data:text/html,x has no storage; open a page of the site first",
    },
  ],
};

const saveState: StepCases = {
  works: [
    {
      title: "keeps cookies and storage",
      page: "/next",
      before: [...twoCookies, { type: "setStorage", key: "key", value: "1" }],
      step: { as: "state" },
      after: [
        { type: "clearCookies" },
        { type: "setStorage", clear: true },
        { type: "useState", state: "{{state}}" },
        { type: "reload" },
        cookieTitle,
        said("a=1; b=2"),
        stored("local"),
        said("1"),
      ],
    },
  ],
  waits: [
    {
      title: "for as long as the attempt takes",
      before: twoCookies,
      step: { as: "state" },
      after: [
        { type: "clearCookies" },
        { type: "goto", url: "/next" },
        { type: "useState", state: "{{state}}" },
        { type: "reload" },
        cookieTitle,
        said("a=1; b=2"),
      ],
    },
  ],
  fails: [
    {
      title: "that is too large",
      page: "/popup-opener",
      before: [
        { type: "click", target: "css=a" },
        { type: "switchTab", tab: "last" },
        { type: "evaluate", script: "localStorage.setItem('k', 'x'.repeat(1_100_000))" },
      ],
      step: { as: "state" },
      code: "too-large",
      message: "the state has 1100103 characters; at most 1000000 are kept",
    },
  ],
};

const state = (host: string) =>
  JSON.stringify({
    cookies: [
      {
        name: "a",
        value: "1",
        domain: host,
        path: "/",
        expires: -1,
        httpOnly: false,
        secure: false,
        sameSite: "Lax",
      },
    ],
    origins: [],
  });

const useState: StepCases = {
  works: [
    {
      title: "sets the cookies of a state, also one of Playwright's",
      page: "/next",
      step: { state: state("127.0.0.1") },
      after: [cookieTitle, said("a=1")],
    },
  ],
  waits: [
    {
      title: "for requests that come later",
      step: { state: state("127.0.0.1") },
      after: [
        { type: "goto", url: "/cookie" },
        { type: "expectText", target: "css=h1", text: "a=1" },
      ],
    },
  ],
  fails: [
    {
      title: "that is no JSON",
      step: { state: "signed in" },
      code: "invalid-state",
      message: "the state is no JSON; a saveState step makes one",
    },
    {
      title: "that is something else",
      step: { state: '{"cookies":1}' },
      code: "invalid-state",
      message: "the state can't be used: cookies: Invalid input: expected array, received number",
    },
  ],
};

export const storageCases = { setCookie, clearCookies, setStorage, saveState, useState };
