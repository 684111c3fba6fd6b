import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type BlobStore, openBlobs } from "../db/blobs.ts";
import { newId } from "../db/domain/ids.ts";
import type { Execution, TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { baselineFile, listBaselines } from "../db/services/baselines.ts";
import { getExecution, listArtifacts } from "../db/services/executions.ts";
import { updateProject } from "../db/services/projects.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { approveSnapshot, snapshotsOfExecution } from "../db/services/snapshots.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeTestCase, makeWorld, testKeys, type World } from "../db/testing/factories.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { startWorker, type WorkerService } from "./service.ts";
import { until } from "./testing/wait.ts";

/** From the first picture of a page to the approved one, and to the one that looks different: by a worker, as it really runs. */

const home = mkdtempSync(join(tmpdir(), "verdict-snapshots-"));
const timings = { leaseMs: 20_000, heartbeatMs: 2_000, sweepMs: 2_000, pollMs: 300, graceMs: 3_000 };

let database: TestDatabase;
let world: World;
let worker: WorkerService;
let site: Server;
let blobs: BlobStore;
let colour = "#07c";
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  site = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><body style="background:#fff"><p style="height:50px;background:${colour}">`);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  blobs = openBlobs({ kind: "file", directory: join(home, "blobs") });
  const sandbox = process.getuid?.() !== 0;
  const browser = { executablePath: await findBrowser(), sandbox };
  const about = { name: "here", version: "0", slots: 1, home, timings, browser, firefox: null };
  worker = await startWorker({ db: database.db, blobs, keys: testKeys, ...about });
});
after(async () => {
  await worker.stop();
  await new Promise((resolve) => site.close(resolve));
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

async function makeCase(name: string): Promise<string> {
  const { port } = site.address() as AddressInfo;
  const steps = [
    { type: "goto", url: `http://127.0.0.1:${port}/` },
    { type: "expectSnapshot", name, timeoutMs: 4_000 },
  ] as TestCaseInput["steps"];
  return (await makeTestCase(world.as.alice, world.project.id, { steps })).id;
}

async function execute(testCaseId: string): Promise<Execution> {
  const { id } = await executeTestCase(world.as.alice, { testCaseId, retries: 0 }, "manual");
  return until("the execution has ended", 120_000, async () => {
    const execution = await getExecution(world.as.alice, id);
    return isFinal(execution.status) && execution;
  });
}

const waitingOf = async ({ projectId, id }: Execution) =>
  (await snapshotsOfExecution(world.as.alice, projectId, id)).filter(({ state }) => state === "waiting");

test("a new picture fails and waits; approved, the next run passes; changed, it fails with the three pictures", async () => {
  const { alice } = world.as;
  const testCaseId = await makeCase("home");
  const first = await execute(testCaseId);
  assert.equal(first.status, "failed");
  assert.equal(first.error?.code, "snapshot-new");
  const [isNew] = await waitingOf(first);
  assert.equal(isNew?.result, "new");
  assert.equal(isNew.actual.lost, false);
  await approveSnapshot(alice, first.projectId, isNew.id);

  const second = await execute(testCaseId);
  assert.equal(second.status, "passed", JSON.stringify(second.error));
  assert.deepEqual(await waitingOf(second), []);

  colour = "#c07";
  const third = await execute(testCaseId);
  colour = "#07c";
  assert.equal(third.error?.code, "snapshot-different");
  const files = await listArtifacts(alice, third.id, { kind: "snapshot" });
  assert.deepEqual(files.items.map(({ name }) => name).sort(), [
    "home actual.png",
    "home diff.png",
    "home expected.png",
  ]);
  const [different] = await waitingOf(third);
  assert.equal(different?.result, "different");
  assert.ok((different.pixels ?? 0) > 0 && (different.ratio ?? 0) < 1);
  const [baseline] = (await listBaselines(alice, first.projectId, { limit: 1, history: "false", testCaseId }))
    .items;
  assert.equal(different.baselineId, baseline?.id);
  // What was expected is the very file that was approved.
  assert.equal(files.items.find(({ name }) => name === "home expected.png")?.sha256, baseline?.sha256);
});

test("a project may let new pictures pass; they wait all the same", async () => {
  const { alice } = world.as;
  await updateProject(alice, world.project.id, { newSnapshots: "pass" });
  const execution = await execute(await makeCase(newId()));
  await updateProject(alice, world.project.id, { newSnapshots: "fail" });
  assert.equal(execution.status, "passed", JSON.stringify(execution.error));
  assert.equal((await waitingOf(execution)).length, 1);
});

test("an approved picture that can't be read is trouble of ours, and no failure of the page", async () => {
  const { alice } = world.as;
  const testCaseId = await makeCase(newId());
  const first = await execute(testCaseId);
  const [snapshot] = await waitingOf(first);
  await approveSnapshot(alice, first.projectId, snapshot?.id ?? "");
  const [baseline] = (await listBaselines(alice, first.projectId, { limit: 1, history: "false", testCaseId }))
    .items;
  await blobs.delete((await baselineFile(alice, first.projectId, baseline?.id ?? "")).storageKey);
  const execution = await execute(testCaseId);
  assert.equal(execution.status, "error");
  assert.equal(execution.error?.code, "baseline-unavailable");
  assert.match(execution.error.message, /can't be read: the storage does not have it any more$/);
});
