// Shows the dashboard with data in it:  npm test's PostgreSQL or VERDICT_TEST_PG_OWNER_URL, then
//   node --import tsx web/testing/preview.ts             stays up and prints the address
//   node --import tsx web/testing/preview.ts FOLDER [part-of-a-name]   takes pictures of every page
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer";
import { findBrowser } from "../../worker/browser/testing/find-browser.ts";
import { pagesOf } from "./page-list.ts";
import { type SeedPicture, seedAll } from "./seed.ts";
import { startSite, type TestSite } from "./server.ts";

const [folder, only = ""] = process.argv.slice(2);
const site = await startSite();
const browser = await puppeteer.launch({
  executablePath: await findBrowser(),
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  const seed = await seedAll(site.t, await takePictures(browser));
  const pages = pagesOf(seed).filter(({ name }) => name.includes(only));
  if (folder) await shootAll(folder, pages);
  else {
    const cookie = await site.t.cookie("root");
    process.stdout.write(
      `${site.origin}\nCookie: ${await site.t.cookie("alice")} (alice), ${cookie} (root)\n`,
    );
    for (const { name, path } of pages) process.stdout.write(`${name.padEnd(24)} ${site.origin}${path}\n`);
    await new Promise((resolve) => process.once("SIGINT", resolve));
  }
} finally {
  await browser.close();
  await site.close();
}

async function shootAll(into: string, pages: ReturnType<typeof pagesOf>): Promise<void> {
  mkdirSync(into, { recursive: true });
  for (const theme of ["light", "dark"] as const) {
    for (const width of [1440, 390]) {
      for (const { name, path, who } of pages) {
        const page = await open(browser, site, who);
        await page.setViewport({ width, height: width === 390 ? 844 : 900 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
        await page.goto(`${site.origin}${path}`, { waitUntil: "load" });
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: join(into, `${name}-${width}-${theme}.png`), fullPage: true });
        await page.browserContext().close();
      }
    }
  }
}

async function open(
  from: Browser,
  { origin, t }: TestSite,
  who: "alice" | "root" | "dora" | null,
): Promise<Page> {
  const context = await from.createBrowserContext();
  const page = await context.newPage();
  if (who) {
    const [name = "", value = ""] = (await t.cookie(who)).split("=");
    await context.setCookie({ name, value, domain: new URL(origin).hostname, path: "/" });
  }
  return page;
}

/** Pictures of a small shop, so that the panes show something like what they are made for. */
async function takePictures(from: Browser): Promise<SeedPicture[]> {
  const page = await from.newPage();
  await page.setViewport({ width: 1280, height: 720 });
  const style =
    "body{font:18px Arial;margin:0;background:#fafafa;color:#222}header{background:#14532d;color:#fff;padding:20px 240px}" +
    "h1{position:absolute;left:240px;top:120px;margin:0;font-size:36px}button{position:absolute;background:#14532d;color:#fff;border:0;font-size:18px;border-radius:6px}" +
    "input{position:absolute;left:240px;width:400px;height:40px;font-size:18px;box-sizing:border-box}";
  const bodies = [
    "<h1>Good coffee</h1><button style='left:880px;top:300px;width:160px;height:40px'>Add to cart</button>",
    "<h1>Your cart</h1><input style='top:300px' value='ada@example.com'><button style='left:880px;top:300px;width:160px;height:40px'>Add to cart</button>",
    "<h1>Payment</h1><input style='top:300px' value='ada@example.com'><input style='top:380px' type=password value=secret><button style='left:240px;top:460px;width:160px;height:44px'>Pay now</button>",
    "<h1>Your card was declined</h1><p style='position:absolute;left:240px;top:180px'>Please choose another way to pay.</p>",
  ];
  const pictures: SeedPicture[] = [];
  for (const body of bodies) {
    await page.setContent(`<style>${style}</style><header>Roastery</header>${body}`);
    const bytes = await page.screenshot({ type: "jpeg", quality: 75 });
    pictures.push({ bytes, contentType: "image/jpeg", width: 1280, height: 720 });
  }
  await page.close();
  return pictures;
}
