import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { browserPids } from "./browsers.ts";
import { Bench, eventually, isAlive } from "./testing/run.ts";
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

test("two attempts at once in a thread share a browser and nothing else", async () => {
  const steps = (visit: string) =>
    [
      { type: "goto", url: `/cookie?visit=${visit}` },
      { type: "evaluate", script: `localStorage.setItem('visit', '${visit}')` },
      { type: "waitFor", ms: 150 },
      { type: "goto", url: "/cookie" },
      { type: "expectText", target: "css=h1", text: `visit=${visit}`, match: "exact" },
      { type: "waitFor", function: `localStorage.getItem('visit') === '${visit}'` },
    ] as const;
  const [a, b] = await Promise.all([
    bench.run([...steps("a")], onSite()),
    bench.run([...steps("b")], onSite()),
  ]);
  assert.equal(a.outcome.failure, null);
  assert.equal(b.outcome.failure, null);
  assert.deepEqual(a.pids, b.pids);
});

test("two organizations never share one", async () => {
  const run = (organizationId: string) =>
    bench.run([{ type: "goto", url: "/" }], { ...onSite(), organizationId });
  const [a, b] = await Promise.all([run("organization-a"), run("organization-b")]);
  assert.equal(a.outcome.status, "passed");
  assert.equal(b.outcome.status, "passed");
  assert.notEqual(a.pids[0], b.pids[0]);
});

test("idle ones of other organizations are closed before there are many", async () => {
  for (const organizationId of ["o1", "o2", "o3", "o4"]) {
    await bench.run([{ type: "goto", url: "/" }], { ...onSite(), organizationId });
  }
  assert.ok(browserPids().length <= 3, `${browserPids().length}`);
});

test("nothing is left of them after closeBrowsers: no process, no profile", async () => {
  const { pids } = await bench.run([{ type: "goto", url: "/" }], onSite());
  const all = [...browserPids(), ...pids];
  assert.ok(all.length > 0);
  await closeBrowsers();
  for (const pid of all) await eventually(() => !isAlive(pid), 2_000, `process group ${pid} is gone`);
  assert.ok(existsSync(bench.folder));
  assert.deepEqual(
    readdirSync(bench.folder).filter((name) => /^(browser|attempt)-/.test(name)),
    [],
  );
});
