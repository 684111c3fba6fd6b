import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { sql } from "drizzle-orm";
import puppeteer, { type Browser } from "puppeteer";
import { type Client, type LiveApp, liveApp, type Picture } from "../api/testing/sockets.ts";
import { newId } from "../db/domain/ids.ts";
import type { LiveView } from "../db/domain/live-view.ts";
import type { Execution, TestCaseInput } from "../db/domain/resources.ts";
import { setTenant } from "../db/services/context.ts";
import { listAttempts, listLogs, stopExecution } from "../db/services/executions.ts";
import { wakeView } from "../db/services/live-view.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { putSecret } from "../db/services/secrets.ts";
import { makeTestCase } from "../db/testing/factories.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { type Site, startSite } from "./browser/testing/site.ts";
import { startWorker, type WorkerOptions, type WorkerService } from "./service.ts";
import { until } from "./testing/wait.ts";

/** Watchers at the real API, attempts in the real worker, with a database between them and nothing else. */

const home = mkdtempSync(join(tmpdir(), "verdict-live-"));
const boundMs = 30_000;
let t: LiveApp;
let site: Site;
let executablePath: string;
let viewer: Browser;
const workers: WorkerService[] = [];
const executions: string[] = [];

before(async () => {
  t = await liveApp();
  site = await startSite();
  executablePath = await findBrowser();
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  viewer = await puppeteer.launch({ executablePath, args });
});
afterEach(async () => {
  for (const id of executions.splice(0)) await stopExecution(t.world.as.alice, id).catch(() => undefined);
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});
after(async () => {
  await viewer?.close();
  await site?.close();
  await t?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function start(over: Partial<WorkerOptions> = {}): Promise<WorkerService> {
  const { db } = t.database;
  const browser = { executablePath, sandbox: process.getuid?.() !== 0 };
  const timings = { leaseMs: 5_000, heartbeatMs: 500, sweepMs: 200, pollMs: 300, graceMs: 500 };
  const base = {
    db,
    blobs: t.blobs,
    keys: t.deps.keys,
    name: "here",
    version: "0",
    slots: 2,
    home,
    browser,
    timings,
  };
  const worker = await startWorker({ ...base, ...over });
  workers.push(worker);
  return worker;
}

async function execute(...steps: unknown[]): Promise<Execution> {
  const { id: testCaseId } = await makeTestCase(t.world.as.alice, t.world.project.id, {
    steps: steps as TestCaseInput["steps"],
  });
  const execution = await executeTestCase(t.world.as.alice, { testCaseId }, "manual");
  executions.push(execution.id);
  return execution;
}

const page = (path: string) => ({ type: "goto", url: `${site.url}${path}` });
const hour = { type: "waitFor", target: "#never-there", timeoutMs: 120_000 };
const topicOf = ({ id }: { id: string }) => `view:${id}`;

async function begun(id: string, step: number): Promise<void> {
  await until(`step ${step} has begun`, boundMs, async () => {
    const { items } = await listLogs(t.world.as.alice, id, { after: 0, limit: 500 });
    return items.some((item) => item.type === "step-started" && item.step === step);
  });
}

const picturesOf = (client: Client, { id }: { id: string }) =>
  client.pictures.filter(({ topic }) => topic === `view:${id}`);

type Area = { x: number; y: number; width: number; height: number };

/** The darkest and the lightest value in an area of the page, a little inside of it, in tens: decoded by a browser. */
async function coloursOf(picture: Picture, area: Area): Promise<number[]> {
  const tab = await viewer.newPage();
  try {
    const url = `data:image/jpeg;base64,${Buffer.from(picture.bytes).toString("base64")}`;
    return (await tab.evaluate(`(async () => {
      const image = new Image();
      image.src = ${JSON.stringify(url)};
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const scale = image.width / ${picture.view.scene?.width ?? 1};
      const [x, y, width, height] = [${area.x} + 6, ${area.y} + 6, ${area.width} - 12, ${area.height} - 12];
      const { data } = context.getImageData(x * scale, y * scale, width * scale, height * scale);
      const tens = [...data].filter((_, index) => index % 4 !== 3).map((value) => Math.floor(value / 10) * 10);
      return [Math.min(...tens), Math.max(...tens)];
    })()`)) as number[];
  } finally {
    await tab.close();
  }
}

type Kept = { views: number; watches: number; picture: number };

/** What the database keeps for views of an execution. */
async function kept(id: string): Promise<Kept> {
  return t.database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [t.world.a.id], null);
    const [row] = await tx.execute<Kept>(sql`
      select (select count(*)::int from live_view where execution_id = ${id}) as views,
        (select count(*)::int from live_watch where execution_id = ${id}) as watches,
        coalesce((select picture_revision::float8 from live_view where execution_id = ${id}), 0) as picture`);
    return row ?? { views: 0, watches: 0, picture: 0 };
  });
}

