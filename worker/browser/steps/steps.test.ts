import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Step } from "../../../db/domain/steps/index.ts";
import { Bench } from "../testing/run.ts";
import { type Site, startSite } from "../testing/site.ts";
import { closeBrowsers } from "../thread.ts";

let bench: Bench;
let site: Site;

before(async () => {
  bench = await Bench.open();
  site = await startSite();
});

after(async () => {
  await closeBrowsers();
  await site.close();
  await bench.close();
});

type Written = { type: Step["type"] } & Record<string, unknown>;

/** Runs the steps on a page of the site, and expects them to pass. */
async function passes(path: string, ...steps: Written[]) {
  const result = await bench.run([{ type: "goto", url: path }, ...steps], { baseUrl: site.url });
  assert.equal(result.outcome.failure, null);
  assert.equal(result.outcome.status, "passed");
  return result;
}

/** Runs the steps on a page of the site, and expects the last of them to fail with a code and a message. */
async function fails(path: string, code: string, message: RegExp, ...steps: Written[]) {
  const hurried = steps.map((step) => ({ timeoutMs: 400, ...step }));
  const result = await bench.run([{ type: "goto", url: path }, ...hurried], { baseUrl: site.url });
  assert.equal(result.outcome.status, "failed", JSON.stringify(result.outcome));
  assert.equal(result.outcome.failure?.code, code, JSON.stringify(result.outcome));
  assert.match(result.outcome.failure.message, message);
  assert.equal(result.outcome.failure.step, steps.length);
  return result;
}

const out = "css=#out";

test("goto opens a relative address and waits for it", async () => {
  const { of } = await passes("/", { type: "expectTitle", title: "Home" }, { type: "expectUrl", url: "/" });
  assert.deepEqual(
    of("navigation").map(({ url }) => url),
    [`${site.url}/`],
  );
});

test("goto says why an address could not be opened", async () => {
  const refused = await bench.run([{ type: "goto", url: "http://127.0.0.1:9" }]);
  assert.equal(refused.outcome.status, "failed");
  const closed = await startSite();
  await closed.close();
  const { outcome } = await bench.run([{ type: "goto", url: closed.url }]);
  assert.equal(outcome.failure?.message, `could not open ${closed.url}/: connection refused`);
  assert.equal(outcome.failure?.code, "navigation-failed");
  const unknown = await bench.run([{ type: "goto", url: "http://no-such-host.invalid/" }]);
  assert.equal(unknown.outcome.status, "failed");
  assert.match(unknown.outcome.failure?.message ?? "", /could not open http:\/\/no-such-host\.invalid\/: /);
});

test("goto refuses what is no web address", async () => {
  for (const url of ["file:///etc/hostname", "chrome://version", "javascript:alert(1)", "localhost:3000"]) {
    const { outcome } = await bench.run([{ type: "goto", url }]);
    assert.equal(outcome.failure?.code, "address-refused", url);
  }
  const relative = await bench.run([{ type: "goto", url: "/x" }]);
  assert.match(relative.outcome.failure?.message ?? "", /"\/x" is relative .* no base URL/);
  await fails("/", "navigation-failed", /redirects to an address that is refused/, {
    type: "goto",
    url: "/redirect?to=file:///etc/hostname",
    timeoutMs: 5_000,
  });
});

test("goto fails when the server does not answer in time, and when it answers with a download", async () => {
  await fails("/", "timeout", /no answer within 400 ms/, { type: "goto", url: "/hang" });
  await fails("/", "navigation-failed", /download/, { type: "goto", url: "/download", timeoutMs: 5_000 });
});

test("a status of 400 or more fails nothing by itself and is in the log", async () => {
  const { of } = await passes("/status/500", { type: "expectText", target: "css=h1", text: "Status 500" });
  assert.deepEqual(
    of("request-failed").map(({ status, method, resourceType }) => ({ status, method, resourceType })),
    [{ status: 500, method: "GET", resourceType: "document" }],
  );
});

test("back, forward and reload go through the history", async () => {
  await passes(
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
  );
  await fails("/", "no-history", /no page to go back to/, { type: "back" });
  await fails("/", "no-history", /no page to go forward to/, { type: "forward" });
});

