import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eq } from "drizzle-orm";
import type { Browser, Page } from "puppeteer";
import { addEvents, logEvent } from "../api/testing/fixture.ts";
import type { EventBody } from "../db/domain/events.ts";
import type { Execution } from "../db/domain/resources.ts";
import { attempts, executions } from "../db/schema/runs.ts";
import { setTenant } from "../db/services/context.ts";
import { getExecution, listLogs } from "../db/services/executions.ts";
import { notifyExecution } from "../db/services/live.ts";
import { openPage, startBrowser } from "./testing/browser.ts";
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

const sequences = (page: Page) =>
  page.$$eval("#log > li", (rows) => rows.map((row) => Number((row as HTMLElement).dataset.seq)));

async function lastSeq(id: string): Promise<number> {
  const { items } = await listLogs(site.t.world.as.alice, id, { after: 0, limit: 1_000 });
  return items.at(-1)?.seq ?? 0;
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

const live = (page: Page) =>
  page.waitForFunction("document.querySelector('[data-live-chip]')?.dataset.state === 'live'", {
    timeout: 10_000,
  });
const shows = (page: Page, seq: number) =>
  page.waitForSelector(`#log > li[data-seq="${seq}"]`, { timeout: 10_000 });

test("a running log grows line by line: in order, without a gap, each line once, also over a lost connection", async () => {
  const execution = await getExecution(site.t.world.as.alice, seed.liveId);
  const { page, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/executions/${execution.id}`);
    await live(page);
    let seq = await lastSeq(execution.id);
    for (let burst = 0; burst < 5; burst++) {
      const bodies = upTo(40).map((line) => logEvent(`burst ${burst} line ${line}`));
      await addEvents(site.t, execution, seq + 1, bodies);
      seq += bodies.length;
    }
    await shows(page, seq);
    assert.deepEqual(await sequences(page), upTo(seq));

    await page.setOfflineMode(true);
    await addEvents(site.t, execution, seq + 1, [logEvent("said while nobody listened")]);
    seq += 1;
    await page.setOfflineMode(false);
    await addEvents(site.t, execution, seq + 1, [logEvent("and afterwards")]);
    seq += 1;
    await shows(page, seq);
    assert.deepEqual(await sequences(page), upTo(seq));
  } finally {
    await close();
  }
});

test("who scrolled up to read is not pulled down, who reads the end follows it", async () => {
  const execution = await getExecution(site.t.world.as.alice, seed.liveId);
  const { page, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/executions/${execution.id}`);
    await live(page);
    const first = (await lastSeq(execution.id)) + 1;
    await addEvents(
      site.t,
      execution,
      first,
      upTo(60).map((line) => logEvent(`line ${line}`)),
    );
    await shows(page, first + 59);
    const atEnd = await page.$eval(
      "[data-log-scroll]",
      (box) => box.scrollHeight - box.scrollTop - box.clientHeight,
    );
    assert.ok(atEnd < 32, `the end is shown (${atEnd} px off)`);
    await page.$eval("[data-log-scroll]", (box) => box.scrollTo(0, 40));
    await addEvents(site.t, execution, first + 60, [logEvent("more")]);
    await shows(page, first + 60);
    assert.equal(await page.$eval("[data-log-scroll]", (box) => box.scrollTop), 40);
  } finally {
    await close();
  }
});