test("a watcher sees the page change as steps go, with the step, the element and the size of the view", async () => {
  await start();
  const execution = await execute(
    page("/form"),
    { type: "fill", target: "#name", value: "Ann" },
    page("/ticking"),
    hour,
  );
  const client = await t.as("bob");
  client.subscribe(topicOf(execution));
  const pictures = await until("twenty pictures", boundMs, () => {
    const seen = picturesOf(client, execution);
    return seen.length >= 20 && seen;
  });
  const [first] = pictures;
  assert.deepEqual([...(first?.bytes.subarray(0, 2) ?? [])], [0xff, 0xd8], "a JPEG");
  const last = pictures.at(-1);
  assert.equal(last?.view.state, "live");
  assert.equal(last?.view.scene?.step?.step, 3);
  assert.deepEqual([last?.view.scene?.width, last?.view.scene?.height], [1280, 720]);
  assert.match(last?.view.scene?.url ?? "", /\/ticking$/);
  const seqs = pictures.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    [...new Set(seqs)].sort((a, b) => a - b),
  );
  assert.ok(new Set(pictures.map(({ bytes }) => Buffer.from(bytes).toString("base64"))).size > 5);
});

test("while nobody watches nothing is shown; when the last watcher leaves it ends, and the end leaves nothing", async () => {
  await start();
  const execution = await execute(page("/ticking"), hour);
  await begun(execution.id, 1);
  assert.deepEqual(await kept(execution.id), { views: 0, watches: 0, picture: 0 });
  const [alice, bob] = [await t.as("alice"), await t.as("bob")];
  alice.subscribe(topicOf(execution));
  bob.subscribe(topicOf(execution));
  await until("both see it", boundMs, () =>
    [alice, bob].every((client) => picturesOf(client, execution).length >= 3),
  );
  bob.send({ type: "unsubscribe", topic: topicOf(execution) });
  const count = picturesOf(alice, execution).length;
  await until("the other one sees more", boundMs, () => picturesOf(alice, execution).length > count + 3);
  alice.socket.terminate();
  await until("nobody watches", boundMs, async () => (await kept(execution.id)).watches === 0);
  const still = await until("no new picture comes", boundMs, async () => {
    const { picture } = await kept(execution.id);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (await kept(execution.id)).picture === picture && picture;
  });
  assert.ok(still > 0);
  const again = await t.as("bob");
  again.subscribe(topicOf(execution));
  await until("who comes later sees it as well", boundMs, () => picturesOf(again, execution).length >= 2);
  await stopExecution(t.world.as.alice, execution.id);
  await again.until(({ event }) => viewOf(event)?.state === "ended");
  assert.deepEqual(await kept(execution.id), { views: 0, watches: 0, picture: 0 });
});

test("an API that was killed is believed for a few seconds and no longer", async () => {
  await start({ liveTimings: { watchedMs: 100 } });
  const execution = await execute(page("/ticking"), hour);
  await begun(execution.id, 1);
  // As it would have left it behind: a word that nobody says again.
  await t.database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [t.world.a.id], null);
    await tx.execute(sql`insert into live_watch (execution_id, watcher_id, organization_id, fps, width, expires_at)
      values (${execution.id}, ${newId()}, ${t.world.a.id}, 10, 640, now() + interval '2 seconds')`);
  });
  await wakeView(t.database.db, await workerIdOf(execution.id), execution.id);
  await until("it is shown", boundMs, async () => (await kept(execution.id)).picture > 0);
  await until("and then not any more", boundMs, async () => {
    const { picture } = await kept(execution.id);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (await kept(execution.id)).picture === picture;
  });
});

async function workerIdOf(id: string): Promise<string> {
  const [attempt] = await listAttempts(t.world.as.alice, id);
  return attempt?.workerId ?? "";
}

