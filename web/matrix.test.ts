import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import type { TestCaseInput } from "../db/domain/resources.ts";
import { listExecutions } from "../db/services/executions.ts";
import { getSuite } from "../db/services/suites.ts";
import { makeSuite, makeTestCase } from "../db/testing/factories.ts";
import { leave } from "./testing/acting.ts";
import { axeFaults, onBobsPage, startBrowser } from "./testing/browser.ts";
import { pixel, type Seed, seedAll } from "./testing/seed.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;
let seed: Seed;

before(async () => {
  site = await startSite();
  browser = await startBrowser();
  seed = await seedAll(site.t, [pixel]);
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const slow = [
  { type: "goto", url: "/" },
  { type: "emulateNetwork", latencyMs: 50 },
] as TestCaseInput["steps"];
const textOf = (page: Page, selector: string) =>
  page.$eval(selector, (element) => (element.textContent ?? "").replace(/\s+/g, " ").trim());
const executionsOf = async (page: Page) => {
  const runId = new URL(page.url()).pathname.split("/")[2] ?? "";
  const { items } = await listExecutions(site.t.world.as.bob, { runId, limit: 50 });
  return items.map(
    ({ testCaseName, browser: name, viewport, status }) =>
      `${testCaseName} ${name} ${viewport.width}: ${status}`,
  );
};

test("a suite is given browsers and screens, told beforehand what it will skip, and run in all of them", async () => {
  const { alice, bob } = site.t.world.as;
  const { project } = site.t.world;
  const plain = await makeTestCase(alice, project.id, { name: "Plain" });
  const limited = await makeTestCase(alice, project.id, { name: "Limited", steps: slow });
  const suite = await makeSuite(alice, project.id, [plain.id, limited.id]);
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/suites/${suite.id}`);
    assert.equal(await page.$(".note"), null, "nothing is skipped in Chromium");
    await page.click("#matrix summary");
    await page.click('form[data-editor] input[value="firefox"]');
    await page.click('form[data-editor] input[value="390x844"]');
    await page.type("#f-suite-otherSizes", "1000 × 700, wide");
    await page.click("[data-save]");
    await page.waitForSelector("#f-suite-otherSizes-error");
    assert.match(await textOf(page, "#f-suite-otherSizes-error"), /a width and a height such as 1280x720/i);
    assert.equal(
      await page.$eval("#f-suite-otherSizes", (field) => (field as HTMLInputElement).value),
      "1000 × 700, wide",
    );
    await page.$eval("#f-suite-otherSizes", (field) => {
      (field as HTMLInputElement).value = "";
    });
    await leave(page, () => page.click("[data-save]"));
    const saved = await getSuite(bob, suite.id);
    assert.deepEqual(saved.browsers, ["chromium", "firefox"]);
    assert.deepEqual(
      saved.viewports.map(({ width }) => width),
      [1280, 390],
    );
    assert.match(await textOf(page, ".head .meta"), /2 browsers × 2 screens/);
    assert.match(
      await textOf(page, ".note.t-flaky"),
      /Firefox will skip 1 of 2 test cases.*Limited: step 2: throttling: Chromium only/,
    );
    assert.deepEqual(await axeFaults(page), []);
    await leave(page, () => page.click(".head .btn-primary"));
    assert.deepEqual(await executionsOf(page), [
      "Plain chromium 1280: queued",
      "Plain chromium 390: queued",
      "Plain firefox 1280: queued",
      "Plain firefox 390: queued",
      "Limited chromium 1280: queued",
      "Limited chromium 390: queued",
      "Limited firefox 1280: skipped",
      "Limited firefox 390: skipped",
    ]);
    assert.equal((await page.$$(".grid tbody tr")).length, 2);
  });
});

test("one test is started in other browsers from its page, and one that can't be says why", async () => {
  const { alice } = site.t.world.as;
  const { project } = site.t.world;
  const plain = await makeTestCase(alice, project.id, { name: "Anywhere" });
  const limited = await makeTestCase(alice, project.id, { name: "Only in Chromium", steps: slow });
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/test-cases/${limited.id}`);
    await page.click("[data-start-menu]");
    assert.equal(
      await page.$eval('.start-box input[value="firefox"]', (box) => (box as HTMLInputElement).disabled),
      true,
    );
    assert.match(await textOf(page, ".start-box .why-not"), /^step 2: throttling: Chromium only$/);
    assert.deepEqual(await axeFaults(page), []);

    await page.goto(`${site.origin}/test-cases/${plain.id}`);
    await page.click("[data-start-menu]");
    await page.click('.start-box input[value="firefox"]');
    await leave(page, () => page.click(".start-box .btn-primary"));
    assert.deepEqual(await executionsOf(page), [
      "Anywhere chromium 1280: queued",
      "Anywhere firefox 1280: queued",
    ]);

    await page.goto(`${site.origin}/test-cases/${plain.id}`);
    await leave(page, () => page.click(".head .btn-primary"));
    assert.match(page.url(), /\/executions\//, "one execution is shown at once");
  });
});

test("a run of a matrix is a grid of its cases by its cells; each number leads to what it counts", async () => {
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/runs/${seed.matrix.matrixRunId}`);
    const heads = await page.$$eval(".grid thead .grid-cell > a", (all) =>
      all.map(({ textContent }) => textContent),
    );
    assert.deepEqual(heads, [
      "Chromium1280 × 720",
      "Chromium390 × 844",
      "Firefox1280 × 720",
      "Firefox390 × 844",
    ]);
    const first = await page.$eval(".grid tbody tr", (row) =>
      [...row.children].map((cell) => (cell.textContent ?? "").replace(/\d+(\.\d+)? m?s/, "").trim()),
    );
    assert.deepEqual(first, ["Pays by cardMatrix", "passed", "passed", "failed", "failed"]);
    assert.deepEqual(await axeFaults(page), []);

    await leave(page, () => page.click(".grid thead th:last-child .t-failed"));
    assert.equal((await page.$$("tbody .main")).length, 2, "the two that failed in this cell");
    assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), {
      view: "list",
      browser: "firefox",
      viewport: "390x844",
      status: "failed",
    });
    await leave(page, () => page.click('nav[aria-label="Browsers and screens"] .chip[aria-current]'));
    assert.equal(
      (await page.$$("tbody .main")).length,
      3,
      "without the browser: all that failed on the phone",
    );
    await page.goto(`${site.origin}/runs/${seed.matrix.matrixRunId}?status=skipped`);
    assert.match(await textOf(page, ".reason"), /not run in Firefox: step 2: throttling: Chromium only/);
    await leave(page, () => page.click(".reason"));
    assert.match(await textOf(page, ".diagnosis"), /Did not run\. not run in Firefox/i);
  });
});
