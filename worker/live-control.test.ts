import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { type LiveApp, liveApp } from "../api/testing/sockets.ts";
import { openBlobs } from "../db/blobs.ts";
import { type LiveView, viewLimits } from "../db/domain/live-view.ts";
import type { Execution, TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { setTenant } from "../db/services/context.ts";
import { getExecution, listAttempts, listLogs, stopExecution } from "../db/services/executions.ts";
import { startHeld } from "../db/services/live-control.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { makeTestCase } from "../db/testing/factories.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { type Site, startSite } from "./browser/testing/site.ts";
import type { LiveTimings } from "./live-session.ts";
import { startWorker, type WorkerService } from "./service.ts";
import { until } from "./testing/wait.ts";
import type { ChildOptions } from "./testing/worker-child.ts";

/** Executions that are held, through the real API and the real worker. */

const home = mkdtempSync(join(tmpdir(), "verdict-held-"));
const boundMs = 30_000;
const timings = { leaseMs: 5_000, heartbeatMs: 500, sweepMs: 200, pollMs: 300, graceMs: 500 };
let t: LiveApp;
let site: Site;
let executablePath: string;
const workers: WorkerService[] = [];
const children: ChildProcess[] = [];
const executions: string[] = [];

before(async () => {
  t = await liveApp();
  site = await startSite();
  executablePath = await findBrowser();
});
afterEach(async () => {
  for (const id of executions.splice(0)) await stopExecution(t.world.as.alice, id).catch(() => undefined);
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
after(async () => {
  await site?.close();
  await t?.stop();
  rmSync(home, { recursive: true, force: true });
});

const sandbox = process.getuid?.() !== 0;
const blobsDirectory = join(home, "blobs");

async function start(liveTimings: Partial<LiveTimings> = {}): Promise<void> {
  const worker = await startWorker({
    db: t.database.db,
    blobs: openBlobs({ kind: "file", directory: blobsDirectory }),
    keys: t.deps.keys,
    name: "here",
    version: "0",
    slots: 2,
    home,
    browser: { executablePath, sandbox },
    timings,
    liveTimings,
  });
  workers.push(worker);
}

async function spawnWorker(): Promise<ChildProcess> {
  const options: ChildOptions = {
    ...{ url: t.database.url, home, blobs: blobsDirectory, name: "victim", executablePath, timings },
  };
  const file = fileURLToPath(new URL("./testing/worker-child.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout ?? child, "data");
  return child;
}

async function execute(steps: unknown[]): Promise<Execution> {
  const { id: testCaseId } = await makeTestCase(t.world.as.alice, t.world.project.id, {
    steps: steps as TestCaseInput["steps"],
  });
  const execution = await executeTestCase(t.world.as.alice, { testCaseId }, "manual");
  executions.push(execution.id);
  return execution;
}

const page = (path: string) => ({ type: "goto", url: `${site.url}${path}` });
const wait = { type: "waitFor", ms: 1 };
const viewOf = async (id: string) =>
  (await t.call("dora", "GET", `/executions/${id}/view`)).body as unknown as LiveView;
const steer = async (id: string, verb: string, who: "alice" | "bob" | "dora" = "bob") =>
  t.call(who, "POST", `/executions/${id}/${verb}`);
const pausedAt = (id: string, step: number) =>
  until(`it is paused before step ${step}`, boundMs, async () => {
    const view = await viewOf(id);
    return view.state === "paused" && view.scene?.step?.step === step && view;
  });
const ended = (id: string) =>
  until("it has ended", boundMs, async () => {
    const execution = await getExecution(t.world.as.alice, id);
    return isFinal(execution.status) && execution;
  });
const startedSteps = async (id: string) =>
  (await listLogs(t.world.as.alice, id, { after: 0, limit: 500 })).items.flatMap((item) =>
    item.type === "step-started" ? [item.step] : [],
  );

async function audited(id: string): Promise<string[]> {
  return t.database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [t.world.a.id], null);
    const rows = await tx.execute<{ action: string }>(
      sql`select action from audit where entity_id = ${id} order by id`,
    );
    return rows.map(({ action }) => action);
  });
}

/** Events are written in batches, a moment after the pause is told. */
async function hasBegun(id: string, steps: readonly number[]): Promise<void> {
  await until(
    `steps ${steps} are in the log`,
    boundMs,
    async () => (await startedSteps(id)).length >= steps.length,
  );
  assert.deepEqual(await startedSteps(id), steps);
}

test("one that is paused while it waits begins no step, takes one at a time, and goes on when it is told to", async () => {
  const { id } = await execute([page("/"), page("/next"), wait, wait]);
  const paused = (await steer(id, "pause")).body as unknown as LiveView;
  assert.equal(paused.state, "waiting");
  assert.equal(paused.pause?.by, "Bob");
  assert.equal((await steer(id, "pause", "dora")).status, 403);
  await start();
  const view = await pausedAt(id, 0);
  assert.equal(view.pause?.by, "Bob");
  assert.ok(Date.parse(view.pause?.until ?? "") > Date.now());
  assert.deepEqual(await startedSteps(id), []);
  await steer(id, "step", "alice");
  assert.equal((await pausedAt(id, 1)).pause?.by, "Alice");
  await hasBegun(id, [0]);
  await steer(id, "resume");
  assert.equal((await ended(id)).status, "passed");
  await hasBegun(id, [0, 1, 2, 3]);
  assert.equal((await viewOf(id)).state, "ended");
  assert.equal((await steer(id, "pause")).status, 409);
  assert.deepEqual(await audited(id), ["execution.pause", "execution.step", "execution.resume"]);
});

test("all who watch are told who paused it, and a step that runs is not cut short", async () => {
  await start();
  const { id } = await execute([page("/next"), { type: "waitFor", ms: 1_500 }, wait]);
  const client = await t.as("dora");
  client.subscribe(`view:${id}`);
  await until("the wait has begun", boundMs, async () => (await startedSteps(id)).includes(1));
  assert.equal((await steer(id, "pause")).status, 202);
  const isPaused = ({ event }: { event?: Record<string, unknown> }) =>
    (event?.view as LiveView | undefined)?.state === "paused";
  const told = await client.until(isPaused);
  const view = told.event?.view as LiveView | undefined;
  assert.equal(view?.pause?.by, "Bob");
  assert.equal(view?.scene?.step?.step, 2);
  await until("the wait has been said to be over", boundMs, async () => {
    const { items } = await listLogs(t.world.as.alice, id, { after: 0, limit: 500 });
    return items.some((item) => item.type === "step-finished" && item.step === 1 && item.status === "passed");
  });
  await hasBegun(id, [0, 1]);
  await steer(id, "resume");
  assert.equal((await ended(id)).status, "passed");
});

test("a pause ends by itself: after its time, and when nobody watches nor asks for anything", async () => {
  await start({ watchedMs: 100, pauseMsMax: 700 });
  const timed = await execute([page("/")]);
  await steer(timed.id, "pause");
  assert.equal((await ended(timed.id)).status, "passed");
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await start({ watchedMs: 100, pauseAloneMs: 700 });
  const alone = await execute([page("/")]);
  await steer(alone.id, "pause");
  assert.equal((await ended(alone.id)).status, "passed");
  const texts = (await listLogs(t.world.as.alice, alone.id, { after: 0, limit: 500 })).items.flatMap(
    (item) => (item.type === "log" ? [item.text] : []),
  );
  assert.deepEqual(texts, ["paused before step 1 by Bob", "goes on"]);
});

test("when its worker is killed while it is paused, another one runs it anew, to its end", async () => {
  const victim = await spawnWorker();
  const { id } = await execute([page("/"), page("/next")]);
  await steer(id, "pause");
  await pausedAt(id, 0);
  victim.kill("SIGKILL");
  await once(victim, "exit");
  await start();
  assert.equal((await ended(id)).status, "passed");
  const attempts = await listAttempts(t.world.as.alice, id);
  assert.deepEqual(
    attempts.map(({ status }) => status),
    ["lost", "passed"],
  );
  assert.equal((await viewOf(id)).pause, null);
});

test("mouse and keyboard go to who takes them, while it is paused, and to nobody else", async () => {
  await start();
  const { id } = await execute([
    page("/typing"),
    page("/typing"),
    { type: "expectValue", target: "#field", value: "Hi!", timeoutMs: 2_000 },
  ]);
  await steer(id, "pause");
  await pausedAt(id, 0);
  await steer(id, "step");
  await pausedAt(id, 1);
  await steer(id, "step");
  await pausedAt(id, 2);
  const [bob, alice] = [await t.as("bob"), await t.as("alice")];
  const topic = `view:${id}`;
  bob.subscribe(topic);
  alice.subscribe(topic);
  const click = [
    { type: "down", x: 50, y: 25, button: "left" },
    { type: "up", x: 50, y: 25, button: "left" },
  ];
  const keys = ["H", "i", "!"].flatMap((key) => [
    { type: "keyDown", key },
    { type: "keyUp", key },
  ]);
  bob.send({ type: "input", topic, events: click });
  assert.equal((await bob.until(({ type }) => type === "error")).code, "conflict");
  const taken = await t.call("bob", "PUT", `/executions/${id}/input-holder`);
  assert.equal((taken.body as unknown as LiveView).holder?.name, "Bob");
  alice.send({ type: "input", topic, events: keys });
  assert.equal((await alice.until(({ type }) => type === "error")).code, "conflict");
  bob.send({ type: "input", topic, events: [{ type: "keyDown", key: "x".repeat(31) }] });
  await bob.until(({ code }) => code === "invalid-message");
  bob.send({ type: "input", topic, events: click });
  bob.send({ type: "input", topic, events: keys });
  const isBack = ({ view }: { view: LiveView }) =>
    view.scene?.pointer?.x === 50 && view.scene.pointer.y === 25;
  await until("the pointer is seen where it was put", boundMs, () => bob.pictures.some(isBack));
  await until("what was typed has arrived", boundMs, async () => {
    return site.requests.some(({ path }) => path === "/typed?Hi!");
  });
  const given = await t.call("bob", "DELETE", `/executions/${id}/input-holder`);
  assert.equal((given.body as unknown as LiveView).holder, null);
  await steer(id, "resume");
  assert.equal((await ended(id)).status, "passed");
});

test("a run that is held for trying steps pauses before its step, and at a failure; it is stopped, not run on", async () => {
  await start({ watchedMs: 100, pauseAloneMs: 500 });
  const { id: testCaseId } = await makeTestCase(t.world.as.alice, t.world.project.id, {
    steps: [
      page("/"),
      page("/next"),
      { type: "click", target: "#not-there", timeoutMs: 200 },
    ] as TestCaseInput["steps"],
  });
  const { id } = await startHeld(t.world.as.bob, testCaseId, 2);
  executions.push(id);
  const client = await t.as("dora");
  client.subscribe(`view:${id}`);
  const view = await pausedAt(id, 2);
  assert.equal(view.pause?.thenDoes, "stop");
  await hasBegun(id, [0, 1]);
  await steer(id, "step");
  await pausedAt(id, 3);
  client.send({ type: "unsubscribe", topic: `view:${id}` });
  assert.equal((await ended(id)).status, "cancelled");
});

test("a project has so many browsers held for trying steps, and no more", async () => {
  const { id: testCaseId } = await makeTestCase(t.world.as.alice, t.world.project.id);
  for (let count = 0; count < viewLimits.heldRunsMax; count++) {
    executions.push((await startHeld(t.world.as.bob, testCaseId, 0)).id);
  }
  await assert.rejects(startHeld(t.world.as.bob, testCaseId, 0), /5 browsers are held/);
});
