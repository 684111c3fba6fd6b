import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import { getTestCase, updateTestCase } from "../db/services/test-cases.ts";
import { listVersions } from "../db/services/versions.ts";
import { makeTestCase } from "../db/testing/factories.ts";
import { clickOp, leave, swap, type } from "./testing/acting.ts";
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

const asBob = (work: (page: Page) => Promise<void>) => onBobsPage(browser, site, work);

test("steps are added, corrected where they are wrong, moved by key, and saved as a version", async () => {
  const made = await makeTestCase(site.t.world.as.alice, site.t.world.project.id);
  await asBob(async (page) => {
    await page.goto(`${site.origin}/test-cases/${made.id}`);
    await swap(page, () => clickOp(page, "add:click:1"));
    const focused = await page.evaluate("document.activeElement.name");
    assert.equal(focused, "f.target", "the first field of a new step has the focus");
    await page.keyboard.type("role=");
    await swap(page, () => clickOp(page, "add:expectText:2"));
    await type(page, '[name="f.target"]', "role=heading");
    await page.type('[name="f.text"]', "Welcome");

    await swap(page, () => page.click(".save-bar [data-save]"));
    const fault = await page.$eval(".edit-step.is-open .field-error", (element) => element.textContent);
    assert.equal(fault, "nothing stands after role=");
    assert.equal(
      await page.$eval(".edit-step.is-open", (element) => element.id),
      "step-2",
      "the faulty step is open",
    );
    assert.match(
      await page.$eval("[role=alert]", (element) => element.textContent ?? ""),
      /steps\.1\.target/,
    );
    assert.deepEqual(await axeFaults(page), [], "the form with faults is accessible");

    await type(page, '[name="f.target"]', "role=link");
    await swap(page, () => clickOp(page, "spare:target"));
    await page.keyboard.type("css=a.more");
    await page.focus("#open-1");
    await page.keyboard.down("Alt");
    await swap(page, () => page.keyboard.press("ArrowUp"));
    await page.keyboard.up("Alt");
    assert.equal(await page.evaluate("document.activeElement.id"), "open-0", "the focus goes with the step");
    await page.type('[name="message"]', "The welcome page");
    await leave(page, () => page.click("[data-save]"));
    assert.match(
      await page.$eval("[role=status]", (element) => element.textContent ?? ""),
      /Saved as version 2/,
    );
  });
  const saved = await getTestCase(site.t.world.as.alice, made.id);
  assert.deepEqual(saved.steps, [
    { type: "click", target: ["role=link", "css=a.more"] },
    { type: "goto", url: "/" },
    { type: "expectText", target: "role=heading", text: "Welcome" },
  ]);
  const versions = await listVersions(site.t.world.as.alice, made.id, { limit: 10 });
  assert.equal(versions.items[0]?.message, "The welcome page");
});

test("steps are duplicated, disabled, deleted and dragged; nothing is lost on the way", async () => {
  const steps = ["/a", "/b", "/c"].map((url) => ({ type: "goto" as const, url }));
  const made = await makeTestCase(site.t.world.as.alice, site.t.world.project.id, { steps });
  await asBob(async (page) => {
    await page.goto(`${site.origin}/test-cases/${made.id}`);
    await swap(page, () => clickOp(page, "copy:0"));
    await swap(page, () => clickOp(page, "toggle:1"));
    await swap(page, () => clickOp(page, "delete:2"));
    const grip = await page.$("[data-step='2'] .grip");
    const first = await page.$("[data-step='0']");
    const to = await first?.boundingBox();
    assert.ok(grip && to);
    const from = await grip.boundingBox();
    assert.ok(from);
    await swap(page, async () => {
      await page.mouse.move(from.x + 8, from.y + 12);
      await page.mouse.down();
      await page.mouse.move(to.x + 60, to.y + 20, { steps: 5 });
      await page.mouse.move(to.x + 60, to.y + 4, { steps: 3 });
      await page.mouse.up();
    });
    await leave(page, () => page.click("[data-save]"));
  });
  const saved = await getTestCase(site.t.world.as.alice, made.id);
  assert.deepEqual(saved.steps, [
    { type: "goto", url: "/c" },
    { type: "goto", url: "/a" },
    { type: "goto", url: "/a", disabled: true },
  ]);
});

