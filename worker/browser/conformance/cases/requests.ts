import { type StepCases, said } from "../contract.ts";

const load = `<button onclick="fetch('/json').then((answer) => answer.text()).then((text) => { document.title = text }, () => { document.title = 'no answer' })">Load</button>`;

const press = { type: "click", target: "css=button" } as const;

const real = '{"data":{"items":[{"id":7,"name":"seven"}]}}';

const request: StepCases = {
  works: [
    {
      title: "sends and keeps the answer",
      step: { method: "POST", url: "/echo", json: { a: 1 }, as: "answer", extract: "body" },
      after: [{ type: "evaluate", script: "document.title = '{{answer}}'" }, said('{"a":1}')],
    },
    { title: "takes the status that is expected", step: { method: "GET", url: "/status/404", status: 404 } },
    {
      title: "checks what the answer holds",
      step: {
        method: "GET",
        url: "/json",
        expect: [
          { path: "data.items", count: 1 },
          { path: "data.items.0", equals: { id: 7 } },
          { path: "data.items.0.name", matches: "^s.*n$" },
          { path: "data.none", exists: false },
          { header: "content-type", contains: "json" },
        ],
      },
    },
  ],
  waits: [{ title: "for a slow answer", step: { method: "GET", url: "/slow?ms=300", status: 200 } }],
  fails: [
    {
      title: "with another status",
      step: { method: "GET", url: "/status/500" },
      code: "unexpected-status",
      message: "GET SITE/status/500 answered 500, not a status below 400",
    },
    {
      title: "without an answer in time",
      step: { method: "GET", url: "/hang", timeoutMs: 1_000 },
      code: "timeout",
      message: "GET SITE/hang was not answered within 1000 ms",
    },
    {
      title: "where nobody listens",
      step: { method: "GET", url: "http://127.0.0.1:1/" },
      code: "request-failed",
      message: "GET http://127.0.0.1:1/ failed: bad port",
    },
    {
      title: "without what is to be kept",
      step: { method: "GET", url: "/json", as: "id", extract: "data.things.0" },
      code: "no-match",
      message: 'the answer has no "things" at data',
    },
    {
      title: "that holds something else",
      step: {
        method: "GET",
        url: "/json",
        expect: [
          { path: "data.items.0.id", equals: "7" },
          { path: "data.things", count: 1 },
        ],
      },
      code: "assertion-failed",
      message: 'expected data.items.0.id to be "7", got 7 (and 1 more)',
      detail: /^expected data\.things to have 1 items, but the answer has no "things" at data$/m,
    },
    {
      title: "without a header that is expected",
      step: { method: "GET", url: "/json", expect: [{ header: "etag", exists: true }] },
      code: "assertion-failed",
      message: "expected header etag to be there, but the answer has no header etag",
    },
  ],
};

const mock: StepCases = {
  works: [
    {
      title: "answers instead of the server",
      page: load,
      step: { url: "/json", json: { a: 1 } },
      after: [press, said('{"a":1}')],
    },
    {
      title: "lets the request fail",
      page: load,
      step: { url: "/json", abort: true },
      after: [press, said("no answer")],
    },
  ],
  waits: [
    {
      title: "for as many requests as it is told",
      page: load,
      step: { url: "/json", body: "mocked", times: 1 },
      after: [press, said("mocked"), press, said(real)],
    },
  ],
  fails: [
    {
      title: "with a body that refers to nothing",
      step: { url: "/json", body: "{{text}}" },
      code: "unknown-variable",
      message: 'variable "text" has no value; none are set',
    },
  ],
};

const post = `<button onclick="fetch('/echo', { method: 'POST', body: JSON.stringify({ a: 1, b: 2 }), headers: { authorization: 'of the page' } }).then((answer) => answer.text()).then((text) => { document.title = text })">Post</button>`;

const echoed = (body: unknown, authorization?: string) =>
  said(JSON.stringify({ method: "POST", body: JSON.stringify(body), authorization }));

