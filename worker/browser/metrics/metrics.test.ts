import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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

/** Until the largest paint is known, and a little longer: what is measured is told at once, but not in the same moment. */
const painted = {
  type: "evaluate",
  script: `new Promise((resolve) => {
    new PerformanceObserver(() => setTimeout(() => resolve(true), 300)).observe({ type: "largest-contentful-paint", buffered: true });
  })`,
} as const;

test("each document that a tab shows is measured and weighed once", async () => {
  const { of, outcome } = await bench.run(
    [
      { type: "goto", url: "/form" },
      { type: "evaluate", script: "fetch('/big').then((r) => r.text()).then((t) => t.length)" },
      { type: "click", target: 'role=button[name="Shift"]' },
      painted,
      { type: "goto", url: "/next" },
      painted,
    ],
    { baseUrl: site.url, evidence: { metrics: true } },
  );
  assert.equal(outcome.status, "passed", JSON.stringify(outcome));
  const told = of("navigation-metrics");
  assert.deepEqual(
    told.map(({ url }) => new URL(url).pathname),
    ["/form", "/next"],
  );
  const [form, next] = told;
  assert.ok(form && next);
  assert.ok(form.requests >= 2 && form.transferredBytes > 1_100_000, JSON.stringify(form));
  assert.ok(next.requests >= 1 && next.transferredBytes < 100_000, JSON.stringify(next));
  for (const one of told) {
    assert.ok(one.ttfbMs !== null && one.ttfbMs >= 0, JSON.stringify(one));
    assert.ok(one.fcpMs !== null && one.lcpMs !== null && one.fcpMs <= one.lcpMs, JSON.stringify(one));
    assert.ok(one.loadMs !== null && one.cls !== null, JSON.stringify(one));
  }
});

test("without evidence nothing is measured", async () => {
  const { of } = await bench.run([{ type: "goto", url: "/next" }], { baseUrl: site.url });
  assert.deepEqual(of("navigation-metrics"), []);
});
