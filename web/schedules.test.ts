import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import type { Suite } from "../db/domain/resources.ts";
import { scheduleInputSchema } from "../db/domain/schedule-resources.ts";
import { createSchedule, listSchedules } from "../db/services/schedules.ts";
import { deleteSuite } from "../db/services/suites.ts";
import { makeSuite, makeTestCase } from "../db/testing/factories.ts";
import { leave, swap, type } from "./testing/acting.ts";
import { axeFaults, openPage, startBrowser } from "./testing/browser.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;
let suite: Suite;

before(async () => {
  site = await startSite();
  browser = await startBrowser();
  const { as, project } = site.t.world;
  const testCase = await makeTestCase(as.bob, project.id);
  suite = await makeSuite(as.bob, project.id, [testCase.id]);
});

after(async () => {
  await browser?.close();
  await site?.close();
});

const base = () => `${site.origin}/projects/${site.t.world.project.id}/schedules`;
const schedules = async () => {
  const { as, project } = site.t.world;
  return (await listSchedules(as.bob, project.id, { limit: 50 })).items;
};
const textOf = (page: Page, selector: string) =>
  page.$eval(selector, (element) => (element.textContent ?? "").replace(/\s+/g, " ").trim());

test("a schedule is made while the form says what it means, and lives until it is deleted", async () => {
  const { page, complaints, close } = await openPage(browser, site, "bob");
  page.setDefaultTimeout(30_000);
  try {
    await page.goto(`${base()}/new`);
    assert.match(await textOf(page, "#schedule-preview"), /^every day at 02:30 UTC/);
    await page.type("#f-name", "Nightly");
    await swap(page, () => type(page, "#f-cron", "0 9 * * 1-5"));
    await page.waitForFunction(
      `document.querySelector("#schedule-preview").textContent.includes("Monday to Friday at 09:00")`,
    );
    assert.equal((await page.$$("#schedule-preview li")).length, 5);
    await swap(page, () => type(page, "#f-timeZone", "Berlin"));
    await page.waitForFunction(
      `document.querySelector("#schedule-preview").textContent.includes("did you mean Europe/Berlin?")`,
    );
    await page.select("#f-suiteId", suite.id);
    await page.select("#f-overlap", "queue");

    await leave(page, () => page.click("form.form button[type=submit]"));
    assert.match(await textOf(page, "#f-timeZone-error"), /did you mean Europe\/Berlin/);
    assert.equal(await page.$eval("#f-name", (element) => (element as HTMLInputElement).value), "Nightly");
    assert.deepEqual(await axeFaults(page), [], "the form with faults is accessible");
    await type(page, "#f-timeZone", "Europe/Berlin");
    await leave(page, () => page.click("form.form button[type=submit]"));
    assert.equal(await textOf(page, "h1"), "Nightly");
    const [made] = await schedules();
    assert.deepEqual(
      [made?.cron, made?.timeZone, made?.suite?.id, made?.overlap],
      ["0 9 * * 1-5", "Europe/Berlin", suite.id, "queue"],
    );
    assert.match(await textOf(page, "#f-overlap option:checked"), /^wait for its end/);
    assert.match(await textOf(page, ".chart"), /nothing has ended in the last 24 hours.*Table/);

    await leave(page, () => page.click('form[action$="/pause"] button'));
    assert.match(await textOf(page, ".meta"), /paused/);
    await page.goto(base());
    assert.match(
      await textOf(page, "tbody tr"),
      /Nightly.*Monday to Friday at 09:00 ?Europe\/Berlin ?paused.*no tick yet/,
    );
    await leave(page, () => page.click('form[action$="/resume"] button'));
    await leave(page, () => page.click('form[action$="/run"] button'));
    assert.match(page.url(), /\/runs\/[0-9a-f-]{36}$/);

    await page.goto(`${base()}/${made?.id}`);
    await page.click('form[action$="/delete"] button');
    assert.match(
      await textOf(page, "dialog[open] p"),
      /Delete the schedule “Nightly”\? The tick of .* and all after it will not run .*the runs that it started stay/,
    );
    await leave(page, () => page.click("dialog[open] .btn-danger"));
    assert.deepEqual(await schedules(), []);
    assert.deepEqual(
      complaints.filter((text) => !text.includes("422")),
      [],
    );
  } finally {
    await close();
  }
});

test("who may only read sees schedules and no way to change them", async () => {
  const { as, project } = site.t.world;
  const gone = await makeSuite(as.bob, project.id, []);
  const input = { name: "Without a suite", suiteId: gone.id, cron: "@hourly" };
  const { id } = await createSchedule(as.bob, project.id, scheduleInputSchema.parse(input));
  await deleteSuite(as.bob, gone.id);
  const { page, close } = await openPage(browser, site, "dora");
  try {
    for (const path of [base(), `${base()}/${id}`]) {
      await page.goto(path);
      assert.match(await textOf(page, "main"), /suite was deleted/);
      const row = await page.$eval(".tick-hours", (svg) => [
        svg.getAttribute("aria-label"),
        svg.querySelectorAll("g").length,
      ]);
      assert.match(String(row[0]), /24 hours: no tick$/);
      assert.equal(row[1], 24);
      assert.equal((await page.$$("main form")).length, 0);
    }
  } finally {
    await close();
  }
});