const modifyRequest: StepCases = {
  works: [
    {
      title: "changes its headers",
      page: post,
      step: { url: "/echo", method: "POST", headers: { Authorization: "of the test" } },
      after: [press, echoed({ a: 1, b: 2 }, "of the test")],
    },
    {
      title: "takes headers away, and its body",
      page: post,
      step: { url: "/echo", removeHeaders: ["Authorization"], body: '{"c":"é"}' },
      after: [press, echoed({ c: "é" })],
    },
    {
      title: "changes a part of its body",
      page: post,
      step: { url: "/echo", patch: { a: null, c: 3 } },
      after: [press, echoed({ b: 2, c: 3 }, "of the page")],
    },
  ],
  waits: [
    {
      title: "for as many requests as it is told",
      page: post,
      step: { url: "/echo", body: "{}", times: 1 },
      after: [press, echoed({}, "of the page"), press, echoed({ a: 1, b: 2 }, "of the page")],
    },
  ],
  fails: [
    {
      title: "with a body that refers to nothing",
      step: { url: "/echo", body: "{{text}}" },
      code: "unknown-variable",
      message: 'variable "text" has no value; none are set',
    },
  ],
};

const modifyResponse: StepCases = {
  works: [
    {
      title: "changes what the server answers",
      page: load,
      step: { url: "/json", patch: { data: { items: null, more: 1 } } },
      after: [press, said('{"data":{"more":1}}')],
    },
  ],
  waits: [
    {
      title: "for as many answers as it is told",
      page: load,
      step: { url: "/json", body: "changed", times: 1 },
      after: [press, said("changed"), press, said(real)],
    },
  ],
  fails: [
    {
      title: "with a body that refers to nothing",
      step: { url: "/json", body: "{{text}}" },
      code: "unknown-variable",
      message: 'variable "text" has no value; none are set',
    },
  ],
};

const blockRequests: StepCases = {
  works: [
    { title: "of an address", page: load, step: { urls: ["/json"] }, after: [press, said("no answer")] },
    {
      title: "of a kind",
      page: `<button onclick="const image = new Image(); image.onerror = () => { document.title = 'blocked' }; image.src = '/picture.svg'">Go</button>`,
      step: { resourceTypes: ["image"] },
      after: [press, said("blocked")],
    },
  ],
  waits: [
    {
      title: "also on pages that open later",
      step: { urls: ["/json"] },
      after: [
        { type: "goto", url: "/next" },
        { type: "evaluate", script: "fetch('/json').catch(() => { document.title = 'blocked' })" },
        said("blocked"),
      ],
    },
  ],
  fails: [
    {
      title: "that refer to nothing",
      step: { urls: ["{{host}}"] },
      code: "unknown-variable",
      message: 'variable "host" has no value; none are set',
    },
  ],
};

const emulateNetwork: StepCases = {
  works: [
    {
      title: "takes the network away",
      page: load,
      step: { offline: true },
      after: [press, said("no answer"), { type: "waitFor", function: "!navigator.onLine" }],
    },
    {
      title: "what can't be opened then is said, and can be opened again",
      step: { offline: true },
      after: [
        { type: "goto", url: "/next", optional: true },
        { type: "emulateNetwork", offline: false },
        { type: "goto", url: "/next" },
        said("Next page"),
      ],
    },
  ],
  waits: [
    {
      title: "adds time to each request",
      page: `<button onclick="const began = performance.now(); fetch('/json').then(() => { document.title = performance.now() - began >= 300 })">Load</button>`,
      step: { latencyMs: 300 },
      after: [press, said("true")],
    },
  ],
  fails: [
    {
      title: "named by what has no value",
      step: { offline: true, name: "{{network}}" },
      code: "unknown-variable",
      message: 'variable "network" has no value; none are set',
    },
  ],
};

export const requestsCases = { request, mock, modifyRequest, modifyResponse, blockRequests, emulateNetwork };
