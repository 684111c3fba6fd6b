import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserWithFlags } from "./testing/find-browser.ts";
import { Bench } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";
import { closeBrowsers } from "./thread.ts";

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

const onSite = () => ({ baseUrl: site.url });

test("popups are followed, switched to and closed", async () => {
  const { outcome, of } = await bench.run(
    [
      { type: "goto", url: "/" },
      { type: "click", target: "css=#popup" },
      { type: "switchTab", tab: "last" },
      { type: "expectTitle", title: "Popup" },
      { type: "switchTab", tab: "main" },
      { type: "expectTitle", title: "Home" },
      { type: "switchTab", url: "/popup" },
      { type: "closeTab" },
      { type: "expectTitle", title: "Home" },
      { type: "click", target: "css=#popup" },
      { type: "switchTab", tab: 1 },
      { type: "click", target: "css=#close" },
      { type: "expectTitle", title: "Popup", timeoutMs: 300 },
    ],
    onSite(),
  );
  assert.equal(outcome.failure?.code, "tab-closed", JSON.stringify(outcome));
  assert.equal(outcome.failure?.step, 12);
  assert.ok(of("console").some(({ text }) => text === "popup says hello"));
  const missing = await bench.run(
    [
      { type: "goto", url: "/" },
      { type: "switchTab", url: "/nowhere", timeoutMs: 200 },
    ],
    onSite(),
  );
  assert.match(missing.outcome.failure?.message ?? "", /a tab at \/nowhere did not open within 200 ms/);
  const only = await bench.run([{ type: "goto", url: "/" }, { type: "closeTab" }], onSite());
  assert.equal(only.outcome.failure?.code, "last-tab");
});

test("a page can't open more tabs than an attempt may have", async () => {
  const { outcome, of } = await bench.run(
    [
      { type: "goto", url: "/" },
      { type: "click", target: "css=#many" },
      { type: "switchTab", tab: 7 },
      { type: "switchTab", tab: 8, timeoutMs: 1_500 },
    ],
    onSite(),
  );
  assert.equal(outcome.failure?.step, 3, JSON.stringify(outcome));
  assert.equal(of("log").filter(({ text }) => text.includes("at most 8")).length, 5);
});

const inner = "frame=#outer >> frame=0";
test("steps reach into frames within frames", async () => {
  const { outcome } = await bench.run(
    [
      { type: "goto", url: "/frames" },
      { type: "click", target: `${inner} >> role=button` },
      { type: "expectText", target: `${inner} >> css=#press`, text: "Pressed" },
      { type: "type", target: `${inner} >> css=#field`, text: "typed" },
      { type: "expectValue", target: ["css=#field", `${inner} >> css=#field`], value: "typed" },
      { type: "screenshot", target: `${inner} >> css=#press` },
      { type: "expectHidden", target: "frame=#nowhere >> css=p" },
      { type: "expectHidden", target: "frame=#outer >> css=p", timeoutMs: 300 },
    ],
    onSite(),
  );
  assert.equal(outcome.failure?.step, 7, JSON.stringify(outcome));
  assert.equal(outcome.failure?.code, "assertion-failed");
  const wrong = await bench.run(
    [
      { type: "goto", url: "/frames" },
      { type: "click", target: "frame=h1 >> css=p", timeoutMs: 300 },
    ],
    onSite(),
  );
  assert.equal(wrong.outcome.failure?.code, "not-a-frame");
});

test("steps reach into frames that live in another process", async () => {
  const executablePath = await browserWithFlags(bench.folder, "--site-per-process");
  const plan = bench.plan([]);
  const { outcome, of } = await bench.run(
    [
      { type: "goto", url: "/frames/other" },
      { type: "click", target: "frame=#remote >> css=#press" },
      { type: "expectText", target: "frame=iframe >> role=button", text: "Pressed" },
      { type: "type", target: "frame=0 >> css=#field", text: "typed" },
      { type: "expectValue", target: "frame=0 >> css=#field", value: "typed" },
      { type: "reload" },
      { type: "expectText", target: "frame=#remote >> css=#press", text: "Press me" },
    ],
    { ...onSite(), browser: { ...plan.browser, executablePath } },
  );
  assert.equal(outcome.failure, null);
  assert.equal(of("page-error").length, 0);
});

test("open shadow trees are no obstacle", async () => {
  const { outcome } = await bench.run(
    [
      { type: "goto", url: "/shadow" },
      { type: "click", target: 'role=button[name="In the shadow"]' },
      { type: "expectText", target: "css=#said", text: "clicked" },
    ],
    onSite(),
  );
  assert.equal(outcome.failure, null);
});

test("a page leads nobody to the files or the inside of the browser", async () => {
  const { outcome, of } = await bench.run(
    [
      { type: "goto", url: "/local" },
      { type: "click", target: "css=#file" },
      { type: "click", target: "css=#go" },
      { type: "expectUrl", url: "/local" },
    ],
    onSite(),
  );
  assert.equal(outcome.failure, null);
  assert.deepEqual(
    of("navigation").map(({ url }) => new URL(url).pathname),
    ["/local"],
  );
});
