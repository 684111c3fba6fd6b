import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import { groupInputSchema } from "../db/domain/group-resources.ts";
import { createGroup, listGroups } from "../db/services/groups.ts";
import { getTestCase, updateTestCase } from "../db/services/test-cases.ts";
import { makeTestCase } from "../db/testing/factories.ts";
import { leave, swap } from "./testing/acting.ts";
import { axeFaults, onBobsPage, startBrowser } from "./testing/browser.ts";
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
const write = (page: Page, text: string) =>
  page.$eval(
    "#yaml",
    (element, value) => {
      (element as HTMLTextAreaElement).value = value;
    },
    text,
  );
const save = (page: Page) => leave(page, () => page.click(".save-bar .btn-primary"));

test("a group is written, refused with its line, saved, used, and deleted when nothing calls it", async () => {
  const { as, project } = site.t.world;
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/projects/${project.id}/groups`);
    await leave(page, () => page.click(".head .btn-primary"));
    await write(page, "name: Sign in\nsteps:\n  - klick: a\n");
    await save(page);
    assert.match(await textOf(page, "[role=alert]"), /unknown step type.*\(line 3\)/);
    assert.deepEqual(await axeFaults(page), []);
    await write(page, "name: Sign in\nparameters:\n  - name: user\nsteps:\n  - reload\n");
    await save(page);
    assert.equal(await textOf(page, "h1"), "Sign in");

    await write(page, "name: Sign in\nsteps:\n  - group: Sign in\n");
    await save(page);
    assert.match(await textOf(page, "[role=alert]"), /circle: Sign in → Sign in/);
    await write(page, "name: Sign in\nsteps:\n  - reload\n  - back\n");
    await page.type("#f-message", "No parameters");
    await save(page);
    assert.match(await textOf(page, "#versions ~ *"), /Version 2No parametersBob/);

    const testCase = await makeTestCase(as.bob, project.id, { name: "Pay" });
    await updateTestCase(as.bob, testCase.id, { steps: [{ type: "group", group: "Sign in" }] });
    await page.reload();
    assert.match(await textOf(page, "#usages ~ *"), /Paytest case/);
    assert.equal(await page.$("form[action$='/delete']"), null, "what is called can't be deleted");
    assert.deepEqual(await axeFaults(page), []);
    await updateTestCase(as.bob, testCase.id, { steps: [] });
    await page.reload();
    await page.click("form[action$='/delete'] button");
    await leave(page, () => page.click("dialog[open] .btn-danger"));
    assert.equal((await listGroups(as.bob, project.id, { limit: 50 })).items.length, 0);
  });
});

test("a call is written by choosing a group, with a field for each of its parameters", async () => {
  const { as, project } = site.t.world;
  const password = { name: "password", default: "{{secrets.password}}" };
  const group = groupInputSchema.parse({
    name: "Log in",
    parameters: [{ name: "user" }, password],
    steps: [],
  });
  await createGroup(as.bob, project.id, group);
  const testCase = await makeTestCase(as.bob, project.id, {
    name: "Calls",
    steps: [{ type: "group", group: "Gone", with: { old: "value" } }],
  });
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/test-cases/${testCase.id}?step=1`);
    assert.match(await textOf(page, "#f-called-group"), /Gone \(there is no such group\)/);
    assert.match(await textOf(page, "#f-with-old-hint"), /no such parameter/);
    await swap(page, () => page.select("#f-called-group", "Log in"));
    assert.equal(await textOf(page, "#f-with-user-hint"), "Needs a value.");
    assert.equal(await textOf(page, "#f-with-password-hint"), "Without a value: {{secrets.password}}");
    await page.type("#f-with-user", "{{name}}");
    await page.$eval("#f-with-old", (field) => {
      (field as HTMLInputElement).value = "";
    });
    assert.deepEqual(await axeFaults(page), []);
    await leave(page, () => page.click("[data-save]"));
    const { steps } = await getTestCase(as.bob, testCase.id);
    assert.deepEqual(steps, [{ type: "group", group: "Log in", with: { user: "{{name}}" } }]);
  });
});
