// The limit, a process of its own: the same cases as a plain script.   node --import tsx ops/bench/runner/puppeteer-side.ts PLAN RESULT

import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import puppeteer, { type Browser, type Page } from "puppeteer";
import type { Act, BenchCase } from "./cases.ts";

export type PuppeteerPlan = { cases: BenchCase[]; siteUrl: string; executablePath: string; workers: number };

/** Puppeteer's public interface, a warm browser for each worker and a fresh context for each case; nothing is kept. */
async function main(planPath: string, resultPath: string): Promise<void> {
  const plan = JSON.parse(readFileSync(planPath, "utf8")) as PuppeteerPlan;
  const { executablePath, workers } = plan;
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const launch = () => puppeteer.launch({ executablePath, headless: "shell", pipe: true, args });
  const browsers = await Promise.all(Array.from({ length: workers }, launch));
  const left = [...plan.cases];
  const times: number[] = [];
  const failed: string[] = [];
  const began = performance.now();
  await Promise.all(
    browsers.map(async (browser) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const from = performance.now();
        await runCase(browser, next, plan.siteUrl).catch((error: unknown) =>
          failed.push(`${next?.name}: ${error}`),
        );
        times.push(performance.now() - from);
      }
    }),
  );
  const ms = performance.now() - began;
  await Promise.all(browsers.map((browser) => browser.close()));
  writeFileSync(resultPath, JSON.stringify({ ms, passed: plan.cases.length - failed.length, failed, times }));
}

async function runCase(browser: Browser, { acts }: BenchCase, siteUrl: string): Promise<void> {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.setViewport({ width: 1280, height: 720 });
    for (const act of acts) await perform(page, act, siteUrl);
  } finally {
    await context.close();
  }
}

async function perform(page: Page, act: Act, siteUrl: string): Promise<void> {
  switch (act.do) {
    case "open":
      await page.goto(new URL(act.path, siteUrl).href);
      return;
    case "click":
    case "check":
      return page.locator(selectorOf(act)).click();
    case "fill":
      // Filling in nothing would do nothing.
      if (act.value === "") return clear(page, selectorOf(act));
      return page.locator(selectorOf(act)).fill(act.value);
    case "select":
      return page.locator(selectorOf(act)).fill(act.value);
    case "visible":
      await page.waitForSelector(selectorOf(act), { visible: true });
      return;
    case "text":
      return holds(
        page,
        selectorOf(act),
        (element, value) => (element.textContent ?? "").includes(value),
        act.value,
      );
    case "value":
      return holds(
        page,
        selectorOf(act),
        (element, value) => (element as HTMLInputElement).value === value,
        act.value,
      );
    case "count":
      return until(async () => (await page.$$(selectorOf(act))).length === act.count);
    case "path":
      return until(async () => new URL(page.url()).pathname === act.path);
    case "title":
      return until(async () => (await page.title()) === act.title);
  }
}

async function clear(page: Page, selector: string): Promise<void> {
  await page.locator(selector).click({ count: 3 });
  await page.keyboard.press("Backspace");
}

function holds(
  page: Page,
  selector: string,
  check: (element: Element, value: string) => boolean,
  value: string,
) {
  return until(async () => {
    const element = await page.$(selector);
    return element !== null && (await element.evaluate(check, value));
  });
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await isSo().catch(() => false))) {
    assert(performance.now() < deadline, "not within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function selectorOf(act: Extract<Act, { at: unknown }>): string {
  const { at } = act;
  if ("role" in at)
    return at.name === "" ? `[role="${at.role}"]` : `::-p-aria([name="${at.name}"][role="${at.role}"])`;
  if ("label" in at) return `::-p-aria([name="${at.label}"])`;
  return "testId" in at ? `[data-testid="${at.testId}"]` : at.css;
}

const [planPath, resultPath] = process.argv.slice(2);
if (planPath === undefined || resultPath === undefined)
  throw new Error("give the plan's and the result's file");
await main(planPath, resultPath);
