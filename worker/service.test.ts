import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type BlobStore, openBlobs } from "../db/blobs.ts";
import { openDb } from "../db/client.ts";
import { newId } from "../db/domain/ids.ts";
import type { Execution, TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { enqueue } from "../db/outbox.ts";
import { openKeys } from "../db/services/envelope.ts";
import {
  getArtifact,
  getExecution,
  listArtifacts,
  listAttempts,
  listLogs,
  stopExecution,
} from "../db/services/executions.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { putSecret } from "../db/services/secrets.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeTestCase, makeWorld, testKeys, type World } from "../db/testing/factories.ts";
import { findBrowser } from "./browser/testing/find-browser.ts";
import { type Site, startSite } from "./browser/testing/site.ts";
import { startWorker, type WorkerOptions, type WorkerService, type WorkerTimings } from "./service.ts";
import { until } from "./testing/wait.ts";
import { openWire } from "./testing/wire.ts";
import type { ChildOptions } from "./testing/worker-child.ts";

const home = mkdtempSync(join(tmpdir(), "verdict-worker-"));
const blobsDirectory = join(home, "blobs");
const quick: WorkerTimings = {
  leaseMs: 2_500,
  heartbeatMs: 300,
  sweepMs: 200,
  pollMs: 300,
  probeMs: 300,
  graceMs: 3_000,
};
const sandbox = process.getuid?.() !== 0;

