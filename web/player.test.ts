import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "puppeteer";
import { chaptersOf, webVttOf } from "../db/domain/captions.ts";
import type { LogItem } from "../db/domain/events.ts";
import { type Film, readFilm } from "../db/domain/film.ts";
import { newId } from "../db/domain/ids.ts";
import type { Execution } from "../db/domain/resources.ts";
import { missingReason } from "../ops/testing/programs.ts";
import type { ArtifactBytes } from "../worker/browser/protocol.ts";
import { Bench, type Finished } from "../worker/browser/testing/run.ts";
import { startSite as startPages } from "../worker/browser/testing/site.ts";
import { closeBrowsers } from "../worker/browser/thread.ts";
import { openRunFolder } from "../worker/run-folder.ts";
import { VideoEncoder } from "../worker/video-encoder.ts";
import { onBobsPage, startBrowser } from "./testing/browser.ts";
import { makeRecorded } from "./testing/recorded.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
let browser: Browser;
let run: Finished;
let frames: ArtifactBytes;

before(async () => {
  site = await startSite();
  browser = await startBrowser();
  const bench = await Bench.open();
  const pages = await startPages();
  run = await bench.run(
    [
      { type: "goto", url: `${pages.url}/ticking` },
      { type: "waitFor", ms: 1_200 },
      { type: "goto", url: `${pages.url}/next` },
      { type: "expectText", target: "h1", text: "Never", timeoutMs: 1_200 },
    ],
    { evidence: { video: "on" } },
  );
  await closeBrowsers();
  await pages.close();
  await bench.close();
  const found = run.artifacts.find(({ kind }) => kind === "frames");
  assert.ok(found);
  frames = found;
});
after(async () => {
  await browser?.close();
  await site?.close();
});

const film = (): Film => {
  const read = readFilm(frames.bytes);
  assert.ok(read);
  return read;
};
const others = () => run.artifacts.filter(({ kind }) => kind !== "frames");
const current = (page: Page) => page.$eval('[data-run-step][aria-current="step"]', ({ id }) => id);
const detailsOf = (step: number) =>
  `document.querySelector("#step-call h2").textContent.includes("Step ${step}")`;

