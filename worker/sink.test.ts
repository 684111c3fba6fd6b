import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { type BlobStore, openBlobs } from "../db/blobs.ts";
import type { RunnerEvent } from "../db/domain/events.ts";
import { newId } from "../db/domain/ids.ts";
import { limits } from "../db/domain/limits.ts";
import type { TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { claim } from "../db/outbox/claim.ts";
import { policies } from "../db/outside-calls/policies.ts";
import { OutsideCalls } from "../db/outside-calls.ts";
import { finishAttempt } from "../db/services/attempt-endings.ts";
import { beginAttempt } from "../db/services/attempts.ts";
import type { Ctx } from "../db/services/context.ts";
import { getArtifact, getExecution, listArtifacts, listLogs } from "../db/services/executions.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeTestCase, makeWorld, systemCtx, testKeys, type World } from "../db/testing/factories.ts";
import { type FaultyStore, startFaultyStore } from "../db/testing/faulty-store.ts";
import type { ArtifactBytes } from "./browser/protocol.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { startSite } from "./browser/testing/site.ts";
import { monotonicMs } from "./clock.ts";
import { HeldJob } from "./held-job.ts";
import { startWorker } from "./service.ts";
import { Sink } from "./sink.ts";
import { until } from "./testing/wait.ts";

let database: TestDatabase;
let world: World;
let ctx: Ctx;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  ctx = systemCtx(database.db, world.a.id);
});
after(() => database.drop());

let server: FaultyStore;
let blobs: BlobStore;
const impatient = { ...policies.storage, pauseMs: 1, pauseMsMax: 5, openMs: 50, openMsMax: 50 };
beforeEach(async () => {
  server = await startFaultyStore();
  blobs = openBlobs(server.options, new OutsideCalls({ policies: { storage: impatient } }).to("storage"));
});
afterEach(async () => {
  blobs.close();
  await server.down();
});

/** An attempt that is underway, and the sink that writes down what it says. */
async function begin() {
  const testCase = await makeTestCase(world.as.alice, world.project.id);
  const { id } = await executeTestCase(world.as.alice, { testCaseId: testCase.id }, "manual");
  const worker = { id: newId() };
  const jobs = await claim(database.db.sql, { workerId: worker.id, slots: 10, queue: "browser" });
  const job = jobs.find(({ payload }) => (payload as { executionId: string }).executionId === id);
  assert.ok(job);
  const held = new HeldJob(job, monotonicMs(), 60_000);
  const start = await beginAttempt(ctx, job, id, worker);
  assert.ok(start);
  const lost: unknown[] = [];
  const sink = new Sink({
    ctx,
    held,
    start,
    blobs,
    onFailed: () => undefined,
    onLost: (_, error) => void lost.push(error),
  });
  let taken = 0;
  const took = () => void taken++;
  return {
    id,
    held,
    sink,
    lost,
    taken: () => taken,
    say: (text: string) => sink.take({ type: "events", events: [line(text)] }, took),
    show: (name: string, bytes = randomBytes(2_000)) =>
      sink.take({ type: "artifact", artifact: picture(name, bytes) }, took),
    finish: () => finishAttempt(ctx, job, start, { status: "passed", failure: null, durationMs: 1 }),
  };
}

const line = (text: string): RunnerEvent => ({
  at: new Date().toISOString(),
  type: "log",
  level: "info",
  text,
});
const picture = (name: string, bytes: Uint8Array): ArtifactBytes => ({
  ...{ id: newId(), kind: "screenshot", name, contentType: "image/png", step: 0 },
  ...{ width: 1, height: 1, bytes },
});
const logOf = async (id: string) =>
  (await listLogs(world.as.alice, id, { after: 0, limit: 1_000 })).items.map((item) =>
    item.type === "log" ? item.text : item.type,
  );
const filesOf = async (id: string) => (await listArtifacts(world.as.alice, id)).items;

describe("storage that is away", () => {
  test("costs the pictures and neither the log nor the verdict: each is lost with its reason, in its place", async () => {
    await server.down();
    const attempt = await begin();
    attempt.say("before");
    attempt.show("first");
    attempt.say("between");
    attempt.show("second");
    attempt.say("after");
    await attempt.sink.drain();
    assert.equal(attempt.sink.error, null);
    assert.equal(attempt.taken(), 5, "the thread is told that all was dealt with, and goes on");
    assert.deepEqual(await attempt.finish(), { state: "finished", verdict: "passed" });
    const log = await logOf(attempt.id);
    const why = /^screenshot "(first|second)" is lost: storage is not available: it .*ECONNREFUSED/;
    assert.deepEqual(
      log.map((text) => why.exec(text)?.[1] ?? text),
      ["before", "first", "between", "second", "after", "attempt-finished", "execution-finished"],
    );
    for (const file of await filesOf(attempt.id))
      assert.match(file.lostReason ?? "", /storage is not available/);
    assert.equal((await filesOf(attempt.id)).length, 2);
    assert.equal(attempt.lost.length, 2);
  });

  test("for a while costs what was taken meanwhile; what comes after it is stored", async () => {
    const attempt = await begin();
    attempt.show("before");
    await until("it is stored", 20_000, async () => (await filesOf(attempt.id)).length === 1);
    await server.down();
    attempt.show("meanwhile");
    await until("it is lost", 20_000, () => attempt.lost.length === 1);
    await server.up();
    await until("the storage is asked again", 20_000, () =>
      blobs.check().then(
        () => true,
        () => false,
      ),
    );
    attempt.show("after");
    await attempt.sink.drain();
    await attempt.finish();
    const files = await filesOf(attempt.id);
    assert.deepEqual(files.map(({ name, lostReason }) => [name, lostReason === null]).sort(), [
      ["after", true],
      ["before", true],
      ["meanwhile", false],
    ]);
  });

  test("by full tries holds nobody up: a try is aborted, and then it is not asked for a while", async () => {
    blobs.close();
    const storage = {
      ...impatient,
      tryMs: 100,
      triesMax: 1,
      failuresMax: 2,
      openMs: 60_000,
      openMsMax: 60_000,
    };
    blobs = openBlobs(server.options, new OutsideCalls({ policies: { storage } }).to("storage"));
    server.fault = "silent";
    const attempt = await begin();
    for (let n = 0; n < 10; n++) {
      attempt.show(`${n}`);
      attempt.say(`${n}`);
    }
    await attempt.sink.drain();
    assert.equal(attempt.sink.error, null);
    assert.equal((await filesOf(attempt.id)).filter(({ lostReason }) => lostReason !== null).length, 10);
    assert.equal((await logOf(attempt.id)).filter((text) => /^\d$/.test(text)).length, 10);
    await until("no request is left", 20_000, () => server.abandoned === server.requests.length);
  });
});

