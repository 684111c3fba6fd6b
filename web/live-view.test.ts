import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import { makeExecutionOf } from "../api/testing/fixture.ts";
import { stopExecution } from "../db/services/executions.ts";
import { findBrowser } from "../worker/browser/testing/find-browser.ts";
import { type Site, startSite as startPages } from "../worker/browser/testing/site.ts";
import { startWorker, type WorkerService } from "../worker/service.ts";
import { axeFaults, openPage, startBrowser } from "./testing/browser.ts";
import { startSite, type TestSite } from "./testing/server.ts";

/** Running pages as people watch and hold them: the real dashboard, the real worker, real browsers on both ends. */

const timeout = 30_000;
const home = mkdtempSync(join(tmpdir(), "verdict-view-"));
let site: TestSite;
let pages: Site;
let worker: WorkerService;
let browser: Browser;

before(async () => {
  site = await startSite();
  pages = await startPages();
  browser = await startBrowser();
  worker = await startWorker({
    db: site.t.database.db,
    blobs: site.t.blobs,
    keys: site.t.deps.keys,
    name: "here",
    version: "0",
    slots: 2,
    home,
    browser: { executablePath: await findBrowser(), sandbox: process.getuid?.() !== 0 },
    timings: { graceMs: 500 },
  });
});
after(async () => {
  await worker?.stop();
  await browser?.close();
  await pages?.close();
  await site?.close();
  rmSync(home, { recursive: true, force: true });
});

const steps = (path: string) => [
  { type: "goto", url: `${pages.url}${path}` },
  { type: "waitFor", target: "#never-there", timeoutMs: 120_000 },
];
const stop = (id: string) => stopExecution(site.t.world.as.alice, id);
const hasPicture = (page: Page, id: string) =>
  page.waitForSelector(`#view-${id}[data-view-has-picture]`, { timeout });
const hasState = (page: Page, state: string) =>
  page.waitForSelector(`[data-view-pane][data-view-state="${state}"]`, { timeout });
const paneText = (page: Page) => page.$eval("[data-view-pane]", (pane) => pane.textContent ?? "");

/** As soon as it can be pressed: parts of the page are drawn anew while the execution moves. */
const press = (page: Page, selector: string) => page.locator(selector).setTimeout(timeout).click();

test("the page of a running execution shows its page and pauses it, and whoever watches sees by whom", async () => {
  const { id } = await makeExecutionOf(site.t, [
    { type: "goto", url: `${pages.url}/typing` },
    { type: "waitFor", target: "#go", timeoutMs: 120_000 },
    { type: "waitFor", ms: 1 },
    { type: "waitFor", ms: 1 },
  ]);
  const { page, complaints, close } = await openPage(browser, site, "bob");
  const watcher = await openPage(browser, site, "dora");
  try {
    await page.goto(`${site.origin}/executions/${id}`);
    await hasPicture(page, id);
    await press(page, "[data-view-pane] form[action$='/pause'] button");
    await hasState(page, "pausing");
    await watcher.page.goto(`${site.origin}/executions/${id}`);
    await hasPicture(watcher.page, id);
    assert.match(await paneText(watcher.page), /by Bob/);
    assert.equal(await watcher.page.$("[data-view-pane] form"), null, "who may only read holds nothing");
    assert.deepEqual(await axeFaults(page), []);
    assert.deepEqual(complaints, []);
  } finally {
    await stop(id);
    await hasState(page, "ended");
    await close();
    await watcher.close();
  }
});