test("where there is no WebM the pictures are played: a step seeks, playing selects steps, keys work", async () => {
  const execution = await makeRecorded(site.t, { ...run, artifacts: [...others(), frames] });
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/executions/${execution.id}?view=video`, { waitUntil: "load" });
    assert.match(await page.$eval(".player", (player) => player.textContent ?? ""), /is being made/);
    await page.waitForSelector('[data-player-ready="true"]');
    const now = () => page.$eval("[data-player-range]", (range) => Number((range as HTMLInputElement).value));
    const shown = () => page.$eval("canvas", (canvas) => Number((canvas as HTMLCanvasElement).dataset.shown));
    assert.equal(await current(page), "s-4", "the failed step is selected, and the film stands there");
    await page.waitForFunction("Number(document.querySelector('canvas').dataset.shown) > 2");
    const atFailure = await now();
    await page.click("#s-2");
    await page.waitForFunction(detailsOf(2));
    assert.equal(new URL(page.url()).searchParams.get("step"), "2");
    assert.equal(new URL(page.url()).searchParams.get("view"), "video");
    const atSecond = await now();
    assert.ok(atSecond < atFailure && atSecond < 900, `${atSecond} ms`);
    await page.keyboard.press("k");
    await page.waitForFunction(detailsOf(1));
    await page.focus("h1, .head a");
    await page.evaluate("document.activeElement.blur()");
    const before = await now();
    await page.keyboard.press("ArrowRight");
    assert.ok((await now()) - before > 900);
    await page.keyboard.press("Space");
    await page.waitForFunction(detailsOf(4));
    await page.waitForFunction("!document.querySelector('.player').classList.contains('is-playing')");
    assert.equal(await shown(), film().frames.length - 1, "it played to its end");
  });
});

test("a WebM is played with its captions, and can be asked for in parts", {
  skip: missingReason("ffmpeg"),
}, async () => {
  const execution = await withWebm();
  await onBobsPage(browser, site, async (page) => {
    await page.goto(`${site.origin}/executions/${execution.id}?view=video`, { waitUntil: "load" });
    await page.waitForSelector('[data-player-ready="true"]');
    const now = () => page.$eval("video", (video) => (video as HTMLVideoElement).currentTime);
    await page.waitForFunction(
      "!document.querySelector('video').seeking && document.querySelector('video').currentTime > 1",
    );
    await page.click("#s-2");
    await page.waitForFunction(
      "!document.querySelector('video').seeking && document.querySelector('video').currentTime < 1",
    );
    await page.waitForFunction(detailsOf(2));
    await page.waitForFunction("document.querySelector('video').textTracks[0].cues?.length === 4");
    await page.evaluate("document.activeElement.blur()");
    await page.keyboard.press("Space");
    await page.waitForFunction('document.querySelector("[aria-current=step][data-run-step]").id === "s-4"');
    await page.keyboard.press("Space");
    await page.waitForFunction(
      "document.querySelector('video').paused || document.querySelector('video').ended",
    );
    assert.ok((await now()) > 1);
  });
});

test("a part of a file is answered as such, what is outside of it refused, and no type but our own is shown", async () => {
  const execution = await makeRecorded(site.t, { ...run, artifacts: [frames] });
  const { items } = (await (await asBob(`/api/v1/executions/${execution.id}/artifacts`)).json()) as {
    items: { url: string; sizeBytes: number }[];
  };
  const [file] = items;
  assert.ok(file);
  const part = async (range: string) => {
    const answer = await asBob(file.url, { range });
    return { status: answer.status, of: answer.headers.get("content-range"), text: await answer.text() };
  };
  assert.deepEqual(await part("bytes=0-7"), {
    status: 206,
    of: `bytes 0-7/${file.sizeBytes}`,
    text: "VERDICTF",
  });
  assert.deepEqual(await part("bytes=4-6"), { status: 206, of: `bytes 4-6/${file.sizeBytes}`, text: "ICT" });
  const end = await part("bytes=-12");
  assert.equal(end.of, `bytes ${file.sizeBytes - 12}-${file.sizeBytes - 1}/${file.sizeBytes}`);
  assert.equal((await part(`bytes=${file.sizeBytes}-`)).status, 416);
  for (const all of ["bytes=0-1,3-4", "lines=1-2", "bytes=-"])
    assert.equal((await part(all)).status, 200, all);
  const whole = await asBob(file.url);
  assert.equal(whole.headers.get("content-type"), "application/octet-stream");
  assert.equal((await whole.arrayBuffer()).byteLength, file.sizeBytes);
});

async function asBob(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${site.origin}${path}`, { headers: { cookie: await site.t.cookie("bob"), ...headers } });
}

/** The execution as it is when the film was made. */
async function withWebm(): Promise<Execution> {
  const home = mkdtempSync(join(tmpdir(), "verdict-player-"));
  const folder = await openRunFolder(home, newId());
  try {
    const events = run.events.map((event, index): LogItem => ({ ...event, seq: index + 1, attempt: 1 }));
    const startsAt = film().frames[0]?.at ?? 0;
    const chapters = chaptersOf(events, { startsAt, endsAt: film().endsAt });
    const encoder = new VideoEncoder(folder, process.env.PATH ?? "");
    const made = await encoder.encode(film(), chapters, new AbortController().signal);
    assert.ok("bytes" in made, JSON.stringify(made));
    const shared = { step: null, width: null, height: null };
    const bytes = new TextEncoder().encode(webVttOf(chapters));
    const artifacts: ArtifactBytes[] = [
      ...others(),
      { ...shared, id: newId(), kind: "video", name: "film.webm", contentType: "video/webm", ...made },
      { ...shared, id: newId(), kind: "captions", name: "film.vtt", contentType: "text/vtt", bytes },
    ];
    return await makeRecorded(site.t, { ...run, artifacts });
  } finally {
    await folder.remove();
    rmSync(home, { recursive: true, force: true });
  }
}