let database: TestDatabase;
let world: World;
let site: Site;
let blobs: BlobStore;
let executablePath: string;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  site = await startSite();
  blobs = openBlobs({ kind: "file", directory: blobsDirectory });
  executablePath = await findBrowser();
});
const services: WorkerService[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  // A test that failed must not leave the next ones its work.
  await database.db.sql`delete from outbox where state <> 'running'`;
  await Promise.all(services.splice(0).map((service) => service.stop()));
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
after(async () => {
  await site.close();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

async function start(over: Partial<WorkerOptions> = {}): Promise<WorkerService> {
  const { db } = database;
  const browser = { executablePath, sandbox };
  const service = await startWorker({
    ...{ db, blobs, keys: testKeys, name: "here", version: "0", slots: 2, home, browser, timings: quick },
    ...over,
  });
  services.push(service);
  return service;
}

async function spawnWorker(name: string): Promise<ChildProcess> {
  const options: ChildOptions = {
    url: database.url,
    home,
    blobs: blobsDirectory,
    name,
    executablePath,
    timings: quick,
  };
  const file = fileURLToPath(new URL("./testing/worker-child.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout ?? child, "data");
  return child;
}

async function execute(steps: TestCaseInput["steps"], retries = 0): Promise<Execution> {
  const testCase = await makeTestCase(world.as.alice, world.project.id, { steps });
  const input = { testCaseId: testCase.id, retries };
  return executeTestCase(world.as.alice, input, "manual");
}

const stepsOf = (...steps: unknown[]) => steps as TestCaseInput["steps"];
const passing = () =>
  stepsOf({ type: "goto", url: `${site.url}/next` }, { type: "expectTitle", title: "Next page" });
const lasting = (timeoutMs = 60_000) =>
  stepsOf({ type: "goto", url: `${site.url}/next` }, { type: "waitFor", target: "#never-there", timeoutMs });

const get = (id: string) => getExecution(world.as.alice, id);
const logOf = async (id: string) => (await listLogs(world.as.alice, id, { after: 0, limit: 1_000 })).items;
const ended = (id: string, ms = 20_000) =>
  until("the execution has ended", ms, async () => {
    const execution = await get(id);
    return isFinal(execution.status) && execution;
  });
const waits = (id: string) =>
  until("the execution is in its waiting step", 20_000, async () =>
    (await logOf(id)).some((item) => item.type === "step-started" && item.step === 1),
  );
const statusesOf = async (id: string) => (await listAttempts(world.as.alice, id)).map(({ status }) => status);

async function assertSoundLog(id: string): Promise<void> {
  const log = await logOf(id);
  const numbers = log.map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  assert.equal(log.filter(({ type }) => type === "execution-finished").length, 1);
  assert.equal(log.at(-1)?.type, "execution-finished");
}

/** Processes that have the text in their command line: profiles of browsers are below our folder. */
function processesWith(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
    } catch {
      return false;
    }
  });
}
const noBrowserIn = (folder: string) =>
  until(
    `no browser has its profile in ${folder}`,
    5_000,
    () => processesWith(`${folder}/profiles`).length === 0,
  );

test("an execution runs in a browser: its log is whole, its files are stored, its job is done", async () => {
  await start();
  const { id } = await execute(passing());
  assert.equal((await ended(id)).status, "passed");
  await assertSoundLog(id);
  const types = (await logOf(id)).map(({ type }) => type);
  for (const type of ["attempt-started", "step-started", "step-finished", "attempt-finished"] as const) {
    assert.ok(types.includes(type), type);
  }
  const { items } = await listArtifacts(world.as.alice, id);
  const kinds = new Set(items.map(({ kind }) => kind));
  for (const kind of ["screenshot", "replay", "network", "har"] as const) assert.ok(kinds.has(kind), kind);
  for (const { id: artifactId } of items) {
    const artifact = await getArtifact(world.as.alice, artifactId);
    const object = await blobs.get(artifact.storageKey);
    const bytes = Buffer.from(await new Response(object?.stream).arrayBuffer());
    assert.equal(bytes.byteLength, artifact.sizeBytes);
    assert.equal(createHash("sha256").update(bytes).digest("hex"), artifact.sha256);
    assert.ok(
      artifact.storageKey.startsWith(`${world.a.id}/`) && artifact.storageKey.endsWith(artifact.sha256),
    );
  }
  const [job] = await database.db
    .sql`select outcome, attempt, result from outbox_done where unique_key = ${id}`;
  assert.deepEqual({ ...job }, { outcome: "done", attempt: 1, result: { verdict: "passed" } });
});

test("a failed attempt is tried again while there are attempts, each in a job of its own", async () => {
  await start();
  const { id } = await execute(lasting(200), 1);
  assert.equal((await ended(id)).status, "failed");
  assert.deepEqual(await statusesOf(id), ["failed", "failed"]);
  await assertSoundLog(id);
});

test("an execution that is stopped has ended within five seconds, and its page is closed", async () => {
  const service = await start({ timings: { ...quick, heartbeatMs: 400 } });
  const { id } = await execute(lasting());
  await waits(id);
  const stoppedAt = performance.now();
  await stopExecution(world.as.alice, id);
  assert.equal((await ended(id, 5_000)).status, "cancelled");
  assert.ok(performance.now() - stoppedAt < 5_000);
  assert.ok(service.browsers() <= 1);
  await assertSoundLog(id);
});

test("a worker that stops lets short attempts end, hands long ones back uncounted, and leaves nothing", async () => {
  const service = await start({ timings: { ...quick, graceMs: 1_500 } });
  const short = await execute(lasting(600));
  const long = await execute(lasting());
  await Promise.all([waits(short.id), waits(long.id)]);
  await service.stop();
  assert.equal((await get(short.id)).status, "failed");
  assert.equal((await get(long.id)).status, "queued");
  assert.deepEqual(await statusesOf(long.id), ["lost"]);
  const [job] = await database.db
    .sql`select state, failures, crashes, interruptions from outbox where unique_key = ${long.id}`;
  assert.deepEqual({ ...job }, { state: "ready", failures: 0, crashes: 0, interruptions: 1 });
  assert.equal((await database.db.sql`select id from worker where id = ${service.id}`).length, 0);
  const folder = join(home, "run", `${process.pid}-${service.id}`);
  await noBrowserIn(folder);
  assert.equal(existsSync(folder), false);
  await stopExecution(world.as.alice, long.id);
});

test("when a worker is killed another one ends its execution: one terminal event, no browser left", async () => {
  const victim = await spawnWorker("victim");
  const { id } = await execute(stepsOf(...lasting(2_500), ...passing()), 0);
  await waits(id);
  const folder = join(
    home,
    "run",
    readdirSync(join(home, "run")).find((name) => name.startsWith(`${victim.pid}-`)) ?? "",
  );
  assert.notEqual(processesWith(`${folder}/profiles`).length, 0);
  victim.kill("SIGKILL");
  await once(victim, "exit");
  // Its browser ends by itself: the pipe to it is closed.
  await noBrowserIn(folder);
  assert.equal(existsSync(folder), true);
  await start({ name: "heir" });
  assert.equal(existsSync(folder), false);
  assert.equal((await ended(id)).status, "failed");
  assert.deepEqual(await statusesOf(id), ["lost", "failed"]);
  await assertSoundLog(id);
  const reason = (await logOf(id)).find((item) => item.type === "requeued");
  assert.match(reason?.type === "requeued" ? reason.reason : "", /lost with worker victim/);
});

test("a worker that is told to stop by SIGTERM drains and exits with 0", async () => {
  const child = await spawnWorker("drained");
  const { id } = await execute(lasting(600));
  await waits(id);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  assert.equal((await get(id)).status, "failed");
  assert.deepEqual(
    readdirSync(join(home, "run")).filter((name) => name.startsWith(`${child.pid}-`)),
    [],
  );
});

test("a worker that loses its lease stops at once and writes nothing more", async () => {
  const service = await start();
  const { id } = await execute(lasting());
  await waits(id);
  // As if this worker had been away for long and another one had the job now.
  await database.db.sql`update outbox set lease_token = ${newId()}, worker_id = ${newId()},
    lease_until = now() + interval '1 hour' where unique_key = ${id}`;
  const before = await logOf(id);
  await until("its browser is killed", 5_000, () => service.browsers() === 0);
  await service.stop();
  assert.deepEqual(await logOf(id), before);
  assert.equal((await get(id)).status, "running");
  await database.db.sql`update outbox set lease_until = now() where unique_key = ${id}`;
  await stopExecution(world.as.alice, id);
  await start();
  assert.equal((await ended(id)).status, "cancelled");
  await assertSoundLog(id);
});

test("a worker that can't reach the database fences itself off before its lease ends", async () => {
  const wire = await openWire(database.url);
  const db = openDb({ url: wire.url, connectionsMax: 4, name: "cut-off" });
  const service = await start({ db, name: "cut-off", slots: 1 });
  const { id } = await execute(lasting());
  await waits(id);
  const cutAt = performance.now();
  wire.cut();
  await until("its browser is killed", quick.leaseMs, () => service.browsers() === 0);
  assert.ok(performance.now() - cutAt < quick.leaseMs);
  await start({ name: "heir" });
  await stopExecution(world.as.alice, id);
  assert.equal((await ended(id)).status, "cancelled");
  await assertSoundLog(id);
  await wire.close();
  await service.stop();
  await db.close();
});

test("connections that break while an attempt runs cost it nothing", async () => {
  await start();
  const { id } = await execute(stepsOf(...passing(), ...passing(), { type: "waitFor", ms: 800 }));
  await until("it runs", 20_000, async () => (await get(id)).status === "running");
  await database.db.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and usename = current_user`;
  const execution = await until("it has ended", 20_000, async () => {
    const now = await get(id).catch(() => null);
    return now && isFinal(now.status) && now;
  });
  assert.equal(execution.status, "passed");
  assert.deepEqual(await statusesOf(id), ["passed"]);
  await assertSoundLog(id);
});

test("a worker whose connections broke listens again: it does not wait for its poll", async () => {
  const service = await start({ browser: null, timings: { ...quick, pollMs: 600_000 } });
  await until("it has registered", 10_000, async () => {
    const rows = await database.db.sql`select 1 from worker where id = ${service.id}`;
    return rows.length > 0;
  });
  for (let round = 0; round < 2; round++) {
    const id = await database.db.orm.transaction((tx) =>
      enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }),
    );
    await until("it is done", 20_000, async () => {
      const rows = await database.db.sql`select 1 from outbox_done where id = ${id}`;
      return rows.length > 0;
    });
    await database.db.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen%'`;
    await until("it listens again", 10_000, async () => {
      const rows = await database.db.sql`select 1 from pg_stat_activity
        where datname = current_database() and state = 'idle' and query ilike 'listen%'`;
      return rows.length > 0;
    });
  }
});

test("a browser that does not start is an error of ours and says why, never a failure of the test", async () => {
  await start({ browser: { executablePath: join(home, "no-browser"), sandbox } });
  const { id } = await execute(passing());
  await database.db.sql`update outbox set failures = 2 where unique_key = ${id}`;
  const { status, error } = await ended(id);
  assert.equal(status, "error");
  assert.equal(error?.code, "browser-start-failed");
  await assertSoundLog(id);
});

test("an execution whose secret can't be read ends as an error that names it", async () => {
  const lost = { ...world.as.alice, keys: openKeys("a key that nobody has any more, 32 bytes") };
  await putSecret(lost, world.project.id, { name: "LOST", value: "hush-hush" });
  await start();
  const { id } = await execute(stepsOf({ type: "goto", url: `${site.url}/next?{{secrets.LOST}}` }));
  await database.db.sql`update outbox set failures = 2 where unique_key = ${id}`;
  const { status, error } = await ended(id);
  assert.equal(status, "error");
  assert.match(error?.message ?? "", /the secret "LOST": .*neither SECRET_KEY nor one of SECRET_KEYS_OTHER/);
});

test("a job whose payload is wrong becomes a dead letter at once", async () => {
  await start();
  const id = newId();
  await database.db
    .sql`insert into outbox (id, kind, state, priority, payload) values (${id}, 'execution', 'ready', 0, '{}')`;
  const done = await until("it has left the outbox", 30_000, async () => {
    const [row] = await database.db.sql`select outcome, error from outbox_done where id = ${id}`;
    return row;
  });
  assert.equal(done.outcome, "dead");
  assert.match(done.error, /the payload is wrong/);
});

test("housekeeping is enqueued and done by the workers themselves", async () => {
  const startedAt = new Date();
  await database.db.sql`insert into socket_ticket (token_hash, user_id, expires_at)
    values ('old', ${world.alice.id}, now() - interval '1 minute')`;
  await database.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null, uniqueKey: "hourly" }),
  );
  await Promise.all([start(), start({ name: "second" })]);
  await until("the ticket is gone", 30_000, async () => {
    const [row] = await database.db.sql`select count(*)::int as count from socket_ticket`;
    return row?.count === 0;
  });
  const jobs = await until("it is done", 30_000, async () => {
    const rows = await database.db.sql`
      select id, result from outbox_done where kind = 'housekeeping' and finished_at >= ${startedAt}`;
    return rows.length > 0 && rows;
  });
  assert.equal(jobs.length, 1);
  assert.equal(jobs[0]?.result.deleted.socket_ticket, 1);
});