describe("a file", () => {
  for (const fault of ["forgets", "short-head", "other-checksum", "denied"] as const) {
    test(`is never ready without its object (the store ${fault})`, async () => {
      server.fault = fault;
      const attempt = await begin();
      attempt.show("picture");
      await attempt.sink.drain();
      const [file] = await filesOf(attempt.id);
      assert.ok(file?.lostReason, "it is lost");
      assert.ok(!/AccessDenied|bucket|127/.test(file.lostReason), file.lostReason);
    });
  }

  test("that is ready can be read as it was, and was recorded before its event", async () => {
    const attempt = await begin();
    const bytes = randomBytes(5_000);
    attempt.show("picture", bytes);
    attempt.say("taken");
    await until("its event is there", 20_000, async () => (await logOf(attempt.id)).includes("taken"));
    const [file] = await filesOf(attempt.id);
    assert.equal(file?.lostReason, null);
    const { storageKey } = await getArtifact(world.as.alice, file?.id ?? "");
    const object = await blobs.get(storageKey);
    assert.deepEqual(Buffer.from(await new Response(object?.stream).arrayBuffer()), bytes);
  });

  test("that is too large is lost and breaks nothing", async () => {
    const attempt = await begin();
    attempt.show("film", Buffer.alloc(limits.artifactBytesMax + 1));
    await attempt.sink.drain();
    assert.equal(attempt.sink.error, null);
    assert.match(
      (await filesOf(attempt.id))[0]?.lostReason ?? "",
      /it has 25000001 bytes, more than 25000000/,
    );
    assert.equal(server.objects, 0);
  });

  test("of an attempt whose lease is lost is given up at once, and nothing more is written", async () => {
    server.fault = "silent";
    const attempt = await begin();
    attempt.show("picture");
    attempt.say("after");
    await until("the store is asked", 20_000, () => server.requests.length === 1);
    attempt.held.stop({ kind: "lost", message: "another worker has it" });
    await attempt.sink.drain();
    await until("the request is aborted", 20_000, () => server.abandoned === 1);
    assert.deepEqual(await logOf(attempt.id), []);
    assert.deepEqual(await filesOf(attempt.id), []);
  });

  test("of an attempt that is stopped gets a few seconds more and no more", async () => {
    server.fault = "silent";
    const attempt = await begin();
    attempt.show("picture");
    await until("the store is asked", 20_000, () => server.requests.length === 1);
    attempt.held.stop({ kind: "interrupted", message: "the worker stops" });
    await attempt.sink.drain();
    const [file] = await filesOf(attempt.id);
    assert.match(file?.lostReason ?? "", /stopped before it was stored/);
  });
});

test("a worker whose storage is away runs on: the test passes, its log is whole, its pictures say why they are missing", async () => {
  await server.down();
  const site = await startSite();
  const home = mkdtempSync(join(tmpdir(), "verdict-sink-"));
  await database.db.sql`delete from outbox`;
  const browser = { executablePath: await findBrowser(), sandbox: process.getuid?.() !== 0 };
  const service = await startWorker({
    ...{ db: database.db, blobs, keys: testKeys, name: "here", version: "0", slots: 1, home, browser },
  });
  try {
    const steps = [
      { type: "goto", url: `${site.url}/next` },
      { type: "expectTitle", title: "Next page" },
    ] as TestCaseInput["steps"];
    const testCase = await makeTestCase(world.as.alice, world.project.id, { steps });
    const { id } = await executeTestCase(world.as.alice, { testCaseId: testCase.id }, "manual");
    const execution = await until("the execution has ended", 60_000, async () => {
      const now = await getExecution(world.as.alice, id);
      return isFinal(now.status) && now;
    });
    assert.equal(execution.status, "passed");
    const files = await filesOf(id);
    assert.ok(files.length > 0 && files.every(({ lostReason }) => lostReason !== null));
    const { items } = await listLogs(world.as.alice, id, { after: 0, limit: 1_000 });
    assert.deepEqual(
      items.map(({ seq }) => seq),
      items.map((_, index) => index + 1),
    );
    assert.equal(items.at(-1)?.type, "execution-finished");
  } finally {
    await service.stop();
    await site.close();
    rmSync(home, { recursive: true, force: true });
  }
});
