import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { browserPids } from "../../browsers.ts";
import { findFirefox, noFirefox } from "../../testing/find-browser.ts";
import { Bench, eventually, isAlive } from "../../testing/run.ts";
import { type Site, startSite } from "../../testing/site.ts";
import { closeBrowsers } from "../../thread.ts";

/** Attempts in a real Firefox. The conformance suite runs each step in it; here is what is Firefox's own. */

const isThere = findFirefox() !== null;
const options = isThere ? {} : { skip: noFirefox };
let bench: Bench;
let site: Site;

before(async () => {
  if (!isThere) return;
  bench = await Bench.open("firefox");
  site = await startSite();
});

after(async () => {
  if (!isThere) return;
  await closeBrowsers();
  await site.close();
  await bench.close();
});

const patience = { timeoutMs: 90_000 };
const onSite = () => ({ baseUrl: site.url, ...patience });

test("an attempt goes through documents, frames of another origin, tabs and dialogs", options, async () => {
  const { outcome, of } = await bench.run(
    [
      { type: "goto", url: "/" },
      { type: "click", target: "css=#next" },
      { type: "expectText", target: "css=h1", text: "Next" },
      { type: "back" },
      { type: "expectVisible", target: "css=#popup" },
      { type: "click", target: "css=#popup" },
      { type: "switchTab", tab: "last" },
      { type: "expectTitle", title: "Popup" },
      { type: "closeTab" },
      { type: "goto", url: "/dialogs" },
      { type: "handleDialog", action: "accept" },
      { type: "click", target: "css=#ask" },
      { type: "expectText", target: "css=#out", text: "true" },
      { type: "goto", url: "/frames" },
      { type: "expectVisible", target: "frame=0 >> frame=0 >> css=body" },
      { type: "screenshot", fullPage: true },
    ],
    onSite(),
  );
  assert.equal(outcome.failure, null);
  assert.match(of("attempt-started")[0]?.browser ?? "", /^Firefox\/\d+/);
  assert.deepEqual(
    of("dialog").map(({ action }) => action),
    ["accepted"],
  );
});

test("what a page logs, throws and can't load is told", options, async () => {
  const { outcome, of } = await bench.run(
    [
      { type: "goto", url: "/noise" },
      { type: "waitFor", ms: 300 },
    ],
    { ...onSite(), evidence: { network: "on", replay: "on" } },
  );
  assert.equal(outcome.failure, null);
  assert.ok(of("console").length > 0, "console");
  assert.ok(of("page-error").length > 0, "page errors");
  assert.ok(
    of("request-failed").some(({ status }) => status === 404),
    "failed requests",
  );
  const kinds = of("artifact").map(({ kind }) => kind);
  assert.deepEqual(kinds.toSorted(), ["har", "network", "replay"]);
});

test("what Firefox can't record is said in the log, once", options, async () => {
  const { of } = await bench.run([{ type: "goto", url: "/" }], {
    ...onSite(),
    evidence: { network: "on", replay: "on" },
  });
  const said = of("log").filter(({ text }) => text.startsWith("not recorded in Firefox:"));
  assert.equal(said.length, 1);
});

test("what Firefox can't do fails its step with the reason", options, async () => {
  const slow = await bench.run([{ type: "emulateNetwork", latencyMs: 10 }], patience);
  assert.equal(slow.outcome.failure?.code, "not-in-this-browser");
  assert.equal(slow.outcome.failure?.message, "throttling: Chromium only");
  const dark = await bench.run([{ type: "emulate", colorScheme: "dark" }], patience);
  assert.match(dark.outcome.failure?.message ?? "", /Chromium only/);
});

test("requests are mocked and blocked, and the network is taken away", options, async () => {
  const { outcome } = await bench.run(
    [
      { type: "mock", url: "/api/ghost", json: { name: "Ada" } },
      { type: "goto", url: "/" },
      { type: "evaluate", as: "name", script: "return (await (await fetch('/api/ghost')).json()).name" },
      { type: "waitFor", function: "'{{name}}' === 'Ada'" },
      { type: "blockRequests", urls: ["/next"] },
      {
        type: "waitFor",
        function: "fetch('/next').then(() => false, () => true)",
      },
      { type: "emulateNetwork", offline: true },
      { type: "waitFor", function: "fetch('/sent').then(() => false, () => true)" },
      { type: "emulateNetwork", offline: false },
      { type: "waitFor", function: "fetch('/sent').then(() => true, () => false)" },
    ],
    onSite(),
  );
  assert.equal(outcome.failure, null);
});

