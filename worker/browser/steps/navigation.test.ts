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

test("goto opens a relative address and waits for it", async () => {
  const { of } = await steps.passes(
    "/",
    { type: "expectTitle", title: "Home" },
    { type: "expectUrl", url: "/" },
  );
  assert.deepEqual(
    of("navigation").map(({ url }) => url),
    [`${steps.site.url}/`],
  );
});

test("goto says why an address could not be opened", async () => {
  const refused = await steps.bench.run([{ type: "goto", url: "http://127.0.0.1:9" }]);
  assert.equal(refused.outcome.status, "failed");
  const closed = await startSite();
  await closed.close();
  const { outcome } = await steps.bench.run([{ type: "goto", url: closed.url }]);
  assert.equal(outcome.failure?.message, `could not open ${closed.url}/: connection refused`);
  assert.equal(outcome.failure?.code, "navigation-failed");
  const unknown = await steps.bench.run([{ type: "goto", url: "http://no-such-host.invalid/" }]);
  assert.equal(unknown.outcome.status, "failed");
  assert.match(unknown.outcome.failure?.message ?? "", /could not open http:\/\/no-such-host\.invalid\/: /);
});

test("goto refuses what is no web address", async () => {
  for (const url of ["file:///etc/hostname", "chrome://version", "javascript:alert(1)", "localhost:3000"]) {
    const { outcome } = await steps.bench.run([{ type: "goto", url }]);
    assert.equal(outcome.failure?.code, "address-refused", url);
  }
  const relative = await steps.bench.run([{ type: "goto", url: "/x" }]);
  assert.match(relative.outcome.failure?.message ?? "", /"\/x" is relative .* no base URL/);
  await steps.fails("/", "navigation-failed", /redirects to an address that is refused/, {
    type: "goto",
    url: "/redirect?to=file:///etc/hostname",
    timeoutMs: 5_000,
  });
});

test("goto fails when the server does not answer in time, and when it answers with a download", async () => {
  await Promise.all([
    steps.fails("/", "timeout", /no answer within 300 ms/, { type: "goto", url: "/hang" }),
    steps.fails("/", "navigation-failed", /download/, { type: "goto", url: "/download", timeoutMs: 5_000 }),
  ]);
});

test("a status of 400 or more fails nothing by itself and is in the log", async () => {
  const { of } = await steps.passes("/status/500", {
    type: "expectText",
    target: "css=h1",
    text: "Status 500",
  });
  assert.deepEqual(
    of("request-failed").map(({ status, method, resourceType }) => ({ status, method, resourceType })),
    [{ status: 500, method: "GET", resourceType: "document" }],
  );
});

test("back, forward and reload go through the history", async () => {
  await Promise.all([
    steps.passes(
      "/",
      { type: "goto", url: "/next" },
      { type: "back" },
      { type: "expectTitle", title: "Home" },
      { type: "forward" },
      { type: "expectTitle", title: "Next page" },
      { type: "evaluate", script: "window.mark = 1" },
      { type: "reload" },
      { type: "evaluate", script: "String(window.mark)", as: "mark" },
      { type: "request", method: "POST", url: "/echo", body: "{{mark}}", as: "sent", extract: "body" },
    ),
    steps.fails("/", "no-history", /no page to go back to/, { type: "back" }),
    steps.fails("/", "no-history", /no page to go forward to/, { type: "forward" }),
  ]);
});

test("reload fails when the server has gone", async () => {
  const going = await startSite();
  const { outcome } = await steps.bench.run([
    { type: "goto", url: going.url },
    { type: "evaluate", script: "fetch('/quit').then(() => 1)" },
    { type: "reload" },
  ]);
  assert.equal(outcome.failure?.message, `could not open ${going.url}/: connection refused`);
});

test("setViewport changes what the page sees, and clicks still arrive", async () => {
  await steps.passes(
    "/form",
    { type: "setViewport", width: 400, height: 500, deviceScaleFactor: 2 },
    { type: "waitFor", function: "innerWidth === 400 && innerHeight === 500 && devicePixelRatio === 2" },
    { type: "click", target: "css=#shift" },
    { type: "expectText", target: out, text: "shift false" },
  );
});

test("a click that opens another document lets the next step see that one", async () => {
  await Promise.all([
    steps.passes("/", { type: "click", target: "css=#next" }, { type: "expectTitle", title: "Next page" }),
    steps.passes(
      "/",
      { type: "click", target: "css=#slow" },
      { type: "expectText", target: "css=h1", text: "Slow page", timeoutMs: 1_000 },
    ),
    steps.passes(
      "/form",
      { type: "fill", target: "label=Name", value: "Ada" },
      { type: "click", target: "css=#send" },
      { type: "expectUrl", url: "/sent*" },
      { type: "expectText", target: "css=#query", text: "name=Ada" },
    ),
  ]);
});

test("a wait goes on in the next document when the page leaves in the middle of it", async () => {
  await Promise.all([
    steps.passes("/moving", { type: "expectText", target: "css=#here", text: "You are here" }),
    steps.passes("/moving", { type: "waitFor", function: "document.title === 'Arrived'" }),
    steps.passes("/moving", { type: "click", target: "css=#here" }),
  ]);
});
