import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "postgres";
import { connect } from "../client.ts";
import { hintsGiven } from "../commit-hints.ts";
import { newId } from "../domain/ids.ts";
import { enqueue, enqueueMany, type NewJob } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { claim } from "./claim.ts";
import { heartbeat } from "./heartbeat.ts";
import { expiredLeases, rescue } from "./rescue.ts";
import { markBusy, markIdle, WORKER_CHANNEL, wakeIdle } from "./wake.ts";
import { holdLock, loseDeadWorkers, registerWorker } from "./workers.ts";

let database: TestDatabase;
const sessions: Sql[] = [];
before(async () => {
  database = await testDatabase();
  // The server of the tests has just been started: as if it had not.
  await settle();
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.end({ timeout: 1 })));
  await database.db.sql`delete from worker`;
  await database.db.sql`delete from outbox`;
});
after(() => database.drop());

async function settle(): Promise<void> {
  await until(async () => {
    const [row] = await database.db
      .sql`select now() - pg_postmaster_start_time() > interval '6 seconds' as old`;
    return row?.old;
  }, 10_000);
}

async function until(look: () => Promise<unknown>, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!(await look())) {
    assert.ok(performance.now() < end, `not within ${ms} ms`);
    await delay(10);
  }
}

const job: NewJob = { kind: "housekeeping", payload: {}, organizationId: null };

const row = (name: string) => ({
  id: newId(),
  name,
  host: "h",
  pid: 1,
  version: "0",
  browsers: [],
  slots: 2,
});

/** A worker that lives as long as its session. */
async function live(name: string): Promise<{ id: string; session: Sql }> {
  const worker = row(name);
  await registerWorker(database.db.sql, worker);
  const session = connect(database.db.address, { name, connectionsMax: 1 });
  sessions.push(session);
  await holdLock(session, worker.id);
  return { id: worker.id, session };
}

const sweep = () => loseDeadWorkers(database.db.sql);
const addAndClaim = async (workerId: string) => {
  await database.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }),
  );
  const [job] = await claim(database.db.sql, { workerId, queue: "light", slots: 1 });
  assert.ok(job);
  return job;
};

test("the leases of a worker whose connection has ended end long before they would run out, and the evidence says so", async () => {
  const [dead, alive] = [await live("dead"), await live("alive")];
  const [lost, kept] = [await addAndClaim(dead.id), await addAndClaim(alive.id)];
  assert.equal(await sweep(), 0);
  await dead.session.end({ timeout: 0 });
  await until(async () => (await sweep()) === 1, 3_000);
  const expired = await expiredLeases(database.db.sql);
  assert.deepEqual(
    expired.map(({ jobId }) => jobId),
    [lost.jobId],
  );
  const rescued = await database.db.orm.transaction((tx) => rescue(tx, lost));
  assert.equal(rescued.state, "ready");
  assert.match(rescued.state === "ready" ? rescued.evidence : "", /worker dead on h .* its connection ended/);
  assert.equal((await heartbeat(database.db.sql, { workerId: dead.id })).isKnown, false);
  assert.deepEqual(
    (await heartbeat(database.db.sql, { workerId: alive.id })).held.map(({ jobId }) => jobId),
    [kept.jobId],
  );
});

test("a worker whose connection broke and is back has lost nothing, however many look at once", async () => {
  const { id, session } = await live("shaky");
  await addAndClaim(id);
  await database.db.sql`select pg_terminate_backend(pid, 1000) from pg_stat_activity
    where datname = current_database() and application_name = 'shaky'`;
  await Promise.all([sweep(), sweep(), sweep()]);
  await until(
    () =>
      holdLock(session, id)
        .then(() => true)
        .catch(() => false),
    400,
  );
  const end = performance.now() + 1_200;
  while (performance.now() < end) {
    assert.equal(await sweep(), 0);
    await delay(50);
  }
  assert.equal((await heartbeat(database.db.sql, { workerId: id })).isKnown, true);
});

test("a worker that was taken for dead is known again when it registers", async () => {
  const worker = row("back");
  await registerWorker(database.db.sql, worker);
  await database.db.sql`update worker set lost_at = now() where id = ${worker.id}`;
  assert.equal((await heartbeat(database.db.sql, { workerId: worker.id })).isKnown, false);
  await registerWorker(database.db.sql, worker);
  assert.equal((await heartbeat(database.db.sql, { workerId: worker.id })).isKnown, true);
});