test("mouse and keyboard are taken by a button, used on the picture, and given back", async () => {
  const { id } = await makeExecutionOf(site.t, [
    { type: "goto", url: `${pages.url}/typing` },
    { type: "waitFor", ms: 1_000 },
    { type: "waitFor", target: "#never-there", timeoutMs: 120_000 },
  ]);
  const { page, complaints, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/executions/${id}`);
    await hasPicture(page, id);
    await page.keyboard.press("p");
    await hasState(page, "paused");
    await press(page, "[data-view-pane] form[action$='/take-input'] button");
    await page.waitForSelector('[data-view-pane][data-view-holder="me"]', { timeout });
    const canvas = await page.$("[data-view-canvas]");
    const box = await canvas?.boundingBox();
    assert.ok(box);
    const scale = box.width / 1280;
    await page.mouse.click(box.x + 50 * scale, box.y + 25 * scale);
    await page.keyboard.type("Hi there");
    await waitFor(() => pages.requests.some(({ path }) => path === "/typed?Hi%20there"));
    await page.keyboard.down("Shift");
    await page.keyboard.press("Escape");
    await page.keyboard.up("Shift");
    await page.waitForSelector('[data-view-pane][data-view-holder="none"]', { timeout });
    await press(page, "[data-view-pane] form[action$='/resume'] button");
    await hasState(page, "live");
    assert.deepEqual(complaints, []);
  } finally {
    await stop(id);
    await close();
  }
});

test("the wall shows what runs, leads to it, and shows the next one by itself", async () => {
  const first = await makeExecutionOf(site.t, steps("/ticking"));
  const { page, complaints, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/projects/${site.t.world.project.id}/wall`);
    await page.waitForSelector(`#view-${first.id}`, { timeout });
    await hasPicture(page, first.id);
    const second = await makeExecutionOf(site.t, steps("/next"));
    await hasPicture(page, second.id);
    assert.ok(await page.$(`#view-${first.id}[data-view-has-picture]`), "the picture of the first one stays");
    assert.deepEqual(await axeFaults(page), []);
    await stop(second.id);
    await Promise.all([page.waitForNavigation(), press(page, ".wall-link")]);
    assert.match(page.url(), /\/executions\//);
    assert.deepEqual(complaints, []);
  } finally {
    await stop(first.id);
    await close();
  }
});

test("steps are tried from the editor as they are written, an element is picked by pointing at it", async () => {
  const { testCaseId, id: first } = await makeExecutionOf(site.t, [
    { type: "goto", url: `${pages.url}/typing` },
    { type: "fill", target: "#nonsense", value: "Ann" },
  ]);
  await stop(first);
  const { page, complaints, close } = await openPage(browser, site, "alice");
  let executionId = "";
  try {
    await page.goto(`${site.origin}/test-cases/${testCaseId}?step=2`);
    await Promise.all([page.waitForNavigation({ timeout }), press(page, ".try-bar button")]);
    executionId = new URL(page.url()).searchParams.get("live") ?? "";
    await hasState(page, "paused");
    await hasPicture(page, executionId);
    const tried = () => page.$eval("#tried", (element) => element.textContent ?? "");
    await press(page, ".try-bar button");
    await page.waitForSelector("#tried li .t-failed", { timeout });
    assert.match(await tried(), /no element matches #nonsense/);
    const field = await page.waitForSelector('#editor input[name^="f.target"]');
    await field?.focus();
    await press(page, "[data-view-pick]");
    const canvas = await page.$("[data-view-canvas]");
    await canvas?.scrollIntoView();
    const box = await canvas?.boundingBox();
    assert.ok(box);
    const scale = box.width / 1280;
    await page.mouse.click(box.x + 100 * scale, box.y + 28 * scale);
    await page.waitForSelector("[data-view-found] li button", { timeout });
    const proposed = await page.$eval("[data-view-found] li code", (code) => code.textContent ?? "");
    await press(page, "[data-view-found] li button");
    assert.equal(await field?.evaluate((input) => (input as HTMLInputElement).value), proposed);
    await press(page, ".try-bar button");
    await page.waitForSelector("#tried li .t-passed", { timeout });
    assert.match(await tried(), /1 match/);
    assert.deepEqual(await axeFaults(page), []);
    assert.deepEqual(complaints, []);
  } finally {
    if (executionId) await stop(executionId);
    await close();
  }
});

async function waitFor(condition: () => boolean): Promise<void> {
  const end = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > end) throw new Error("not in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
