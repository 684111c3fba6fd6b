import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import puppeteer, { type Browser, type Page } from "puppeteer";
import type { Person } from "../../api/testing/app.ts";
import { findBrowser } from "../../worker/browser/testing/find-browser.ts";
import type { TestSite } from "./server.ts";

export async function startBrowser(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: await findBrowser(),
    // Chromium refuses its sandbox to root.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

export type WatchedPage = {
  page: Page;
  /** Everything that the browser complained about: console errors, thrown errors, refused by the policy. */
  complaints: string[];
  close(): Promise<void>;
};

/** A page of its own context, signed in as somebody. */
export async function openPage(
  browser: Browser,
  { origin, t }: TestSite,
  who: Person | null,
  { width = 1440, dark = false }: { width?: number; dark?: boolean } = {},
): Promise<WatchedPage> {
  const context = await browser.createBrowserContext();
  if (who) {
    const [name = "", value = ""] = (await t.cookie(who)).split("=");
    await context.setCookie({ name, value, domain: new URL(origin).hostname, path: "/" });
  }
  const page = await context.newPage();
  await page.setViewport({ width, height: width < 500 ? 844 : 900 });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: dark ? "dark" : "light" },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warn") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { page, complaints, close: () => context.close() };
}

let axeSource: Promise<string> | null = null;

/** What axe-core finds of serious and critical faults, as lines: the rule, and where. */
export async function axeFaults(page: Page): Promise<string[]> {
  axeSource ??= readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(await axeSource);
  const results = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as AxeResults;
  return results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`),
    );
}

/** Runs `work` on a page of Bob's, who writes tests; whatever the browser complains about fails the test. */
export async function onBobsPage(
  browser: Browser,
  site: TestSite,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const { page, complaints, close } = await openPage(browser, site, "bob");
  page.setDefaultTimeout(10_000);
  try {
    await work(page);
    // A refused form is reported by the browser as a failed resource.
    assert.deepEqual(
      complaints.filter((text) => !/status of 4(09|22)/.test(text)),
      [],
    );
  } finally {
    await close();
  }
}