test("whoever adds a job wakes an idle worker with its commit; a busy one is not told", async () => {
  const worker = row("idle");
  await registerWorker(database.db.sql, worker);
  const heard: string[] = [];
  const listener = connect(database.db.address, { name: "listener", connectionsMax: 1 });
  sessions.push(listener);
  const channel = `${WORKER_CHANNEL}${worker.id}`;
  const { unlisten } = await listener.listen(channel, (payload) => heard.push(payload));
  const add = async (count: number) => {
    const jobs = Array.from({ length: count }, () => job);
    await database.db.orm.transaction((tx) => enqueueMany(tx, jobs));
    await hintsGiven(database.db.sql);
  };
  await add(1);
  assert.equal(await markIdle(database.db.sql, worker.id, "light"), true);
  assert.equal(await markIdle(database.db.sql, worker.id, "light"), false);
  const refused = database.db.orm.transaction(async (tx) => {
    await enqueue(tx, job);
    throw new Error("rolled back");
  });
  await assert.rejects(refused, /rolled back/);
  await wakeIdle(database.db.sql, "browser");
  await add(100);
  await add(1);
  await markBusy(database.db.sql, worker.id, "light");
  await add(1);
  // What was notified before this is heard before it.
  await database.db.sql`select pg_notify(${channel}, 'end')`;
  await until(async () => heard.includes("end"), 10_000);
  assert.deepEqual(heard, ["light", "light", "end"]);
  await unlisten();
});

/** What workers hear while something is done; each word with the name of the worker. */
async function heardWhile(workers: readonly { id: string; name: string }[], work: () => Promise<unknown>) {
  const listener = connect(database.db.address, { name: "listener", connectionsMax: 1 });
  sessions.push(listener);
  const heard: string[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  for (const { id, name } of workers)
    await listener.listen(`${WORKER_CHANNEL}${id}`, (payload) => heard.push(`${name} ${payload}`));
  await listener.listen("end_of_test", () => end());
  await work();
  await hintsGiven(database.db.sql);
  // What was notified before this is heard before it.
  await database.db.sql`select pg_notify('end_of_test', '')`;
  await ended;
  return heard.sort();
}

/** Workers that wait to be told of executions. */
async function idleWorkers(browsers: Record<string, string[]>) {
  const workers = Object.entries(browsers).map(([name, browsers]) => ({ ...row(name), browsers }));
  for (const worker of workers) {
    await registerWorker(database.db.sql, worker);
    await markIdle(database.db.sql, worker.id, "browser");
  }
  return workers;
}

const execution = (browser: string): NewJob => ({
  kind: "execution",
  payload: { executionId: newId() },
  organizationId: null,
  browser,
});

test("a job wakes a worker that has its browser, and none that could not take it", async () => {
  const workers = await idleWorkers({ c1: ["chromium"], c2: ["chromium"], c3: ["chromium"], f: ["firefox"] });
  const one = (browser: string) => database.db.orm.transaction((tx) => enqueue(tx, execution(browser)));
  for (let turn = 0; turn < 4; turn++) {
    assert.deepEqual(await heardWhile(workers, () => one("firefox")), ["f browser"]);
  }
  assert.deepEqual(await heardWhile(workers, () => one("webkit")), []);
  const many = ["firefox", "chromium", "firefox", "chromium"].map(execution);
  const both = await heardWhile(workers, () => database.db.orm.transaction((tx) => enqueueMany(tx, many)));
  assert.deepEqual([both.length, both[0]?.at(0), both[1]], [2, "c", "f browser"]);
});

test("a transaction that adds jobs one by one wakes one worker, however many are idle", async () => {
  const workers = await idleWorkers(
    Object.fromEntries(["a", "b", "c", "d", "e"].map((n) => [n, ["chromium"]])),
  );
  const woken = new Set<string>();
  for (let turn = 0; turn < 12; turn++) {
    const heard = await heardWhile(workers, () =>
      database.db.orm.transaction(async (tx) => {
        for (let n = 0; n < 20; n++) await enqueue(tx, execution("chromium"));
      }),
    );
    assert.equal(heard.length, 1);
    woken.add(heard[0] ?? "");
  }
  assert.ok(woken.size > 1, "not always the same one");
});

test("who resumes a queue, or has all it can take, wakes for each browser one that has something to take", async () => {
  await database.db.orm.transaction((tx) => enqueueMany(tx, ["firefox", "chromium"].map(execution)));
  const workers = await idleWorkers({ w: ["webkit"], f1: ["firefox"], f2: ["firefox"], c: ["chromium"] });
  const heard = await heardWhile(workers, () => wakeIdle(database.db.sql, "browser"));
  assert.deepEqual(
    heard.map((text) => text.replace(/\d/, "")),
    ["c browser", "f browser"],
  );
});
