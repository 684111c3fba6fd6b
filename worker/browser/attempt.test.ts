import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Bench, eventually, isAlive, rendererPids } from "./testing/run.ts";
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

const endless = [
  { type: "goto", url: "/form" },
  { type: "waitFor", target: "css=#never", timeoutMs: 20_000 },
] as const;

test("a stop ends it long before its step would, as cancelled", async () => {
  const running = bench.start([...endless], onSite());
  await running.seen("step-started", ({ step }) => step === 1);
  const began = performance.now();
  running.send({ type: "stop", reason: "a person stopped it" });
  const outcome = await running.outcome;
  assert.ok(performance.now() - began < 5_000);
  assert.equal(outcome.status, "cancelled");
  assert.equal(outcome.failure, null);
});

test("a stop ends it within the five seconds of a cancel even when the page hangs", async () => {
  const running = bench.start(
    [
      { type: "goto", url: "/hang-script" },
      { type: "click", target: "css=#loop", timeoutMs: 20_000 },
    ],
    { ...onSite(), organizationId: "organization-hang" },
  );
  await running.seen("console", ({ text }) => text === "looping");
  const began = performance.now();
  running.send({ type: "stop", reason: "a person stopped it" });
  assert.equal((await running.outcome).status, "cancelled");
  assert.ok(performance.now() - began < 5_000, `${performance.now() - began}`);
});

test("a page that hangs fails its step, not the runner", async () => {
  const { outcome } = await bench.run(
    [
      { type: "goto", url: "/hang-script" },
      { type: "click", target: "css=#loop", timeoutMs: 400 },
    ],
    { ...onSite(), organizationId: "organization-hang" },
  );
  assert.equal(outcome.status, "failed", JSON.stringify(outcome));
  assert.equal(outcome.failure?.code, "page-not-responding");
});

test("its wall clock ends it as failed, with a picture", async () => {
  const { outcome, artifacts, of } = await bench.run([...endless], { ...onSite(), timeoutMs: 700 });
  assert.equal(outcome.status, "failed");
  assert.equal(outcome.failure?.code, "attempt-timeout");
  assert.equal(outcome.failure?.step, 1);
  assert.equal(artifacts.length, 1);
  assert.equal(of("step-finished").at(-1)?.failure?.code, "attempt-timeout");
});

test("a browser that is killed makes it an error, never a failure, and the next one gets a new browser", async () => {
  const running = bench.start([...endless], { ...onSite(), organizationId: "organization-crash" });
  await running.seen("step-started", ({ step }) => step === 1);
  const [pid] = running.pids;
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  const outcome = await running.outcome;
  assert.equal(outcome.status, "error");
  assert.equal(outcome.failure?.code, "browser-crashed");
  await eventually(() => !isAlive(pid), 3_000, "the children of the killed browser are gone");
  const next = await bench.run([{ type: "goto", url: "/" }], {
    ...onSite(),
    organizationId: "organization-crash",
  });
  assert.equal(next.outcome.status, "passed");
  assert.notEqual(next.pids[0], pid);
});

test("a page whose process crashes makes it an error", { skip: process.platform !== "linux" }, async () => {
  const running = bench.start([...endless], { ...onSite(), organizationId: "organization-crash" });
  await running.seen("step-started", ({ step }) => step === 1);
  for (const pid of rendererPids(running.pids[0] ?? 0)) process.kill(pid, "SIGKILL");
  const outcome = await running.outcome;
  assert.equal(outcome.status, "error");
  assert.equal(outcome.failure?.code, "page-crashed");
});

test("a browser that does not start makes it an error that says why", async () => {
  const plan = bench.plan([]);
  const missing = await bench.run([{ type: "goto", url: "/" }], {
    browser: { ...plan.browser, executablePath: "/nowhere/chrome" },
  });
  assert.equal(missing.outcome.status, "error");
  assert.equal(missing.outcome.failure?.code, "browser-start-failed");
  const wrong = await bench.run([{ type: "goto", url: "/" }], {
    browser: { ...plan.browser, executablePath: "/bin/false" },
  });
  assert.equal(wrong.outcome.failure?.code, "browser-start-failed");
});
