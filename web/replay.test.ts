import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Frame, Page } from "puppeteer";
import { Bench, type Finished, type Written } from "../worker/browser/testing/run.ts";
import { type Site, startSite as startPages } from "../worker/browser/testing/site.ts";
import { closeBrowsers } from "../worker/browser/thread.ts";
import { axeFaults, openPage, startBrowser } from "./testing/browser.ts";
import { makeRecorded } from "./testing/recorded.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;
let bench: Bench;
let pages: Site;

before(async () => {
  [site, browser, bench, pages] = await Promise.all([
    startSite(),
    startBrowser(),
    Bench.open(),
    startPages(),
  ]);
});

after(async () => {
  await browser?.close();
  await closeBrowsers();
  await bench?.close();
  await pages?.close();
  await site?.close();
});

function record(steps: Written[]): Promise<Finished> {
  return bench.run(steps, { baseUrl: pages.url, evidence: { replay: "on" } });
}

/** The frame that the recorded page is built in. */
async function shown(page: Page | Frame): Promise<Frame> {
  const handle = await page.waitForSelector(".replayer-wrapper iframe", { timeout: 20_000 });
  const frame = await handle?.contentFrame();
  assert.ok(frame);
  return frame;
}

const textOf = (page: Page, text: string, within = ".replayer-wrapper iframe") =>
  page.waitForFunction(
    (selector, wanted) => {
      const frame = document.querySelector<HTMLIFrameElement>(selector);
      return frame?.contentDocument?.body?.textContent?.includes(wanted) ?? false;
    },
    { timeout: 20_000 },
    within,
    text,
  );

test("a recording can be gone through step by step, back and forth, with the log in time", async () => {
  const run = await record([
    { type: "goto", url: "/form" },
    { type: "fill", target: "css=#name", value: "Ann Example" },
    { type: "click", target: 'role=button[name="Shift"]' },
    { type: "evaluate", script: "console.log('said after the click')" },
    { type: "goto", url: "/next" },
  ]);
  const execution = await makeRecorded(site.t, run);
  const { page, complaints, close } = await openPage(browser, site, "alice");
  await page.goto(`${site.origin}/executions/${execution.id}/replay?attempt=1&at=0`);
  await shown(page);
  const current = () => page.$eval('[aria-current="step"]', (step) => step.textContent ?? "");
  const later = () => page.$$eval("[data-replay-lines] > .is-later", (rows) => rows.length);
  assert.ok((await later()) > 0);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await textOf(page, "shift false");
  assert.match(await current(), /Shift/);
  const value = await (await shown(page)).$eval("#name", (input) => (input as HTMLInputElement).value);
  assert.equal(value, "Ann Example");
  await page.keyboard.press("End");
  await textOf(page, "Below");
  assert.equal(await later(), 0);
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  await textOf(page, "shift false");
  assert.match(await current(), /Shift/);
  await page.select("#replay-speed", "8");
  await page.click('[data-replay-do="play"]');
  await textOf(page, "Below");
  assert.deepEqual(await axeFaults(page), []);
  assert.deepEqual(complaints, []);
  await close();
});

test("nothing of a hostile page runs or loads in the player", async () => {
  const run = await record([
    { type: "goto", url: "/replay/hostile" },
    { type: "fill", target: "css=#name", value: "typed" },
  ]);
  const execution = await makeRecorded(site.t, run);
  const { page, complaints, close } = await openPage(browser, site, "alice");
  pages.requests.length = 0;
  await page.goto(`${site.origin}/executions/${execution.id}/replay`);
  const frame = await shown(page);
  await textOf(page, "Hostile");
  const element = await frame.frameElement();
  assert.equal(await element?.evaluate((iframe) => iframe.getAttribute("sandbox")), "allow-same-origin");
  const active = await frame.$$eval("*", (all) =>
    all.flatMap((one) =>
      [...one.attributes].filter(({ name, value }) => /^on/i.test(name) || /^javascript:/i.test(value)),
    ),
  );
  assert.deepEqual(active, []);
  assert.deepEqual(pages.requests, []);
  assert.deepEqual(complaints, []);
  await close();
});

test("what a hostile recording carries is stopped by the policy of the player as well", async () => {
  const run = await record([{ type: "goto", url: "/next" }]);
  const execution = await makeRecorded(site.t, run);
  const { page, close } = await openPage(browser, site, "alice");
  pages.requests.length = 0;
  await page.goto(`${site.origin}/executions/${execution.id}/replay`);
  const frame = await shown(page);
  await textOf(page, "Next");
  await page.evaluate((url) => {
    const inner = document.querySelector<HTMLIFrameElement>(".replayer-wrapper iframe")?.contentDocument;
    const html = `<img src="${url}/a.png" onerror="parent.ran = 1"><style>@import "${url}/b.css";
      body { background: url(${url}/c.png) }</style><iframe srcdoc="<script>top.ran = 1</script>"></iframe>
      <iframe src="${url}/d"></iframe><script>parent.ran = 1</script><a href="javascript:parent.ran = 1">x</a>`;
    inner?.body.insertAdjacentHTML("beforeend", html);
    inner?.querySelector("a")?.click();
  }, pages.url);
  await frame.waitForSelector("img");
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 200))));
  assert.equal(await page.evaluate("window.ran"), undefined);
  assert.deepEqual(pages.requests, []);
  await close();
});

