import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import { newId } from "../db/domain/ids.ts";
import { registerWorker } from "../db/outbox/workers.ts";
import { enqueue } from "../db/outbox.ts";
import { leave } from "./testing/acting.ts";
import { axeFaults, openPage, startBrowser } from "./testing/browser.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
});
afterEach(async () => {
  await site.t.deps.db.sql`delete from worker`;
  await site.t.deps.db.sql`delete from outbox`;
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** A worker that is alive for as long as the test takes. */
async function makeWorker(name: string): Promise<string> {
  const { sql } = site.t.deps.db;
  const row = { id: newId(), name, host: "h", pid: 1, version: "0", browsers: ["chromium"], slots: 2 };
  await registerWorker(sql, row);
  await sql`update worker set seen_at = now() + interval '1 hour' where id = ${row.id}`;
  return row.id;
}
const wait = (browserName: string) =>
  site.t.deps.db.orm.transaction((tx) =>
    enqueue(tx, {
      ...{ kind: "execution", payload: { executionId: newId() }, organizationId: null },
      browser: browserName,
    }),
  );

async function asRoot(work: (page: Page) => Promise<void>): Promise<void> {
  const { page, close } = await openPage(browser, site, "root");
  page.setDefaultTimeout(20_000);
  try {
    await work(page);
  } finally {
    await close();
  }
}
const textOf = (page: Page, selector: string) =>
  page.$eval(selector, (element) => (element.textContent ?? "").replaceAll(/\s+/g, " ").trim());

test("a worker is told to be quiet from its row, after its effect was read, and to be active again", async () => {
  const id = await makeWorker("w1");
  const form = (mode: string) => `form[action="/workers/${id}/mode"]:has(input[value="${mode}"]) button`;
  await asRoot(async (page) => {
    await page.goto(`${site.origin}/workers`);
    await page.click(form("quiet"));
    const question = await page.waitForSelector("dialog[open] p");
    assert.match(
      (await question?.evaluate((element) => element.textContent)) ?? "",
      /Quiet “w1”\? It takes nothing new and keeps running\. Nothing runs there now\./,
    );
    await leave(page, () => page.click("dialog[open] .btn-danger"));
    assert.match(await textOf(page, "#worker-list tbody tr"), /^quiet *w1/);
    await leave(page, () => page.click(form("active")));
    assert.match(await textOf(page, "#worker-list tbody tr"), /^active *w1/);
  });
});

test("a worker is quarantined with a reason, which whoever finds it reads; one that is lost can't be told anything", async () => {
  const id = await makeWorker("w1");
  await asRoot(async (page) => {
    await page.goto(`${site.origin}/workers/${id}`);
    assert.deepEqual(await axeFaults(page), []);
    await page.type("#f-reason", "it drops its connections");
    await page.click('form:has(input[value="quarantined"]) button');
    await page.waitForSelector("dialog[open]");
    await leave(page, () => page.click("dialog[open] .btn-danger"));
    assert.match(await textOf(page, ".facts"), /quarantined: it drops its connections since .*, by root/);
    await page.goto(`${site.origin}/workers`);
    assert.match(await textOf(page, "#worker-list tbody tr"), /^quarantined *w1.*it drops its connections/);
    await page.goto(`${site.origin}/workers/${id}`);
    await site.t.deps.db.sql`update worker set lost_at = now() where id = ${id}`;
    await leave(page, () => page.click('form:has(input[value="active"]) button'));
    assert.match(await textOf(page, "[role=alert]"), /the worker is lost/);
  });
});

test("what no worker takes is said above the list, or where there is none in its place", async () => {
  await wait("firefox");
  await asRoot(async (page) => {
    await page.goto(`${site.origin}/workers`);
    assert.match(await textOf(page, ".empty"), /1 waiting, no worker is connected/);
    await makeWorker("w1");
    await page.goto(`${site.origin}/workers`);
    assert.match(await textOf(page, ".note"), /1 waiting, 0 workers have firefox/);
    assert.deepEqual(await axeFaults(page), []);
  });
});
