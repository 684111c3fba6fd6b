import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer";
import { findBrowser } from "./testing/find-browser.ts";
import { Bench, eventually, type Running } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";
import { closeBrowsers } from "./thread.ts";

const boundMs = 20_000;
let bench: Bench;
let site: Site;
/** Every command that was sent to a page, by any attempt of this process. */
const sent: string[] = [];
before(async () => {
  bench = await Bench.open();
  site = await startSite();
  await listenToCommands();
});
after(async () => {
  await closeBrowsers();
  await bench.close();
  await site.close();
});

async function listenToCommands(): Promise<void> {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await puppeteer.launch({ executablePath: await findBrowser(), args });
  const session = await (await browser.newPage()).createCDPSession();
  const prototype = Object.getPrototypeOf(session) as {
    send: (method: string, ...rest: unknown[]) => unknown;
  };
  const { send } = prototype;
  prototype.send = function (method, ...rest) {
    sent.push(method);
    return send.call(this, method, ...rest);
  };
  await browser.close();
}

const page = (path: string) => ({ type: "goto", url: `${site.url}${path}` }) as const;
const wait = (ms: number) => ({ type: "waitFor", ms }) as const;
const hour = { type: "waitFor", target: "#never-there", timeoutMs: 120_000 } as const;
const shotsOf = ({ views }: Running) => views.filter((view) => view.type === "shot");
const startedOf = ({ events }: Running) =>
  events.flatMap((event) => (event.type === "step-started" ? [event.step] : []));
const watch = { type: "watch", fps: 10, width: 640 } as const;

async function stop(running: Running): Promise<void> {
  running.send({ type: "stop", reason: "the test is over" });
  await running.outcome;
}

test("while nobody watches no picture is asked for, and none is once they have left", async () => {
  const running = bench.start([page("/ticking"), hour]);
  await running.seen("step-started", ({ step }) => step === 1);
  assert.equal(sent.includes("Page.startScreencast"), false);
  assert.deepEqual(running.views, []);
  running.send(watch);
  await eventually(() => shotsOf(running).length >= 3, boundMs, "pictures came");
  assert.ok(sent.includes("Page.startScreencast"));
  running.send({ ...watch, fps: 0 });
  await eventually(() => sent.includes("Page.stopScreencast"), boundMs, "it was stopped");
  await stop(running);
});

test("who takes no picture gets no second one, and afterwards the newest", async () => {
  const running = bench.start([page("/ticking"), wait(600), hour]);
  running.shots.areTaken = false;
  running.send(watch);
  await running.seen("step-finished", ({ step }) => step === 1);
  assert.equal(shotsOf(running).length, 1);
  running.shots.areTaken = true;
  running.send({ type: "shot-taken" });
  await eventually(() => shotsOf(running).length >= 4, boundMs, "more came");
  await stop(running);
});

test("what was left out between two pictures is shown when the page has come to rest", async () => {
  const running = bench.start([page("/next"), hour]);
  running.send({ ...watch, fps: 1 });
  await running.seen("step-started", ({ step }) => step === 1);
  await eventually(
    () => shotsOf(running).some((shot) => shot.picture !== null && shot.scene.url.endsWith("/next")),
    boundMs,
    "the page is seen",
  );
  await stop(running);
});

test("pictures follow the steps to another tab", async () => {
  const running = bench.start([
    page("/"),
    { type: "click", target: "#popup" },
    { type: "switchTab", url: "/popup" },
    hour,
  ]);
  running.send(watch);
  await running.seen("step-started", ({ step }) => step === 3);
  await eventually(
    () => shotsOf(running).some((shot) => shot.picture !== null && shot.scene.url.endsWith("/popup")),
    boundMs,
    "the other tab is seen",
  );
  await stop(running);
});

test("a paused attempt begins no step, and takes one for each that is granted", async () => {
  const hold = { wanted: "pause", granted: 0, by: "Ann" } as const;
  const running = bench.start([page("/"), page("/next"), wait(1), wait(1)], { hold });
  const standing = (isPaused: boolean, step: number) => () => {
    const last = running.views.filter((view) => view.type === "standing").at(-1);
    return last?.isPaused === isPaused && last.scene.step?.step === step;
  };
  await eventually(standing(true, 0), boundMs, "it pauses before its first step");
  assert.deepEqual(startedOf(running), []);
  running.send({ type: "hold", ...hold, granted: 1 });
  await eventually(standing(true, 1), boundMs, "it pauses before the second one");
  await running.seen("step-finished", ({ step }) => step === 0);
  assert.deepEqual(startedOf(running), [0]);
  running.send({ type: "hold", ...hold, granted: 2 });
  await eventually(standing(true, 2), boundMs, "it pauses before the third one");
  running.send({ type: "hold", wanted: "run", granted: 2, by: "Ann" });
  assert.equal((await running.outcome).status, "passed");
  assert.deepEqual(startedOf(running), [0, 1, 2, 3]);
  const said = running.events.flatMap((event) => (event.type === "log" ? [event.text] : []));
  assert.deepEqual(said.slice(0, 2), ["paused before step 1 by Ann", "goes on by Ann"]);
});

test("a paused attempt that is stopped ends at once", async () => {
  const hold = { wanted: "pause", granted: 0, by: null } as const;
  const running = bench.start([page("/")], { hold });
  await eventually(() => running.views.length > 0, boundMs, "it pauses");
  await stop(running);
  assert.equal((await running.outcome).status, "cancelled");
});