test("a client that takes nothing is sent two pictures and no more; then the newest, not those in between", async () => {
  await start();
  const execution = await execute(page("/ticking"), hour);
  await begun(execution.id, 1);
  const [slow, quick] = [await t.as("alice"), await t.as("bob")];
  const topic = topicOf(execution);
  slow.subscribe(topic);
  slow.send({ type: "ack", topic, seq: 0 });
  quick.subscribe(topic);
  await until("the quick one sees many", boundMs, () => picturesOf(quick, execution).length >= 15);
  assert.equal(picturesOf(slow, execution).length, 2);
  const behind = picturesOf(quick, execution).at(-1)?.seq ?? 0;
  slow.send({ type: "ack", topic, seq: picturesOf(slow, execution).at(-1)?.seq });
  const next = await until("it gets one more", boundMs, () => picturesOf(slow, execution)[2]);
  assert.ok(next.seq >= behind, "nothing in between");
});

test("a thumbnail is small and comes once a second, while somebody else watches in full", async () => {
  await start();
  const execution = await execute(page("/ticking"), hour);
  await begun(execution.id, 1);
  const wall = await t.as("bob");
  wall.send({ type: "subscribe", topic: topicOf(execution), fps: 1, width: 320 });
  const [small] = await until("a thumbnail", boundMs, () => {
    const seen = picturesOf(wall, execution);
    return seen.length >= 2 && seen;
  });
  assert.deepEqual(sizeOf(small?.bytes ?? new Uint8Array()), { width: 320, height: 180 });
  const full = await t.as("alice");
  full.subscribe(topicOf(execution));
  const count = picturesOf(wall, execution).length;
  await until("twenty in full", boundMs, () => picturesOf(full, execution).length >= 20);
  assert.ok(picturesOf(wall, execution).length - count < 10);
});

/** From the start of frame of a JPEG. */
function sizeOf(bytes: Uint8Array): { width: number; height: number } {
  const at = Buffer.from(bytes).indexOf(Buffer.from([0xff, 0xc0]));
  const view = Buffer.from(bytes);
  return { height: view.readUInt16BE(at + 5), width: view.readUInt16BE(at + 7) };
}

test("another tenant's page is as unknown as one that does not exist", async () => {
  await start();
  const execution = await execute(page("/ticking"), hour);
  await begun(execution.id, 1);
  const stranger = await t.as("charlie");
  for (const id of [execution.id, newId()]) {
    stranger.subscribe(`view:${id}`);
    const refused = await stranger.until(({ topic }) => topic === `view:${id}`);
    assert.equal(refused.code, "not-found");
  }
  const viewer = await t.as("dora");
  viewer.subscribe(topicOf(execution));
  await until("who may read may watch", boundMs, () => picturesOf(viewer, execution).length > 0);
  assert.deepEqual(stranger.pictures, []);
});

test("a field that was given a secret is a black box in every picture", async () => {
  await putSecret(t.world.as.alice, t.world.project.id, { name: "code", value: "WWWWWWWWWWWW" });
  await start();
  const field = { left: 8, top: 8 };
  const execution = await execute(
    page("/plain-field"),
    { type: "fill", target: "#field", value: "{{secrets.code}}" },
    { type: "waitFor", target: "#seen", timeoutMs: 60_000 },
    { type: "type", target: "#other", text: "{{secrets.code}}" },
    hour,
  );
  await begun(execution.id, 2);
  const client = await t.as("alice");
  client.subscribe(topicOf(execution));
  const late = await until("a picture", boundMs, () => picturesOf(client, execution)[0]);
  assert.deepEqual(await coloursOf(late, { x: field.left, y: field.top, width: 300, height: 40 }), [0, 0]);
  await begun(execution.id, 4);
  const pictures = await until("pictures of both", boundMs, () => {
    const seen = picturesOf(client, execution).filter(({ view }) => view.scene?.step?.step === 4);
    return seen.length > 0 && seen;
  });
  const other = { x: 8, y: 68, width: 300, height: 40 };
  const isBlack = async () => {
    const newest = picturesOf(client, execution).at(-1) ?? late;
    const [dark, light] = await coloursOf(newest, other);
    return dark === 0 && light === 0 && newest;
  };
  const last = await until("the other one is black as well", boundMs, isBlack);
  // Empty or black, but never with anything to read in it.
  for (const picture of [...pictures, ...picturesOf(client, execution)].slice(0, 20)) {
    for (const area of [{ ...other, y: 8 }, other]) {
      const [dark, light] = await coloursOf(picture, area);
      assert.ok((light ?? 0) - (dark ?? 0) <= 20, "of one colour");
    }
  }
  const [dark, light] = await coloursOf(last, { ...other, y: 128 });
  assert.ok((light ?? 0) - (dark ?? 0) > 100, "what is no secret is to be read");
});

const viewOf = (event: Record<string, unknown> | undefined) => event?.view as LiveView | undefined;
