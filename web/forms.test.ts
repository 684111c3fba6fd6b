import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import { createUser } from "../db/services/accounts.ts";
import { getEgress, setEgress } from "../db/services/egress.ts";
import { listProjects } from "../db/services/projects.ts";
import { getSuite } from "../db/services/suites.ts";
import { makeSuite, makeTestCase, systemCtx } from "../db/testing/factories.ts";
import { clickOp, leave, swap, type } from "./testing/acting.ts";
import { axeFaults, onBobsPage, openPage, startBrowser } from "./testing/browser.ts";
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

const asBob = (work: (page: Page) => Promise<void>) => onBobsPage(browser, site, work);

test("a recording is imported with a report of what became of each step", async () => {
  const recording = {
    title: "Recorded",
    steps: [
      { type: "navigate", url: "https://shop.example.com/" },
      { type: "click", selectors: [["aria/Pay"], ["#pay"]], offsetX: 1, offsetY: 1 },
    ],
  };
  await asBob(async (page) => {
    await page.goto(`${site.origin}/projects/${site.t.world.project.id}/import`);
    await page.$eval(
      "#f-text",
      (element, text) => {
        (element as HTMLTextAreaElement).value = text;
      },
      JSON.stringify(recording),
    );
    await leave(page, () => page.click(".btn-primary"));
    assert.match(await page.$eval("h1", (element) => element.textContent ?? ""), /Imported “Recorded”/);
    assert.deepEqual(await axeFaults(page), []);
    await leave(page, () => page.click(".head .btn-primary"));
    assert.equal(await page.$$eval("[data-step]", (rows) => rows.length), 2);
    await page.goto(`${site.origin}/projects/${site.t.world.project.id}/import`);
    await page.type("#f-text", "{nonsense");
    await leave(page, () => page.click(".btn-primary"));
    assert.match(
      await page.$eval("[role=alert]", (element) => element.textContent ?? ""),
      /Nothing was imported/,
    );
  });
});

