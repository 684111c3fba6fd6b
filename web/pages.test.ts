import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "puppeteer";
import { axeFaults, openPage, startBrowser } from "./testing/browser.ts";
import { type ListedPage, pagesOf } from "./testing/page-list.ts";
import { pixel, type Seed, seedAll } from "./testing/seed.ts";
import { exampleSignOn } from "./testing/seed-account.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;
let seed: Seed;

before(async () => {
  site = await startSite({ signOn: exampleSignOn });
  browser = await startBrowser();
  seed = await seedAll(site.t, [pixel]);
});

after(async () => {
  await browser?.close();
  await site?.close();
});

const refusals: Record<string, number> = { "not-found": 404, refused: 403 };

async function check({ name, path, who }: ListedPage, width: number, dark: boolean): Promise<void> {
  const { page, complaints, close } = await openPage(browser, site, who, { width, dark });
  try {
    const response = await page.goto(`${site.origin}${path}`, { waitUntil: "load" });
    const expected = refusals[name] ?? 200;
    assert.equal(response?.status(), expected, `${name} answered ${response?.status()}`);
    assert.deepEqual(await axeFaults(page), [], `${name} at ${width} px`);
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    assert.ok(Number(overflow) <= 0, `${name} is ${overflow} px too wide at ${width} px`);
    // The browser itself reports the status of a refused page.
    const unexpected =
      expected === 200 ? complaints : complaints.filter((text) => !text.includes(String(expected)));
    assert.deepEqual(unexpected, [], `${name} at ${width} px`);
  } finally {
    await close();
  }
}

for (const [title, width, dark] of [
  ["a desktop in light", 1440, false],
  ["a telephone in dark", 390, true],
] as const) {
  test(`every page is accessible, quiet and no wider than ${title}`, async (t) => {
    for (const page of pagesOf(seed)) await t.test(page.name, () => check(page, width, dark));
  });
}

test("a page for an error is as light or dark as the others", async () => {
  const cookie = await site.t.cookie("alice");
  for (const theme of ["dark", "light"]) {
    const response = await fetch(`${site.origin}/runs/none`, {
      headers: { cookie: `${cookie}; verdict_theme=${theme}` },
    });
    assert.equal(response.status, 404);
    assert.match(await response.text(), new RegExp(`<html lang="en" data-theme="${theme}">`));
  }
});

test("where the row of sections is wider than the screen, the one that is open is seen", async () => {
  const { page, close } = await openPage(browser, site, "alice", { width: 390 });
  try {
    await page.goto(`${site.origin}/projects/${seed.project.id}/settings`, { waitUntil: "load" });
    const right = await page.$eval(".nav [aria-current]", (link) => link.getBoundingClientRect().right);
    assert.ok(right <= 390, `the section that is open ends at ${right} px`);
  } finally {
    await close();
  }
});

test("every page can be read without JavaScript", async () => {
  const { page, close } = await openPage(browser, site, "alice");
  try {
    await page.setJavaScriptEnabled(false);
    for (const { name, path, who } of pagesOf(seed)) {
      if (who !== "alice" || name in refusals) continue;
      const response = await page.goto(`${site.origin}${path}`, { waitUntil: "domcontentloaded" });
      const html = await response?.text();
      assert.match(html ?? "", /<h1>/, `${name} has a heading`);
      assert.match(html ?? "", /<main /, `${name} has its content`);
    }
  } finally {
    await close();
  }
});

test("hostile text of tests and pages is shown and never run", async () => {
  const { page, close } = await openPage(browser, site, "alice");
  try {
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    for (const path of [
      `/projects/${seed.project.id}/test-cases`,
      `/runs/${seed.failedRunId}`,
      `/test-cases/${seed.testCases[1]?.id}`,
    ]) {
      await page.goto(`${site.origin}${path}`, { waitUntil: "load" });
      const found = (await page.evaluate(`({
        scripts: document.querySelectorAll("main script, main img[src='x']").length,
        text: document.querySelector("main").textContent,
        hidden: /[\\u202A-\\u202E\\u200B\\u0007]/.test(document.body.textContent),
        unsafe: [...document.links].filter((link) => !/^https?:$/.test(link.protocol)).length,
      })`)) as { scripts: number; text: string; hidden: boolean; unsafe: number };
      assert.equal(found.scripts, 0);
      assert.match(found.text, /<script>alert\(1\)<\/script>/);
      assert.match(found.text, /U\+202E/);
      assert.equal(found.hidden, false, "nothing invisible is left in the text");
      assert.equal(found.unsafe, 0);
    }
    assert.deepEqual(dialogs, []);
  } finally {
    await close();
  }
});

test("every page asks who is not signed in to sign in, and comes back to it", async () => {
  for (const { name, path, who } of pagesOf(seed)) {
    if (who === null) continue;
    const response = await fetch(`${site.origin}${path}`, { redirect: "manual" });
    assert.equal(response.status, 303, name);
    assert.equal(response.headers.get("location"), `/sign-in?next=${encodeURIComponent(path)}`);
    const part = await fetch(`${site.origin}${path}`, {
      headers: { "HX-Request": "true" },
      redirect: "manual",
    });
    assert.equal(part.status, 204, name);
    assert.match(part.headers.get("hx-redirect") ?? "", /^\/sign-in/);
  }
});

test("the rows of another organization are not found", async () => {
  const cookie = await site.t.cookie("charlie");
  for (const path of [
    `/projects/${seed.project.id}`,
    `/projects/${seed.project.id}/settings`,
    `/projects/${seed.project.id}/test-cases`,
    `/projects/${seed.project.id}/suites`,
    `/projects/${seed.project.id}/runs`,
    `/test-cases/${seed.testCases[0]?.id}`,
    `/test-cases/${seed.testCases[0]?.id}/yaml`,
    `/test-cases/${seed.testCases[0]?.id}/versions`,
    `/test-cases/${seed.testCases[0]?.id}/history`,
    `/suites/${seed.suiteId}`,
    `/projects/${seed.project.id}/schedules`,
    `/projects/${seed.project.id}/schedules/new`,
    `/projects/${seed.project.id}/schedules/preview?cron=@daily&timeZone=UTC`,
    `/projects/${seed.project.id}/schedules/${seed.scheduleId}`,
    `/runs/${seed.failedRunId}`,
    `/executions/${seed.failedId}`,
    `/executions/${seed.failedId}/log-items?after=0`,
    `/executions/${seed.failedId}/compare`,
    `/executions/${seed.failedId}/prompt`,
  ]) {
    const response = await fetch(`${site.origin}${path}`, { headers: { cookie }, redirect: "manual" });
    assert.equal(response.status, 404, path);
  }
});

test("a part and a page of one address are not taken for each other by a cache", async () => {
  const cookie = await site.t.cookie("alice");
  const path = `/projects/${seed.project.id}/test-cases`;
  const page = await fetch(`${site.origin}${path}`, { headers: { cookie } });
  const part = await fetch(`${site.origin}${path}`, {
    headers: { cookie, "HX-Request": "true", "HX-Target": "test-case-list" },
  });
  assert.match(page.headers.get("vary") ?? "", /HX-Request/);
  assert.match(part.headers.get("vary") ?? "", /HX-Request/);
  assert.match(await page.text(), /^<!doctype html>/);
  assert.match(await part.text(), /^<div class="section" id="test-case-list">/);
});