test("reload fails when the server has gone", async () => {
  const going = await startSite();
  const { outcome } = await bench.run([
    { type: "goto", url: going.url },
    { type: "evaluate", script: "fetch('/quit').then(() => 1)" },
    { type: "reload" },
  ]);
  assert.equal(outcome.failure?.message, `could not open ${going.url}/: connection refused`);
});

test("setViewport changes what the page sees, and clicks still arrive", async () => {
  await passes(
    "/form",
    { type: "setViewport", width: 400, height: 500, deviceScaleFactor: 2 },
    { type: "waitFor", function: "innerWidth === 400 && innerHeight === 500 && devicePixelRatio === 2" },
    { type: "click", target: "css=#shift" },
    { type: "expectText", target: out, text: "shift false" },
  );
});

test("a click waits for what it needs, and says what stood in its way", async () => {
  await passes(
    "/form",
    { type: "click", target: 'role=button[name="Shift"]', modifiers: ["Shift"] },
    { type: "expectText", target: out, text: "shift" },
    { type: "click", target: "css=#double", count: 2 },
    { type: "expectText", target: out, text: "double" },
    { type: "click", target: "css=#context", button: "right" },
    { type: "expectText", target: out, text: "context" },
    { type: "click", target: "css=#shift", delayMs: 50, position: { x: 3, y: 3 } },
    { type: "expectText", target: out, text: "shift false", match: "exact" },
  );
  await fails("/form", "target-not-found", /#nowhere/, { type: "click", target: "css=#nowhere" });
  await fails("/form", "ambiguous-target", /li/, { type: "click", target: "css=li" });
  await fails("/form", "not-enabled", /#count/, { type: "click", target: "css=#count" });
});

test("a click that opens another document lets the next step see that one", async () => {
  await passes("/", { type: "click", target: "css=#next" }, { type: "expectTitle", title: "Next page" });
  await passes(
    "/",
    { type: "click", target: "css=#slow" },
    { type: "expectText", target: "css=h1", text: "Slow page", timeoutMs: 1_000 },
  );
  await passes(
    "/form",
    { type: "fill", target: "label=Name", value: "Ada" },
    { type: "click", target: "css=#send" },
    { type: "expectUrl", url: "/sent*" },
    { type: "expectText", target: "css=#query", text: "name=Ada" },
  );
});

test("a wait goes on in the next document when the page leaves in the middle of it", async () => {
  await passes("/moving", { type: "expectText", target: "css=#here", text: "You are here" });
  await passes("/moving", { type: "waitFor", function: "document.title === 'Arrived'" });
  await passes("/moving", { type: "click", target: "css=#here" });
});

test("fill, type, press and select change fields", async () => {
  await passes(
    "/form",
    { type: "fill", target: "label=Name", value: "Ada" },
    { type: "expectValue", target: "label=Name", value: "Ada" },
    { type: "type", target: "css=#name", text: " Löve" },
    { type: "expectValue", target: "css=#name", value: "Ada Löve" },
    { type: "press", target: "css=#name", key: "Control+A" },
    { type: "press", key: "Backspace" },
    { type: "expectValue", target: "css=#name", value: "" },
    { type: "press", key: "Ctrl+k" },
    { type: "expectText", target: out, text: "ctrl-k" },
    { type: "select", target: "css=#kind", value: ["Alpha", "b"] },
    { type: "evaluate", script: "[...document.querySelector('#kind').selectedOptions].length", as: "chosen" },
    { type: "waitFor", function: "{{chosen}} === 2" },
    { type: "fill", target: "css=#name", value: "go" },
    { type: "press", target: "css=#name", key: "Enter" },
    { type: "expectUrl", url: "/sent*" },
  );
  await fails("/form", "wrong-element", /h1|div/i, { type: "fill", target: "css=#hover", value: "x" });
  await fails("/form", "option-not-found", /Gamma/, { type: "select", target: "css=#kind", value: "Gamma" });
  await fails("/form", "unknown-key", /"Foo" is no key/, { type: "press", key: "Foo" });
  await fails("/form", "target-not-found", /#x/, { type: "type", target: "css=#x", text: "x" });
});

test("keys are held between steps", async () => {
  await passes(
    "/form",
    { type: "keyDown", key: "Shift" },
    { type: "expectText", target: out, text: "shift down" },
    { type: "click", target: "css=#shift" },
    { type: "expectText", target: out, text: "shift true" },
    { type: "keyUp", key: "Shift" },
    { type: "expectText", target: out, text: "shift up" },
    { type: "click", target: "css=#shift" },
    { type: "expectText", target: out, text: "shift false" },
  );
  await fails("/form", "unknown-key", /"Hyper"/, { type: "keyDown", key: "Hyper" });
  await fails("/form", "unknown-key", /"Hyper"/, { type: "keyUp", key: "Hyper" });
});

test("check and uncheck bring a box into its state and notice when it does not go", async () => {
  await passes(
    "/form",
    { type: "check", target: "label=Terms" },
    { type: "expectChecked", target: "css=#terms" },
    { type: "check", target: "label=Terms" },
    { type: "expectChecked", target: "css=#terms" },
    { type: "uncheck", target: "css=#terms" },
    { type: "expectChecked", target: "css=#terms", not: true },
  );
  await fails("/form", "no-effect", /did not become checked/, { type: "check", target: "css=#stuck" });
  await fails("/form", "target-not-found", /#x/, { type: "uncheck", target: "css=#x" });
});

test("hover, scroll and both ways of dragging move things", async () => {
  await passes(
    "/form",
    { type: "hover", target: "css=#hover" },
    { type: "expectText", target: out, text: "hovered" },
    { type: "scroll", target: "css=#far" },
    { type: "waitFor", function: "scrollY > 500" },
    { type: "scroll", x: 0, y: 10 },
    { type: "waitFor", function: "scrollY === 10" },
  );
  await passes(
    "/drag",
    { type: "drag", target: "css=#mouse", to: "css=#drop" },
    { type: "expectText", target: out, text: "mouse dropped;", match: "exact" },
    { type: "drag", target: "css=#native", to: "css=#drop" },
    { type: "expectText", target: out, text: "mouse dropped;native dropped;", match: "exact" },
  );
  await fails("/form", "target-not-found", /#x/, { type: "hover", target: "css=#x" });
  await fails("/form", "target-not-found", /#x/, { type: "scroll", target: "css=#x" });
  await fails("/drag", "target-not-found", /#x/, { type: "drag", target: "css=#mouse", to: "css=#x" });
});

test("upload gives files to a field", async () => {
  await passes(
    "/form",
    { type: "upload", target: "css=#file", files: [{ name: "a.txt", content: "aGVsbG8=", encoding: "base64" }] },
    { type: "expectText", target: out, text: "a.txt:5" },
    { type: "upload", target: "css=#file", files: [] },
    { type: "expectText", target: out, text: "", match: "exact" },
  );
  await fails("/form", "wrong-element", /file/, {
    type: "upload",
    target: "css=#name",
    files: [{ name: "a.txt", content: "x" }],
  });
});

test("dialogs are dismissed unless a step says otherwise", async () => {
  const { of } = await passes(
    "/dialogs",
    { type: "click", target: "css=#ask" },
    { type: "expectText", target: out, text: "false" },
    { type: "handleDialog", action: "accept", text: "Ada" },
    { type: "click", target: "css=#ask" },
    { type: "expectText", target: out, text: "true" },
    { type: "click", target: "css=#prompt" },
    { type: "expectText", target: out, text: "Ada" },
  );
  assert.deepEqual(
    of("dialog").map(({ kind, message, action }) => `${kind} ${message} ${action}`),
    ["confirm Sure? dismissed", "confirm Sure? accepted", "prompt Name? accepted"],
  );
});

test("waitFor waits for elements, addresses, conditions and time", async () => {
  await passes(
    "/form",
    { type: "waitFor", target: "css=#state" },
    { type: "waitFor", target: "css=#gone", state: "hidden" },
    { type: "waitFor", target: "css=li", count: 3 },
    { type: "waitFor", target: "css=li", count: 2, comparison: ">" },
    { type: "waitFor", target: "css=#state", attributes: { "data-state": "open" }, properties: { localName: "p" } },
    { type: "waitFor", target: "css=#x", state: "detached" },
    { type: "waitFor", url: "/form" },
    { type: "waitFor", function: "() => document.title === 'Form'" },
    { type: "waitFor", ms: 20 },
  );
  await fails("/form", "target-not-found", /#x/, { type: "waitFor", target: "css=#x" });
  await fails("/form", "assertion-failed", /3/, { type: "waitFor", target: "css=li", count: 4 });
  await fails("/form", "assertion-failed", /elsewhere/, { type: "waitFor", url: "/elsewhere" });
  await fails("/form", "timeout", /not true within 400 ms/, { type: "waitFor", function: "false" });
  await fails("/form", "script-failed", /nonsense is not defined/, { type: "waitFor", function: "nonsense" });
  await fails("/form", "timeout", /longer than the step's 400 ms/, { type: "waitFor", ms: 1_000 });
});

test("variables are set, extracted, and known to later steps", async () => {
  const { of } = await passes(
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
  await fails("/form", "unknown-variable", /variable "nobody" has no value/, {
    type: "setVariable",
    variable: "a",
    value: "{{nobody}}",
  });
  await fails("/form", "no-match", /does not match/, {
    type: "extract",
    target: "css=#state",
    as: "x",
    pattern: "Invoice",
  });
  await fails("/form", "invalid-pattern", /no regular expression/, {
    type: "extract",
    target: "css=#state",
    as: "x",
    pattern: "(",
  });
});

test("a regular expression that takes for ever holds up nothing but its step", async () => {
  const { outcome } = await bench.run(
    [
      { type: "goto", url: "/form" },
      { type: "evaluate", script: "document.querySelector('#state').textContent = 'a'.repeat(40) + '!'" },
      { type: "extract", target: "css=#state", as: "x", pattern: "(a+)+$", timeoutMs: 500 },
    ],
    { baseUrl: site.url },
  );
  assert.equal(outcome.failure?.code, "timeout");
});

test("evaluate runs in the page, as an expression or as statements", async () => {
  const { of } = await passes(
    "/form",
    { type: "evaluate", script: "document.title", as: "title" },
    { type: "evaluate", script: "const a = 1;\nreturn { sum: a + 1 }", as: "sum" },
    { type: "evaluate", script: "await Promise.resolve([1, 2])", as: "list" },
  );
  assert.deepEqual(
    of("variable-set").map(({ value }) => value),
    ["Form", '{"sum":2}', "[1,2]"],
  );
  await fails("/form", "script-failed", /TypeError: no/, { type: "evaluate", script: "throw new TypeError('no')" });
  await fails("/form", "script-failed", /SyntaxError/, { type: "evaluate", script: "const = 1" });
  await fails("/form", "script-failed", /circular/i, { type: "evaluate", script: "window.self", as: "x" });
  await fails("/form", "script-result", /gave nothing/, { type: "evaluate", script: "void 0", as: "x" });
  await fails("/form", "script-result", /at most/, { type: "evaluate", script: "'x'.repeat(200000)" });
  await fails("/form", "timeout", /did not end/, { type: "evaluate", script: "for (;;) {}" });
  await fails("/form", "script-failed", /process is not defined/, { type: "evaluate", script: "process.env" });
});

test("request sends, checks and extracts", async () => {
  const { of } = await passes(
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
  await fails("/", "unexpected-status", /answered 404/, { type: "request", method: "GET", url: "/status/404" });
  await fails("/", "no-match", /no "nothing" at data/, {
    type: "request",
    method: "GET",
    url: "/json",
    extract: "data.nothing",
  });
  await fails("/", "too-large", /more than 1000000 bytes/, { type: "request", method: "GET", url: "/big" });
  await fails("/", "timeout", /not answered within 400 ms/, { type: "request", method: "GET", url: "/hang" });
  await fails("/", "address-refused", /scheme file/, {
    type: "request",
    method: "GET",
    url: "/redirect?to=file:///etc/hostname",
  });
  const ring = { type: "request", method: "GET", url: "/ring", timeoutMs: 5_000 } as const;
  await fails("/", "request-failed", /redirects more than 10 times/, ring);
  const closed = await startSite();
  await closed.close();
  await fails("/", "request-failed", /connection refused/, { type: "request", method: "GET", url: closed.url });
});

test("credentials do not follow a redirect to another origin", async () => {
  site.requests.length = 0;
  await passes("/", {
    type: "request",
    method: "GET",
    url: `/redirect?to=${encodeURIComponent(`${site.otherUrl}/echo`)}`,
    headers: { authorization: "Bearer x" },
    as: "echo",
  });
  assert.equal(site.requests.find(({ path }) => path === "/echo")?.headers.authorization, undefined);
});

test("mock answers, blocks, and stops after so many times", async () => {
  const load = { type: "click", target: "css=#load" } as const;
  await passes(
    "/network",
    { type: "mock", url: "/json", status: 201, json: { mocked: true }, times: 1 },
    load,
    { type: "expectText", target: out, text: '201 {"mocked":true}' },
    load,
    { type: "expectText", target: out, text: "seven" },
    { type: "mock", url: "*/js*n", method: "GET", abort: true },
    load,
    { type: "expectText", target: out, text: "failed" },
    { type: "mock", url: "/popup", body: "<h1>Not the popup</h1>", headers: { "Content-Type": "text/html" } },
    { type: "goto", url: "/popup" },
    { type: "expectText", target: "css=h1", text: "Not the popup" },
  );
});

test("emulateNetwork takes the network away and gives it back", async () => {
  const load = { type: "click", target: "css=#load" } as const;
  await passes(
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
  const { artifacts, of } = await passes(
    "/form",
    { type: "screenshot", name: "view" },
    { type: "screenshot", name: "element", target: "css=#hover" },
    { type: "screenshot", name: "whole", fullPage: true },
  );
  const sizes = artifacts.map(({ name, width, height, contentType }) => ({ name, width, height, contentType }));
  assert.deepEqual(sizes.slice(0, 2), [
    { name: "view.png", width: 800, height: 600, contentType: "image/png" },
    { name: "element.png", width: 100, height: 30, contentType: "image/png" },
  ]);
  assert.ok((sizes[2]?.height ?? 0) > 1_800);
  assert.deepEqual(
    of("step-finished").flatMap(({ screenshotId }) => screenshotId ?? []),
    artifacts.map(({ id }) => id),
  );
  await fails("/form", "target-not-found", /#x/, { type: "screenshot", target: "css=#x" });
});

test("every assertion holds when it should", async () => {
  await passes(
    "/form",
    { type: "expectText", target: "css=#state", text: "order \\d+", match: "regex", ignoreCase: true },
    { type: "expectText", target: "css=#state", text: "lost", not: true },
    { type: "expectVisible", target: "css=#state" },
    { type: "expectHidden", target: "css=#gone" },
    { type: "expectHidden", target: "css=#x" },
    { type: "expectValue", target: "css=#name", value: "" },
    { type: "expectCount", target: "css=li", count: 3 },
    { type: "expectUrl", url: "/form" },
    { type: "expectUrl", url: `${site.url}/f*` },
    { type: "expectTitle", title: "Form" },
    { type: "expectAttribute", target: "css=#state", attribute: "data-state", value: "open" },
    { type: "expectEnabled", target: "css=#name" },
    { type: "expectEnabled", target: "css=#count", not: true },
    { type: "expectChecked", target: "css=#terms", not: true },
  );
  await passes("/", { type: "expectText", target: "css=#late", text: "Here now" });
});

const broken: [Written, RegExp][] = [
  [{ type: "expectText", target: "css=#state", text: "Invoice" }, /Invoice.*Order 1234/s],
  [{ type: "expectVisible", target: "css=#gone" }, /#gone/],
  [{ type: "expectHidden", target: "css=#state" }, /#state/],
  [{ type: "expectValue", target: "css=#name", value: "Ada" }, /Ada/],
  [{ type: "expectCount", target: "css=li", count: 4 }, /4.*3/s],
  [{ type: "expectUrl", url: "/elsewhere" }, /\/elsewhere.*\/form/s],
  [{ type: "expectTitle", title: "Home" }, /Home.*Form/s],
  [{ type: "expectAttribute", target: "css=#state", attribute: "data-state", value: "shut" }, /shut.*open/s],
  [{ type: "expectEnabled", target: "css=#count" }, /#count/],
  [{ type: "expectChecked", target: "css=#terms" }, /#terms/],
];

for (const [step, message] of broken) {
  test(`${step.type} says what was expected and what was there`, async () => {
    const { artifacts } = await fails("/form", "assertion-failed", message, step);
    assert.equal(artifacts.length, 1, "a failure has its picture");
    assert.equal(artifacts[0]?.contentType, "image/jpeg");
  });
}