test("a suite is put together from a list, saved, and run", async () => {
  const { alice } = site.t.world.as;
  const cases = [
    await makeTestCase(alice, site.t.world.project.id, { name: "Zebra first" }),
    await makeTestCase(alice, site.t.world.project.id, { name: "Yak second" }),
  ];
  const suite = await makeSuite(alice, site.t.world.project.id, []);
  await asBob(async (page) => {
    await page.goto(`${site.origin}/suites/${suite.id}`);
    await swap(page, () => page.type("#suite-search", "zebra"));
    assert.deepEqual(await page.$$eval(".add-case", (rows) => rows.map((row) => row.textContent)), [
      "Add Zebra first",
    ]);
    await swap(page, () => page.click(".add-case"));
    await page.$eval("#suite-search", (element) => {
      (element as HTMLInputElement).value = "";
    });
    await swap(page, () => page.type("#suite-search", "yak"));
    await swap(page, () => page.click(".add-case"));
    await swap(page, () => clickOp(page, "down:0"));
    await leave(page, () => page.click("[data-save]"));
    await leave(page, () => page.click(".head .btn-primary"));
    assert.match(page.url(), /\/runs\//);
    assert.equal(await page.$$eval("tbody tr:not(.group)", (rows) => rows.length), 2);
  });
  const saved = await getSuite(alice, suite.id);
  assert.deepEqual(saved.testCaseIds, [cases[1]?.id, cases[0]?.id]);
});

test("what can't be undone is asked about first", async () => {
  const suite = await makeSuite(site.t.world.as.alice, site.t.world.project.id, []);
  await asBob(async (page) => {
    await page.goto(`${site.origin}/suites/${suite.id}`);
    await page.click('form[action$="/delete"] button');
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    assert.equal((await getSuite(site.t.world.as.alice, suite.id)).id, suite.id);
    await page.click('form[action$="/delete"] button');
    await leave(page, () => page.click("dialog[open] .btn-danger"));
  });
  await assert.rejects(getSuite(site.t.world.as.alice, suite.id));
});

test("a wrong password says nothing about the address; the right one leads back to where one came from", async () => {
  const email = "eve@example.com";
  const ctx = systemCtx(site.t.deps.db);
  await createUser(ctx, { email, name: "Eve", password: "correct horse battery", platformRole: "user" });
  const { page, close } = await openPage(browser, site, null);
  try {
    await page.goto(`${site.origin}/projects?archived=true`);
    for (const address of [email, "nobody@example.com"]) {
      await type(page, "#f-email", address);
      await type(page, "#f-password", "wrong password");
      await leave(page, () => page.click("button[type=submit]"));
      assert.equal(
        await page.$eval("[role=alert]", (element) => element.textContent),
        "the e-mail address or the password is wrong",
      );
    }
    await type(page, "#f-email", email);
    await type(page, "#f-password", "correct horse battery");
    await leave(page, () => page.click("button[type=submit]"));
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/projects?archived=true");
    await page.$eval('form[action="/sign-out"]', (form) => (form as HTMLFormElement).requestSubmit());
    await page.waitForFunction("location.pathname === '/sign-in'");
    await page.goto(`${site.origin}/projects`);
    assert.match(page.url(), /\/sign-in/);
  } finally {
    await close();
  }
});

test("a project is created with the faults of its form beside their fields", async () => {
  const { page, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/projects/new`);
    await page.type("#f-name", "New shop");
    await page.type("#f-baseUrl", "ftp://files.example.com");
    await leave(page, () => page.click(".btn-primary"));
    assert.match(
      await page.$eval("#f-baseUrl-error", (element) => element.textContent ?? ""),
      /http or https/,
    );
    assert.equal(await page.$eval("#f-baseUrl", (element) => element.getAttribute("aria-invalid")), "true");
    await type(page, "#f-baseUrl", "https://files.example.com");
    await leave(page, () => page.click(".btn-primary"));
    assert.equal(await page.$eval("h1", (element) => element.textContent), "New shop");
    const projects = await listProjects(site.t.world.as.alice, { limit: 50, archived: "false" });
    assert.ok(projects.items.some(({ name }) => name === "New shop"));
  } finally {
    await close();
  }
});

test("the theme is kept, and every key of the help does what it says", async () => {
  await asBob(async (page) => {
    await page.goto(`${site.origin}/projects/${site.t.world.project.id}/test-cases`);
    await page.keyboard.press("t");
    const theme = await page.$eval("html", (element) => element.getAttribute("data-theme"));
    await page.reload();
    assert.equal(
      await page.$eval("html", (element) => element.getAttribute("data-theme")),
      theme,
      "it is there at once",
    );
    await page.keyboard.press("?");
    await page.waitForSelector("#help[open]");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    assert.equal(await page.evaluate("document.activeElement.name"), "q");
    await page.$eval("input[name=q]", (element) => (element as HTMLElement).blur());
    await page.keyboard.press("g");
    await leave(page, () => page.keyboard.press("r"));
    assert.match(page.url(), /\/runs$/);
  });
});

test("searching replaces the list only, and its address can be shared", async () => {
  await makeTestCase(site.t.world.as.alice, site.t.world.project.id, { name: "Quagga", tags: ["rare"] });
  await asBob(async (page) => {
    await page.goto(`${site.origin}/projects/${site.t.world.project.id}/test-cases`);
    await swap(page, () => page.type("[data-search]", "quag @rare"));
    await page.waitForFunction("document.querySelectorAll('#test-case-list tbody tr').length === 1");
    const url = new URL(page.url());
    assert.equal(url.searchParams.get("q"), "quag @rare");
    assert.equal(url.searchParams.get("priority"), null, "what is not chosen does not stand in the address");
    await page.goto(page.url());
    assert.equal(
      await page.$eval("[data-search]", (element) => (element as HTMLInputElement).value),
      "quag @rare",
    );
    assert.equal(await page.$$eval("tbody tr", (rows) => rows.length), 1);
  });
});

test("what a project may reach is shown with what is wrong in it, and only an administrator of the installation adds to it", async () => {
  const { project, as } = site.t.world;
  const send = async (allow: string) => {
    const cookie = await site.t.cookie("alice");
    const headers = { cookie, origin: site.origin, "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ allow });
    const to = `${site.origin}/projects/${project.id}/network`;
    return fetch(to, { method: "POST", headers, body, redirect: "manual" });
  };
  const wrong = await send("10.0.0.0/8\n10.0.0.5/8:443");
  assert.equal(wrong.status, 422);
  const text = await wrong.text();
  assert.match(text, /is no range with a port; write it like 10\.2\.0\.0\/16:443/);
  assert.match(text, /10\.0\.0\.0\/8:443 is one/);
  assert.match(text, /10\.0\.0\.5\/8:443<\/textarea>/);
  const refused = await send("10.0.0.0/8:443");
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /egress\.allow/);
  assert.deepEqual(await getEgress(as.alice, project.id), { allow: [] });
  const { organizationId } = project;
  const installation = { ...as.alice, actor: { kind: "system", name: "set-up", organizationId } as const };
  await setEgress(installation, project.id, { allow: ["10.0.0.0/8:443", "10.0.0.0/8:80"] });
  assert.equal((await send("10.0.0.0/8:80\n\n")).status, 303);
  assert.deepEqual(await getEgress(as.alice, project.id), { allow: ["10.0.0.0/8:80"] });
});