test("a step that is looked at stays selected while others finish", async () => {
  const execution = await getExecution(site.t.world.as.alice, seed.liveId);
  const { page, complaints, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/executions/${execution.id}`);
    await live(page);
    await page.click("#s-2");
    await page.waitForFunction("location.search === '?step=2'");
    await page.keyboard.press("j");
    await page.waitForFunction("location.search === '?step=3'");
    const seq = (await lastSeq(execution.id)) + 1;
    await addEvents(site.t, execution, seq, [finished(5, "passed")]);
    await page.waitForSelector('#s-6[data-run-step="passed"]', { timeout: 10_000 });
    assert.equal(await page.$eval('[data-run-step][aria-current="step"]', (element) => element.id), "s-3");
    assert.equal(await page.evaluate("document.activeElement.id"), "s-3", "the focus stays where it was");
    assert.deepEqual(complaints, []);
  } finally {
    await close();
  }
});

test("what is inside of a step appears while it runs, and what somebody folded stays folded", async () => {
  const execution = await getExecution(site.t.world.as.alice, seed.liveId);
  const { page, complaints, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/executions/${execution.id}?step=1`);
    await live(page);
    const round = (number: number, index: number, type: "step-started" | "step-finished"): EventBody => {
      const inside = { path: `6.round-${number}.${index}`, depth: 1 };
      if (type === "step-finished") return { ...finished(6, "passed"), ...inside };
      return { type, step: 6, stepType: "click", title: "Inside", ...inside };
    };
    const seq = (await lastSeq(execution.id)) + 1;
    await addEvents(site.t, execution, seq, [round(1, 0, "step-started"), round(1, 0, "step-finished")]);
    await page.waitForSelector('#s-7-round-1-1[data-run-step="passed"]', { timeout: 20_000 });
    await page.evaluate("document.querySelector('#b-6-round-1').open = true");
    await addEvents(site.t, execution, seq + 2, [round(2, 0, "step-started")]);
    await page.waitForSelector("#s-7-round-2-1", { timeout: 20_000 });
    const open = "[...document.querySelectorAll('details.branch')].map(({ open }) => open)";
    assert.deepEqual(await page.evaluate(open), [true, true], "opened by hand, and under way");
    await page.evaluate("document.querySelector('#b-6-round-1').open = false");
    await addEvents(site.t, execution, seq + 3, [round(2, 0, "step-finished")]);
    await page.waitForSelector('#s-7-round-2-1[data-run-step="passed"]', { timeout: 20_000 });
    assert.deepEqual(await page.evaluate(open), [false, true]);
    assert.equal(await page.$eval('[data-run-step][aria-current="step"]', ({ id }) => id), "s-1");
    assert.deepEqual(complaints, []);
  } finally {
    await close();
  }
});

test("a failure is seen from another tab: the title and the icon of the page change, and following ends", async () => {
  const execution = await getExecution(site.t.world.as.alice, seed.liveId);
  const { page, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/executions/${execution.id}`);
    await live(page);
    const failure = { code: "text", message: "it said no", detail: null, step: 7 };
    const seq = (await lastSeq(execution.id)) + 1;
    await conclude(execution, failure);
    await addEvents(site.t, execution, seq, [
      finished(7, "failed"),
      { type: "attempt-finished", status: "failed", failure, durationMs: 5 },
      { type: "execution-finished", status: "failed", failure },
    ]);
    await page.waitForFunction("document.title.startsWith('failed: ')", { timeout: 10_000 });
    assert.match(
      await page.$eval('link[rel="icon"]', (link) => (link as HTMLLinkElement).href),
      /icon-bad\.svg/,
    );
    await shows(page, seq + 2);
    assert.deepEqual(await sequences(page), upTo(seq + 2));
    assert.match(
      await page.$eval(".diagnosis", (element) => element.textContent ?? ""),
      /Step 8: it said no/,
    );
    assert.equal(
      await page.$eval('[data-run-step][aria-current="step"]', (element) => element.id),
      "s-8",
      "the failed step is shown",
    );
    assert.equal(await page.$("[data-live-chip]"), null);
  } finally {
    await close();
  }
});

test("the keys of the result page go to the failed step and to the failures beside it", async () => {
  const { page, close } = await openPage(browser, site, "alice");
  try {
    await page.goto(`${site.origin}/executions/${seed.failedId}?step=1`);
    await page.keyboard.press("f");
    await page.waitForFunction("location.search === '?step=8'");
    await page.waitForSelector('#s-8[aria-current="step"]');
    await page.keyboard.press("k");
    await page.waitForFunction("location.search === '?step=7'");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("]")]);
    assert.notEqual(new URL(page.url()).pathname, `/executions/${seed.failedId}`);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("[")]);
    assert.equal(new URL(page.url()).pathname, `/executions/${seed.failedId}`);
    await page.goBack();
    await page.waitForSelector(".panes");
  } finally {
    await close();
  }
});

function finished(step: number, status: "passed" | "failed"): EventBody {
  return {
    type: "step-finished",
    step,
    stepType: "click",
    title: `Step ${step + 1}`,
    status,
    durationMs: 12,
    failure: status === "failed" ? { code: "text", message: "it said no", detail: null, step } : null,
    target: null,
    screenshotId: null,
  };
}

async function conclude(
  execution: Execution,
  failure: { code: string; message: string; detail: string | null; step: number },
) {
  const { db } = site.t.deps;
  const ended = { failure, finishedAt: new Date() };
  await db.orm.transaction(async (tx) => {
    await setTenant(tx, [execution.organizationId], null);
    await tx
      .update(attempts)
      .set({ status: "failed", ...ended })
      .where(eq(attempts.executionId, execution.id));
    await tx
      .update(executions)
      .set({ status: "failed", ...ended })
      .where(eq(executions.id, execution.id));
  });
  await notifyExecution(db, execution.id, execution.runId, execution.projectId);
}