test("the page around seeks by message and is told the time; others are not listened to", async () => {
  const run = await record([
    { type: "goto", url: "/form" },
    { type: "fill", target: "css=#name", value: "Ann" },
    { type: "goto", url: "/next" },
  ]);
  const execution = await makeRecorded(site.t, run);
  const { page, close } = await openPage(browser, site, "alice");
  await page.goto(`${site.origin}/projects`);
  await page.evaluate((path) => {
    const told: unknown[] = [];
    Object.assign(window, { told });
    addEventListener("message", (event) => told.push({ ...event.data, origin: event.origin }));
    const frame = Object.assign(document.createElement("iframe"), { src: path, id: "player" });
    document.body.append(frame);
  }, `/executions/${execution.id}/replay?attempt=1`);
  const handle = await page.waitForSelector("#player");
  const player = await handle?.contentFrame();
  assert.ok(player);
  await shown(player);
  const [filled] = run.of("step-finished").filter(({ step }) => step === 1);
  const at = Date.parse(filled?.at ?? "");
  await page.evaluate((wanted) => {
    document
      .querySelector<HTMLIFrameElement>("#player")
      ?.contentWindow?.postMessage({ type: "verdict-seek", at: wanted }, location.origin);
  }, at);
  await page.waitForFunction(
    (wanted) =>
      (globalThis as unknown as { told: { type: string; at: number }[] }).told.at(-1)?.at === wanted,
    { timeout: 20_000 },
    at,
  );
  const last = await page.evaluate("told.at(-1)");
  assert.deepEqual(last, { type: "verdict-time", at, origin: site.origin });
  await player.evaluate((wanted) => postMessage({ type: "verdict-seek", at: wanted }), at - 10_000);
  await player.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  assert.equal(await page.evaluate("told.at(-1).at"), at);
  await close();
});

test("a frame of another origin is shown in its place", async () => {
  const run = await record([
    { type: "goto", url: "/replay/frames" },
    { type: "expectText", target: "frame=#other >> css=p", text: "Inside, later" },
    { type: "waitFor", ms: 1_000 },
  ]);
  const execution = await makeRecorded(site.t, run);
  const { page, close } = await openPage(browser, site, "alice");
  await page.goto(`${site.origin}/executions/${execution.id}/replay`);
  await shown(page);
  await page.keyboard.press("End");
  await page.waitForFunction(
    () => {
      const around = document.querySelector<HTMLIFrameElement>(".replayer-wrapper iframe")?.contentDocument;
      return ["#other", "#same"].every((id) =>
        around
          ?.querySelector<HTMLIFrameElement>(id)
          ?.contentDocument?.body?.textContent?.includes("Inside, later"),
      );
    },
    { timeout: 20_000 },
  );
  await close();
});

test("pictures of the recorded page are shown from the recording itself", async () => {
  const run = await record([
    { type: "goto", url: "/replay/picture" },
    { type: "expectVisible", target: "css=#picture" },
  ]);
  const execution = await makeRecorded(site.t, run);
  const { page, complaints, close } = await openPage(browser, site, "alice");
  pages.requests.length = 0;
  await page.goto(`${site.origin}/executions/${execution.id}/replay`);
  const frame = await shown(page);
  const picture = await frame.waitForSelector("#picture");
  await page.waitForFunction(
    () =>
      document
        .querySelector<HTMLIFrameElement>(".replayer-wrapper iframe")
        ?.contentDocument?.querySelector<HTMLImageElement>("#picture")?.naturalWidth === 33,
    { timeout: 20_000 },
  );
  assert.match(
    (await picture?.evaluate((img) => img.getAttribute("src"))) ?? "",
    /^data:image\/svg\+xml;base64,/,
  );
  const back = await frame.$eval("#back", (div) => getComputedStyle(div).backgroundImage);
  assert.match(back, /^url\("data:image\/svg\+xml/);
  assert.deepEqual(pages.requests, []);
  assert.deepEqual(complaints, []);
  await close();
});

test("a replay is for those who may read the execution, and says when there is none", async () => {
  const execution = await makeRecorded(site.t, await bench.run([{ type: "goto", url: pages.url }]));
  const path = `/executions/${execution.id}/replay`;
  const own = await fetch(site.origin + path, { headers: { cookie: await site.t.cookie("alice") } });
  assert.equal(own.status, 200);
  assert.match(await own.text(), /No replay was kept of this attempt/);
  assert.match(own.headers.get("content-security-policy") ?? "", /frame-ancestors 'self'/);
  const foreign = await fetch(site.origin + path, { headers: { cookie: await site.t.cookie("charlie") } });
  assert.equal(foreign.status, 404);
  const nobody = await fetch(site.origin + path, { redirect: "manual" });
  assert.equal(nobody.status, 303);
});
