import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startSite } from "../testing/site.ts";
import { openStepBench, type StepBench } from "../testing/step-bench.ts";

let steps: StepBench;

before(async () => {
  steps = await openStepBench();
});

after(() => steps.close());

const out = "css=#out";

test("variables are set, extracted, and known to later steps", async () => {
  const { of } = await steps.passes(
    "/form",
    { type: "setVariable", variable: "word", value: "ready" },
    { type: "expectText", target: "css=#state", text: "{{word}}" },
    { type: "extract", target: "css=#state", as: "order", pattern: "Order (\\d+)" },
    { type: "extract", target: "css=#state", as: "state", attribute: "data-state" },
    { type: "fill", target: "css=#name", value: "{{order}} {{state}}" },
    { type: "expectValue", target: "css=#name", value: "1234 open" },
  );
  assert.deepEqual(
    of("variable-set").map(({ name, value }) => `${name}=${value}`),
    ["word=ready", "order=1234", "state=open"],
  );
  await Promise.all([
    steps.fails("/form", "unknown-variable", /variable "nobody" has no value/, {
      type: "setVariable",
      variable: "a",
      value: "{{nobody}}",
    }),
    steps.fails("/form", "no-match", /does not match/, {
      type: "extract",
      target: "css=#state",
      as: "x",
      pattern: "Invoice",
    }),
    steps.fails("/form", "invalid-pattern", /no regular expression/, {
      type: "extract",
      target: "css=#state",
      as: "x",
      pattern: "(",
    }),
  ]);
});

test("a regular expression that takes for ever holds up nothing but its step", async () => {
  const { outcome } = await steps.bench.run(
    [
      { type: "goto", url: "/form" },
      { type: "evaluate", script: "document.querySelector('#state').textContent = 'a'.repeat(40) + '!'" },
      { type: "extract", target: "css=#state", as: "x", pattern: "(a+)+$", timeoutMs: 500 },
    ],
    { baseUrl: steps.site.url },
  );
  assert.deepEqual(outcome.failure?.code, "timeout", JSON.stringify(outcome));
});

test("evaluate runs in the page, as an expression or as statements", async () => {
  const { of } = await steps.passes(
    "/form",
    { type: "evaluate", script: "document.title", as: "title" },
    { type: "evaluate", script: "const a = 1;\nreturn { sum: a + 1 }", as: "sum" },
    { type: "evaluate", script: "await Promise.resolve([1, 2])", as: "list" },
  );
  assert.deepEqual(
    of("variable-set").map(({ value }) => value),
    ["Form", '{"sum":2}', "[1,2]"],
  );
  await Promise.all([
    steps.fails("/form", "script-failed", /TypeError: no/, {
      type: "evaluate",
      script: "throw new TypeError('no')",
    }),
    steps.fails("/form", "script-failed", /SyntaxError/, { type: "evaluate", script: "const = 1" }),
    steps.fails("/form", "script-failed", /circular/i, { type: "evaluate", script: "window.self", as: "x" }),
    steps.fails("/form", "script-result", /gave nothing/, { type: "evaluate", script: "void 0", as: "x" }),
    steps.fails("/form", "script-result", /at most/, { type: "evaluate", script: "'x'.repeat(200000)" }),
    steps.fails("/form", "timeout", /did not end/, { type: "evaluate", script: "for (;;) {}" }),
    steps.fails("/form", "script-failed", /process is not defined/, {
      type: "evaluate",
      script: "process.env",
    }),
  ]);
});

