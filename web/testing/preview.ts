// Shows the dashboard with data in it:  npm test's PostgreSQL or VERDICT_TEST_PG_OWNER_URL, then
//   node --import tsx web/testing/preview.ts             stays up and prints the address
//   node --import tsx web/testing/preview.ts FOLDER [part-of-a-name]   takes pictures of every page, and says what axe finds
// With VERDICT_PREVIEW_EXECUTIONS=100000 also a project with so many, and how long its pages take; with
// VERDICT_PREVIEW_PEOPLE=5000 so many accounts, members, invitations, organizations and lines of the audit.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "puppeteer";
import { axeFaults, openPage, startBrowser } from "./browser.ts";
import { seedMany } from "./many.ts";
import { seedManyPeople } from "./many-people.ts";
import { type ListedPage, pagesOf } from "./page-list.ts";
import { type SeedPicture, seedAll } from "./seed.ts";
import { exampleSignOn } from "./seed-account.ts";
import { startSite } from "./server.ts";

const [folder, only = ""] = process.argv.slice(2);
const executions = Number(process.env.VERDICT_PREVIEW_EXECUTIONS ?? 0);
const people = Number(process.env.VERDICT_PREVIEW_PEOPLE ?? 0);
const say = (line: string) => void process.stdout.write(`${line}\n`);

const site = await startSite({ signOn: exampleSignOn });
const browser = await startBrowser();
try {
  const seed = await seedAll(site.t, await takePictures(browser));
  const many = executions > 0 ? await seedMany(site.t, amountsOf(executions)) : [];
  if (people > 0) many.push(...(await seedManyPeople(site.t, people)));
  const pages = [...pagesOf(seed), ...many].filter(({ name }) => name.includes(only));
  for (const page of many) say(`${page.name.padEnd(24)} ${await timesOf(page)}`);
  if (folder) await shootAll(folder, pages);
  else {
    say(site.origin);
    say(`Cookie: ${await site.t.cookie("alice")} (alice), ${await site.t.cookie("root")} (root)`);
    for (const { name, path } of pages) say(`${name.padEnd(24)} ${site.origin}${path}`);
    await new Promise((resolve) => process.once("SIGINT", resolve));
  }
} finally {
  await browser.close();
  await site.close();
}

/** In the proportions of a project that is in use for a while. */
function amountsOf(executions: number) {
  return {
    cases: Math.ceil(executions / 50),
    suites: Math.ceil(executions / 2_000),
    runs: Math.ceil(executions / 20),
    executions,
  };
}

/** The least and the middle of several times that the server took to answer, and how much it sent. */
async function timesOf({ path, who }: ListedPage): Promise<string> {
  const headers = who ? { cookie: await site.t.cookie(who) } : {};
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < 7; round++) {
    const startedAt = performance.now();
    bytes = (await (await fetch(`${site.origin}${path}`, { headers })).arrayBuffer()).byteLength;
    times.push(performance.now() - startedAt);
  }
  const [least = 0, , , middle = 0] = times.sort((a, b) => a - b);
  return `${least.toFixed(0)} to ${middle.toFixed(0)} ms, ${Math.round(bytes / 1024)} KiB`;
}

async function shootAll(into: string, pages: readonly ListedPage[]): Promise<void> {
  mkdirSync(into, { recursive: true });
  for (const dark of [false, true]) {
    for (const width of [1440, 390]) {
      for (const { name, path, who } of pages) {
        const { page, close } = await openPage(browser, site, who, { width, dark });
        await page.goto(`${site.origin}${path}`, { waitUntil: "load" });
        await page.evaluate(() => document.fonts.ready);
        const file = `${name}-${width}-${dark ? "dark" : "light"}`;
        await page.screenshot({ path: join(into, `${file}.png`), fullPage: true });
        for (const fault of await axeFaults(page)) say(`${file}: ${fault}`);
        await close();
      }
    }
  }
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
