import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { parseSuiteFile } from "../../db/domain/yaml.ts";
import { Bench } from "../../worker/browser/testing/run.ts";
import { closeBrowsers } from "../../worker/browser/thread.ts";
import { demoAccount } from "./pages/account.ts";
import { type DemoSite, startDemoSite } from "./site.ts";

const suite = parseSuiteFile(await readFile(new URL("./suite.yaml", import.meta.url), "utf8"));
const onPurpose = suite.cases.filter(({ group }) => group === "Fails on purpose");
const flaky = suite.cases.filter(({ tags }) => tags.includes("flaky"));
const green = suite.cases.filter((one) => !onPurpose.includes(one) && !flaky.includes(one));

describe("the demo suite", () => {
  let site: DemoSite;
  let bench: Bench;
  before(async () => {
    site = await startDemoSite({ port: 0 });
    bench = await Bench.open();
  });
  after(async () => {
    await closeBrowsers();
    await site.close();
    await bench.close();
  });

  const run = async (steps: (typeof suite.cases)[number]["steps"]) => {
    const options = { baseUrl: site.url, secrets: { password: demoAccount.password } };
    const { outcome } = await bench.run(steps, options);
    return outcome;
  };

  for (const { name, steps } of green) {
    it(`is green: ${name}`, async () => {
      const { status, failure } = await run(steps);
      assert.equal(status, "passed", `step ${failure?.step}: ${failure?.message}\n${failure?.detail}`);
    });
  }

  it("fails where the shop has a mistake, and says what it is in one line", async () => {
    const [voucher, cover] = await Promise.all(onPurpose.map(({ steps }) => run(steps)));
    assert.equal(voucher?.status, "failed");
    assert.match(voucher?.failure?.message ?? "", /10\.00 €.*1\.00 €/);
    assert.equal(cover?.status, "failed");
    assert.match(cover?.failure?.message ?? "", /Export my data.*cover/i);
  });

  it("has a case that fails at first and passes at the second try, every time", async () => {
    const [case_] = flaky;
    assert.ok(case_ && suite.retries === 1);
    const statuses = [];
    for (let attempt = 1; attempt <= 4; attempt++) statuses.push((await run(case_.steps)).status);
    assert.deepEqual(statuses, ["failed", "passed", "failed", "passed"]);
  });

  it("is large enough to show something", () => {
    assert.ok(green.length >= 12 && onPurpose.length >= 2 && flaky.length === 1);
    assert.ok(suite.cases.every(({ group }) => group !== null));
  });
});

describe("the demo site", () => {
  it("says that its port is taken", async () => {
    const site = await startDemoSite({ port: 0 });
    await assert.rejects(startDemoSite({ port: site.port }), /EADDRINUSE/);
    await site.close();
  });
});
