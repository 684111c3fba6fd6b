import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import { makeSnapshot } from "../api/testing/snapshots.ts";
import { newId } from "../db/domain/ids.ts";
import type { Execution } from "../db/domain/resources.ts";
import type { Snapshot } from "../db/domain/snapshot-resources.ts";
import { listBaselines } from "../db/services/baselines.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { approveSnapshot, getSnapshot } from "../db/services/snapshots.ts";
import { makeTestCase } from "../db/testing/factories.ts";
import { leave } from "./testing/acting.ts";
import { axeFaults, onBobsPage, startBrowser } from "./testing/browser.ts";
import { pixel } from "./testing/seed.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;

before(async () => {
  site = await startSite();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await site?.close();
});

const textOf = (page: Page, selector: string) =>
  page.$eval(selector, (element) => (element.textContent ?? "").replace(/\s+/g, " ").trim());

async function execute(testCaseId?: string): Promise<Execution> {
  const { as, project } = site.t.world;
  const id = testCaseId ?? (await makeTestCase(as.alice, project.id)).id;
  return executeTestCase(as.alice, { testCaseId: id }, "api");
}

const picture = () => new Uint8Array([...pixel.bytes, ...new TextEncoder().encode(newId())]);
const approve = ({ projectId, id }: Snapshot) => approveSnapshot(site.t.world.as.alice, projectId, id);
const stateOf = async ({ projectId, id }: Snapshot) =>
  (await getSnapshot(site.t.world.as.alice, projectId, id)).state;
const pageOf = ({ projectId, id }: Snapshot) => `${site.origin}/projects/${projectId}/snapshots/${id}`;

/** One that looks different from the approved picture of the same name. */
async function different(name = newId()): Promise<Snapshot> {
  const { alice } = site.t.world.as;
  const first = await execute();
  await approve(await makeSnapshot(site.t, first, { name, bytes: picture() }));
  const query = { limit: 1, history: "false", name } as const;
  const [baseline] = (await listBaselines(alice, first.projectId, query)).items;
  const again = await execute(first.testCaseId);
  const found = {
    name,
    result: "different",
    baselineId: baseline?.id ?? null,
    pixels: 12,
    ratio: 0.01,
  } as const;
  return makeSnapshot(site.t, again, { ...found, bytes: picture() });
}

test("pictures are compared by key, and without script stand side by side", async () => {
  const snapshot = await different();
  await onBobsPage(browser, site, async (page) => {
    await page.goto(pageOf(snapshot));
    assert.equal(await page.$$eval(".beside img", (images) => images.length), 2);
    await leave(page, () => page.keyboard.press("2"));
    assert.equal(await page.$eval("[data-slider]", (slider) => slider.checkVisibility()), true);
    assert.equal(await page.$eval(".beside", (beside) => beside.checkVisibility()), false);
    await page.focus("[data-slider] input");
    await page.keyboard.press("ArrowRight");
    assert.equal(
      await page.$eval(".slider-over", (over) => (over as HTMLElement).style.getPropertyValue("--at")),
      "51%",
    );
    await page.$eval("[data-slider] input", (input) => (input as HTMLElement).blur());
    await leave(page, () => page.keyboard.press("3"));
    assert.equal(await textOf(page, "[data-blink-says]"), "Now");
    await page.keyboard.press("b");
    assert.equal(await textOf(page, "[data-blink-says]"), "Approved");
    await page.click("[data-blink-run]");
    await page.waitForFunction("document.querySelector('[data-blink-says]').textContent === 'Now'");
    assert.deepEqual(await axeFaults(page), []);
    await page.setJavaScriptEnabled(false);
    await page.goto(`${pageOf(snapshot)}?view=slider`);
    assert.equal(await page.$$eval(".beside img", (images) => images.length), 2);
  });
});

test("approving by key leads to what waits next of the same run, and then to the list", async () => {
  const execution = await execute();
  const one = await makeSnapshot(site.t, execution, { name: "one", bytes: picture() });
  const two = await makeSnapshot(site.t, execution, { name: "two", bytes: picture() });
  await onBobsPage(browser, site, async (page) => {
    await page.goto(pageOf(two));
    await leave(page, () => page.keyboard.press("a"));
    assert.equal(page.url(), pageOf(one));
    await leave(page, () => page.keyboard.press("x"));
    assert.equal(new URL(page.url()).pathname, `/projects/${execution.projectId}/snapshots`);
  });
  assert.deepEqual([await stateOf(two), await stateOf(one)], ["approved", "rejected"]);
});

test("what was decided meanwhile is told, with the reason", async () => {
  const snapshot = await different();
  await onBobsPage(browser, site, async (page) => {
    await page.goto(pageOf(snapshot));
    await approve(snapshot);
    await leave(page, () => page.click("form[action$='/approve'] button"));
    assert.match(await textOf(page, "[role=alert]"), /was approved already/);
    assert.match(await textOf(page, "main"), /Decided by Alice/);
    assert.equal(await page.$("form[action$='/approve']"), null);
    assert.deepEqual(await axeFaults(page), []);
  });
});

test("all pictures of a run are approved after a question; one that can't be is named", async () => {
  const execution = await execute();
  const good = await makeSnapshot(site.t, execution, { name: "good", bytes: picture() });
  // Compared with a picture that another one has replaced.
  const stale = await different("late");
  await approve(stale);
  const { baselineId } = stale;
  const late = await makeSnapshot(site.t, execution, { name: "late", bytes: picture(), baselineId });
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/runs/${execution.runId}`);
    assert.match(await textOf(page, ".head .meta"), /2 snapshots wait/);
    await leave(page, () => page.click(".head .meta a.status"));
    await page.click(".head .btn-primary");
    await leave(page, () => page.click("dialog .btn-danger"));
    assert.match(await textOf(page, "[role=status].note"), /Approved 1 picture.*"late" is out of date/);
    assert.equal(await page.$$eval(".snapshots tbody tr", (rows) => rows.length), 1);
  });
  assert.deepEqual([await stateOf(good), await stateOf(late)], ["approved", "waiting"]);
});

test("an older baseline is made to hold again from its page", async () => {
  const { alice } = site.t.world.as;
  const name = newId();
  await approve(await different(name));
  const query = { limit: 5, history: "true", name } as const;
  const old = (await listBaselines(alice, site.t.world.project.id, query)).items.at(-1);
  assert.equal(old?.revision, 1);
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/projects/${old.projectId}/baselines/${old.id}`);
    assert.match(await textOf(page, ".head"), /replaced/);
    await page.click(".head .btn-primary");
    await leave(page, () => page.click("dialog .btn-danger"));
    assert.match(await textOf(page, ".head"), /holdsrevision 3/);
    assert.equal(await page.$$eval(".snapshots tbody tr", (rows) => rows.length), 3);
  });
});
