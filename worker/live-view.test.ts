import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import puppeteer, { type Browser } from "puppeteer";
import { type Client, type LiveApp, liveApp, type Picture } from "../api/testing/sockets.ts";
import type { LiveView } from "../db/domain/live-view.ts";
import type { Execution, TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { getExecution, listLogs, stopExecution } from "../db/services/executions.ts";
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

/** The colour of a point of a picture, decoded by a browser: red, green, blue. */
async function colourAt(picture: Picture, x: number, y: number): Promise<number[]> {
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
      return [...context.getImageData(${x} * scale, ${y} * scale, 1, 1).data].slice(0, 3);
    })()`)) as number[];
  } finally {
    await tab.close();
  }
}

/** What the database still holds for views. */
async function rows(id: string): Promise<number> {
  const ctx = t.world.as.alice;
  const [row] = await ctx.db.orm.transaction(async (tx) => {
    const { setTenant } = await import("../db/services/context.ts");
    const { sql } = await import("drizzle-orm");
    await setTenant(tx, [t.world.a.id], null);
    return tx.execute<{
      count: number;
    }>(sql`select (select count(*) from live_view where execution_id = ${id})
      + (select count(*) from live_watch where execution_id = ${id}) as count`);
  });
  return Number(row?.count ?? 0);
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
