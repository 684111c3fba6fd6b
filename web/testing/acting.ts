import type { Page } from "puppeteer";

/** Presses a button and waits until htmx has put in the answer. */
export async function swap(page: Page, press: () => Promise<unknown>): Promise<void> {
  await page.evaluate(
    "window.swaps = (window.swaps ?? 0); document.addEventListener('htmx:afterSettle', () => window.swaps++, { once: true })",
  );
  const before = Number(await page.evaluate("window.swaps"));
  await press();
  await page.waitForFunction(`window.swaps > ${before}`);
}

/** Presses the button of an editor's form that stands for the operation. */
export const clickOp = (page: Page, op: string) =>
  page.evaluate(`document.querySelector('button[name=op][value="${op}"]').click()`);

/** Presses what leads to another page and waits until it is there. */
export async function leave(page: Page, press: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), press()]);
}

/** Writes into a field in place of what it holds. */
export async function type(page: Page, selector: string, text: string): Promise<void> {
  await page.$eval(selector, (element) => {
    (element as HTMLInputElement).value = "";
  });
  await page.type(selector, text);
}