test(
  "clicks made in one breath are a double click, and elements are dragged both ways",
  options,
  async () => {
    const { outcome } = await bench.run(
      [
        { type: "goto", url: "/form" },
        { type: "click", target: "css=#double", count: 2 },
        { type: "expectText", target: "css=#out", text: "double" },
        { type: "goto", url: "/drag" },
        { type: "drag", target: "css=#mouse", to: "css=#drop" },
        { type: "drag", target: "css=#native", to: "css=#drop" },
        { type: "expectText", target: "css=#out", text: "mouse dropped;native dropped;", match: "exact" },
      ],
      onSite(),
    );
    assert.equal(outcome.failure, null);
  },
);

test("two attempts at once have a Firefox each, and each page the focus", options, async () => {
  const steps = (visit: string) =>
    [
      { type: "goto", url: `/cookie?visit=${visit}` },
      { type: "evaluate", script: `localStorage.setItem('visit', '${visit}')` },
      { type: "goto", url: "/cookie" },
      { type: "expectText", target: "css=h1", text: `visit=${visit}`, match: "exact" },
      { type: "waitFor", function: `localStorage.getItem('visit') === '${visit}'` },
      { type: "waitFor", function: "document.hasFocus() && document.visibilityState === 'visible'" },
    ] as const;
  const [a, b] = await Promise.all([
    bench.run([...steps("a")], onSite()),
    bench.run([...steps("b")], onSite()),
  ]);
  assert.equal(a.outcome.failure, null);
  assert.equal(b.outcome.failure, null);
  assert.notDeepEqual(a.pids, b.pids);
  const [c] = [await bench.run([...steps("c")], onSite())];
  assert.equal(c.outcome.failure, null);
  assert.ok([...a.pids, ...b.pids].includes(c.pids[0] ?? 0), "one after the other uses the same");
});

test("a page that hangs ends its step, and its Firefox is not used again", options, async () => {
  const hung = await bench.run(
    [
      { type: "goto", url: "/" },
      { type: "evaluate", script: "for (;;) {}", timeoutMs: 300 },
    ],
    onSite(),
  );
  assert.equal(hung.outcome.status, "failed");
  assert.match(hung.outcome.failure?.message ?? "", /did not end within 300 ms/);
  const next = await bench.run([{ type: "goto", url: "/" }], onSite());
  assert.equal(next.outcome.status, "passed");
  assert.notDeepEqual(next.pids, hung.pids);
});

test("a Firefox that is killed is an error, never a failure, and leaves no process", options, async () => {
  const running = bench.start(
    [
      { type: "goto", url: "/" },
      { type: "waitFor", ms: 60_000 },
    ],
    onSite(),
  );
  await running.seen("step-finished", ({ stepType }) => stepType === "goto");
  for (const pid of running.pids) process.kill(-pid, "SIGKILL");
  const outcome = await running.outcome;
  assert.equal(outcome.status, "error");
  assert.equal(outcome.failure?.code, "browser-crashed");
  await eventually(() => processesIn(bench.folder).length === 0, 5_000, "all of its processes are gone");
});

test("nothing is left after closeBrowsers: no process of any group, no profile", options, async () => {
  const { pids } = await bench.run([{ type: "goto", url: "/" }], onSite());
  const all = [...browserPids(), ...pids];
  assert.ok(all.length > 0);
  assert.ok(processesIn(bench.folder).length > 0);
  await closeBrowsers();
  for (const pid of all) await eventually(() => !isAlive(pid), 5_000, `process group ${pid} is gone`);
  await eventually(() => processesIn(bench.folder).length === 0, 5_000, "processes of the profile are gone");
  assert.deepEqual(
    readdirSync(bench.folder).filter((name) => /^(browser|attempt|downloads)-/.test(name)),
    [],
  );
});

/** Processes whose environment or command names the folder, whatever group they have put themselves into (Linux). */
function processesIn(folder: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      if (!pid || pid === process.pid) return false;
      try {
        const text = ["environ", "cmdline"].map((file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
        return text.some((part) => part.includes(folder));
      } catch {
        // It has just gone.
        return false;
      }
    });
}