test("request sends, checks and extracts", async () => {
  const { of } = await steps.passes(
    "/",
    { type: "request", method: "GET", url: "/json", as: "id", extract: "data.items.0.id" },
    { type: "request", method: "POST", url: "/echo", json: { a: 1 }, as: "echo" },
    { type: "request", method: "GET", url: "/redirect?to=/json", status: 200 },
    { type: "request", method: "GET", url: "/status/404", status: 404 },
  );
  assert.deepEqual(
    of("variable-set").map(({ value }) => value),
    ["7", '{"method":"POST","body":"{\\"a\\":1}"}'],
  );
  await Promise.all([
    steps.fails("/", "unexpected-status", /answered 404/, {
      type: "request",
      method: "GET",
      url: "/status/404",
    }),
    steps.fails("/", "no-match", /no "nothing" at data/, {
      type: "request",
      method: "GET",
      url: "/json",
      extract: "data.nothing",
      as: "x",
    }),
    steps.fails("/", "too-large", /more than 1000000 bytes/, { type: "request", method: "GET", url: "/big" }),
    steps.fails("/", "timeout", /not answered within 300 ms/, {
      type: "request",
      method: "GET",
      url: "/hang",
    }),
    steps.fails("/", "address-refused", /scheme file/, {
      type: "request",
      method: "GET",
      url: "/redirect?to=file:///etc/hostname",
    }),
  ]);
  const ring = { type: "request", method: "GET", url: "/ring", timeoutMs: 5_000 } as const;
  await steps.fails("/", "request-failed", /redirects more than 10 times/, ring);
  const closed = await startSite();
  await closed.close();
  await steps.fails("/", "request-failed", /connection refused/, {
    type: "request",
    method: "GET",
    url: closed.url,
  });
});

test("credentials do not follow a redirect to another origin", async () => {
  await steps.passes("/", {
    type: "request",
    method: "GET",
    url: `/redirect?to=${encodeURIComponent(`${steps.site.otherUrl}/echo/elsewhere`)}`,
    headers: { authorization: "Bearer x" },
    as: "echo",
  });
  assert.equal(
    steps.site.requests.find(({ path }) => path === "/echo/elsewhere")?.headers.authorization,
    undefined,
  );
});

test("mock answers, blocks, and stops after so many times", async () => {
  const load = { type: "click", target: "css=#load" } as const;
  await steps.passes(
    "/network",
    { type: "mock", url: "/json", status: 201, json: { mocked: true }, times: 1 },
    load,
    { type: "expectText", target: out, text: '201 {"mocked":true}' },
    load,
    { type: "expectText", target: out, text: "seven" },
    { type: "mock", url: "*/js*n", method: "GET", abort: true },
    load,
    { type: "expectText", target: out, text: "failed" },
    {
      type: "mock",
      url: "/popup",
      body: "<h1>Not the popup</h1>",
      headers: { "Content-Type": "text/html" },
    },
    { type: "goto", url: "/popup" },
    { type: "expectText", target: "css=h1", text: "Not the popup" },
  );
});

test("emulateNetwork takes the network away and gives it back", async () => {
  const load = { type: "click", target: "css=#load" } as const;
  await steps.passes(
    "/network",
    { type: "emulateNetwork", offline: true },
    load,
    { type: "expectText", target: out, text: "failed" },
    { type: "emulateNetwork", latencyMs: 10 },
    load,
    { type: "expectText", target: out, text: "200" },
  );
});

test("screenshot keeps the view, an element, or the whole page", async () => {
  const { artifacts, of } = await steps.passes(
    "/form",
    { type: "screenshot", name: "view" },
    { type: "screenshot", name: "element", target: "css=#hover" },
    { type: "screenshot", name: "whole", fullPage: true },
  );
  const sizes = artifacts.map(({ name, width, height, contentType }) => ({
    name,
    width,
    height,
    contentType,
  }));
  assert.deepEqual(sizes.slice(0, 2), [
    { name: "view.png", width: 800, height: 600, contentType: "image/png" },
    { name: "element.png", width: 100, height: 30, contentType: "image/png" },
  ]);
  assert.ok((sizes[2]?.height ?? 0) > 1_800);
  assert.deepEqual(
    of("step-finished").flatMap(({ screenshotId }) => screenshotId ?? []),
    artifacts.map(({ id }) => id),
  );
  await steps.fails("/form", "target-not-found", /#x/, { type: "screenshot", target: "css=#x" });
});