test("branches and loops are edited as steps: put in, filled, moved in and out by key, and corrected where they are wrong", async () => {
  const made = await makeTestCase(site.t.world.as.alice, site.t.world.project.id);
  await asBob(async (page) => {
    await page.goto(`${site.origin}/test-cases/${made.id}`);
    await swap(page, () => clickOp(page, "add:if:1"));
    await type(page, '[name="f.visible"]', "css=.banner");
    await swap(page, () => clickOp(page, "add:click:1.then.0"));
    const focused = await page.evaluate("document.activeElement.name");
    assert.equal(focused, "f.target", "the first field of the step inside has the focus");
    await page.keyboard.type("role=");
    await swap(page, () => page.click(".save-bar [data-save]"));
    assert.equal(
      await page.$eval(".edit-step.is-open", (element) => element.id),
      "step-2-then-1",
      "the faulty step inside is open",
    );
    assert.deepEqual(await axeFaults(page), []);
    await type(page, '[name="f.target"]', "text=Accept");
    await swap(page, () => clickOp(page, "add:reload:2"));
    await page.focus("#open-2");
    await page.keyboard.down("Alt");
    await swap(page, () => page.keyboard.press("ArrowRight"));
    await page.keyboard.up("Alt");
    assert.equal(await page.evaluate("document.activeElement.id"), "open-1-else-0");
    await swap(page, () => clickOp(page, "copy:1.else.0"));
    await page.focus("#open-1-else-1");
    await page.keyboard.down("Alt");
    await swap(page, () => page.keyboard.press("ArrowLeft"));
    await page.keyboard.up("Alt");
    assert.equal(await page.evaluate("document.activeElement.id"), "open-2", "the focus goes with the step");
    await leave(page, () => page.click("[data-save]"));
  });
  const saved = await getTestCase(site.t.world.as.alice, made.id);
  const branch = {
    type: "if",
    visible: "css=.banner",
    // biome-ignore lint/suspicious/noThenProperty: the word of the language
    then: [{ type: "click", target: "text=Accept" }],
    else: [{ type: "reload" }],
  };
  assert.deepEqual(JSON.parse(JSON.stringify(saved.steps)), [
    { type: "goto", url: "/" },
    branch,
    { type: "reload" },
  ]);
});

test("who was overtaken sees it, loses nothing, and may save on top", async () => {
  const made = await makeTestCase(site.t.world.as.alice, site.t.world.project.id);
  await asBob(async (page) => {
    await page.goto(`${site.origin}/test-cases/${made.id}?step=1`);
    await type(page, '[name="f.url"]', "/mine");
    await updateTestCase(site.t.world.as.alice, made.id, { steps: [{ type: "goto", url: "/theirs" }] });
    await swap(page, () => page.click("[data-save]"));
    assert.match(
      await page.$eval("[role=alert]", (element) => element.textContent ?? ""),
      /Version 2 was saved while you were editing version 1/,
    );
    assert.equal(
      await page.$eval('[name="f.url"]', (element) => (element as HTMLInputElement).value),
      "/mine",
    );
    await leave(page, () => page.click('button[value="overwrite:2"]'));
  });
  const saved = await getTestCase(site.t.world.as.alice, made.id);
  assert.equal(saved.version, 3);
  assert.deepEqual(saved.steps, [{ type: "goto", url: "/mine" }]);
});

test("YAML that is wrong is refused with the place of the fault, and saved once it is right", async () => {
  const made = await makeTestCase(site.t.world.as.alice, site.t.world.project.id);
  await asBob(async (page) => {
    await page.goto(`${site.origin}/test-cases/${made.id}/yaml`);
    await page.$eval("#yaml", (element) => {
      (element as HTMLTextAreaElement).value =
        "name: From a file\nsteps:\n  - goto: /\n  - click:\n      target: role=\n";
    });
    await leave(page, () => page.click(".save-bar .btn-primary"));
    assert.match(
      await page.$eval("[role=alert]", (element) => element.textContent ?? ""),
      /steps\.1\.target/,
    );
    await page.$eval("#yaml", (element) => {
      const area = element as HTMLTextAreaElement;
      area.value = area.value.replace("role=", "role=button");
    });
    await leave(page, () => page.click(".save-bar .btn-primary"));
  });
  const saved = await getTestCase(site.t.world.as.alice, made.id);
  assert.equal(saved.name, "From a file");
  assert.deepEqual(saved.steps[1], { type: "click", target: "role=button" });
});
