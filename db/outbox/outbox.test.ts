import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { newId } from "../domain/ids.ts";
import type { QueueName } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import { cancel, enqueue, enqueueMany, type NewJob } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeUser } from "../testing/factories.ts";
import { type ClaimedJob, claim, waitingJobs } from "./claim.ts";
import { complete, fail, release, snooze } from "./finish.ts";
import { heartbeat } from "./heartbeat.ts";
import { deleteExpired, enqueueHousekeeping } from "./housekeeping.ts";
import { expiredLeases, rescue } from "./rescue.ts";
import { WORKER_CHANNEL } from "./wake.ts";
import { registerWorker } from "./workers.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());
beforeEach(() => database.db.sql`delete from outbox`);

const jobOf = (over: Partial<NewJob> = {}) =>
  ({
    kind: "execution",
    payload: { executionId: newId() },
    organizationId: newId(),
    ...over,
  }) as NewJob;
const add = (over: Partial<NewJob> = {}) => database.db.orm.transaction((tx) => enqueue(tx, jobOf(over)));
const take = (slots = 1, workerId = newId(), queue: QueueName = "browser") =>
  claim(database.db.sql, { workerId, slots, queue });
const only = async (queue: QueueName = "browser"): Promise<ClaimedJob> => {
  const [job] = await take(1, newId(), queue);
  assert.ok(job, "a job could be claimed");
  return job;
};
const rowOf = async (id: string) => (await database.db.sql`select * from outbox where id = ${id}`)[0];
const doneOf = async (id: string) => (await database.db.sql`select * from outbox_done where id = ${id}`)[0];
const expire = (id: string) =>
  database.db.sql`update outbox set lease_until = now() - interval '1 second' where id = ${id}`;
const makeDue = (id: string) => database.db.sql`update outbox set run_at = now() where id = ${id}`;

describe("enqueue", () => {
  test("a job exists if and only if the caller's transaction commits", async () => {
    let id = "";
    const failing = database.db.orm.transaction(async (tx) => {
      id = await enqueue(tx, jobOf());
      throw new Error("rolled back");
    });
    await assert.rejects(failing, /rolled back/);
    assert.equal(await rowOf(id), undefined);
    assert.equal((await rowOf(await add()))?.state, "ready");
  });

  test("outside of a transaction it does not compile", () => {
    // @ts-expect-error a pool of connections is no transaction
    const wrong = () => enqueue(database.db.orm, jobOf());
    assert.ok(wrong);
  });

  test("the payload is stored as an object, and a wrong one is refused", async () => {
    const id = await add();
    const [row] = await database.db.sql`select jsonb_typeof(payload) as type from outbox where id = ${id}`;
    assert.equal(row?.type, "object");
    await assert.rejects(add({ payload: { executionId: "no id" } }), /payload of a job of kind "execution"/);
  });

  test("one unfinished job has a unique key; when it has ended there is room for the next", async () => {
    const uniqueKey = newId();
    const first = await add({ uniqueKey });
    assert.equal(await add({ uniqueKey }), first);
    await complete(database.db.orm, await only());
    assert.notEqual(await add({ uniqueKey }), first);
  });

  test("many at once who enqueue the same key make one job and all learn its id", async () => {
    const uniqueKey = newId();
    const ids = await Promise.all(Array.from({ length: 8 }, () => add({ uniqueKey })));
    assert.equal(new Set(ids).size, 1);
  });

  test("a list is added whole, with the ids in its order", async () => {
    const jobs = Array.from({ length: 1_200 }, () => jobOf());
    const ids = await database.db.orm.transaction((tx) => enqueueMany(tx, jobs));
    assert.equal(new Set(ids).size, 1_200);
    const [first] = await database.db.sql`select payload from outbox where id = ${ids[1_100] ?? ""}`;
    assert.deepEqual(first?.payload, jobs[1_100]?.payload);
    assert.equal((await waitingJobs(database.db.sql)).get("execution"), 1_200);
  });
});

describe("claim", () => {
  test("the smaller priority goes first, then the older job", async () => {
    const [low, first, second] = [await add({ priority: 150 }), await add(), await add()];
    const jobs = await take(3);
    assert.deepEqual(
      jobs.map(({ jobId }) => jobId),
      [first, second, low],
    );
    assert.equal(jobs[0]?.attempt, 1);
    assert.deepEqual(Object.keys(jobs[0]?.payload ?? {}), ["executionId"]);
  });

  test("claimers at the same time never get the same job, and together get all", async () => {
    await database.db.orm.transaction((tx) =>
      enqueueMany(
        tx,
        Array.from({ length: 300 }, () => jobOf({ shareKey: newId() })),
      ),
    );
    const drain = async () => {
      const mine: string[] = [];
      for (;;) {
        const jobs = await take(7);
        if (jobs.length === 0) return mine;
        mine.push(...jobs.map(({ jobId }) => jobId));
      }
    };
    const all = (await Promise.all(Array.from({ length: 6 }, drain))).flat();
    assert.equal(all.length, 300);
    assert.equal(new Set(all).size, 300);
  });

  test("a job in the future waits until it is due", async () => {
    const id = await add({ runAt: new Date(Date.now() + 60_000) });
    assert.equal((await rowOf(id))?.state, "scheduled");
    assert.deepEqual(await take(), []);
    await makeDue(id);
    assert.equal((await only()).jobId, id);
  });

  test("no more are taken than there are slots, due ones included", async () => {
    const due = await add({ runAt: new Date(Date.now() + 60_000) });
    await makeDue(due);
    await add();
    await add();
    const jobs = await take(2);
    assert.equal(jobs.length, 2);
    assert.ok(jobs.some(({ jobId }) => jobId === due));
  });
});

describe("lease", () => {
  test("a heartbeat renews what is held, and says what is lost, what is cancelled and whether we are known", async () => {
    const workerId = newId();
    const worker = { name: "a", host: "h", pid: 1, version: "0", browsers: ["chromium"], slots: 2 };
    await registerWorker(database.db.sql, { id: workerId, ...worker });
    await Promise.all([add(), add(), add()]);
    const [kept, lost, stopped] = await take(3, workerId);
    assert.ok(kept && lost && stopped);
    await complete(database.db.orm, lost);
    await database.db.orm.transaction((tx) => cancel(tx, { id: stopped.jobId }, "stopped by Alice"));
    await expire(kept.jobId);
    const answer = await heartbeat(database.db.sql, { workerId });
    assert.equal(answer.isKnown, true);
    const said = new Map(answer.held.map((lease) => [lease.jobId, lease]));
    assert.deepEqual([...said.keys()].sort(), [kept.jobId, stopped.jobId].sort());
    assert.equal(said.get(kept.jobId)?.leftMs, limits.leaseMs);
    assert.equal(said.get(kept.jobId)?.cancelReason, null);
    assert.equal(said.get(stopped.jobId)?.cancelReason, "stopped by Alice");
    assert.deepEqual(await expiredLeases(database.db.sql), []);
    assert.equal((await heartbeat(database.db.sql, { workerId: newId() })).isKnown, false);
  });

  test("whoever lost the lease can neither complete, fail nor hand back the job", async () => {
    await add();
    const old = await only();
    await expire(old.jobId);
    const [expired] = await expiredLeases(database.db.sql);
    assert.equal((await database.db.orm.transaction((tx) => rescue(tx, expired ?? old))).state, "ready");
    const fresh = await only();
    assert.equal(fresh.jobId, old.jobId);
    assert.equal(await complete(database.db.orm, old), false);
    assert.equal(await fail(database.db.orm, old, "late"), "lost");
    assert.equal(await release(database.db.orm, old), "lost");
    assert.equal(await complete(database.db.orm, fresh), true);
  });

  test("of several who rescue the same lease one does, and a renewed lease is left alone", async () => {
    await add();
    const job = await only();
    const attempt = () => database.db.orm.transaction((tx) => rescue(tx, job));
    assert.equal((await attempt()).state, "gone");
    await expire(job.jobId);
    const states = await Promise.all([attempt(), attempt(), attempt()]);
    assert.deepEqual(states.map(({ state }) => state).sort(), ["gone", "gone", "ready"]);
  });

  test("a job that takes worker after worker with it ends as dead, with evidence", async () => {
    const id = await add();
    for (let crash = 1; crash <= limits.crashesMax; crash++) {
      const job = await only();
      await expire(id);
      const rescued = await database.db.orm.transaction((tx) => rescue(tx, job));
      assert.equal(rescued.state, crash < limits.crashesMax ? "ready" : "dead");
    }
    const dead = await doneOf(id);
    assert.equal(dead?.outcome, "dead");
    assert.equal(dead?.crashes, limits.crashesMax);
    assert.match(dead?.error, /3 workers were lost .* lease ended/);
  });
});

describe("ending", () => {
  test("a completed job leaves the outbox and is kept with all that is known of it", async () => {
    const id = await add({ uniqueKey: "k" });
    assert.equal(await complete(database.db.orm, await only()), true);
    assert.equal(await rowOf(id), undefined);
    const done = await doneOf(id);
    assert.equal(done?.outcome, "done");
    assert.equal(done?.unique_key, "k");
    assert.equal(done?.attempt, 1);
    assert.ok(done?.worker_id && done.claimed_at && done.finished_at);
  });

  test("a completion rolls back with the transaction it is part of", async () => {
    const id = await add();
    const job = await only();
    const failing = database.db.orm.transaction(async (tx) => {
      assert.equal(await complete(tx, job), true);
      throw new Error("rolled back");
    });
    await assert.rejects(failing);
    assert.equal((await rowOf(id))?.state, "running");
  });

  test("a failed try waits longer each time, and the last one makes a dead letter with its error", async () => {
    const id = await add();
    const delays: number[] = [];
    for (const expected of ["scheduled", "scheduled", "dead"] as const) {
      const job = await only();
      assert.equal(await fail(database.db.orm, job, "boom", { random: 0.999 }), expected);
      const row = await rowOf(id);
      if (!row) break;
      delays.push(row.run_at.getTime() - Date.now());
      assert.equal(row.last_error, "boom");
      await makeDue(id);
    }
    assert.ok((delays[0] ?? 0) > 500 && (delays[0] ?? 0) <= 1_000, `${delays}`);
    assert.ok((delays[1] ?? 0) > 1_000 && (delays[1] ?? 0) <= 2_000, `${delays}`);
    const dead = await doneOf(id);
    assert.equal(dead?.outcome, "dead");
    assert.equal(dead?.failures, 3);
    assert.equal(dead?.error, "boom");
  });

  test("a permanent failure is not tried again", async () => {
    const id = await add();
    assert.equal(await fail(database.db.orm, await only(), "never", { isPermanent: true }), "dead");
    assert.equal((await doneOf(id))?.failures, 1);
  });

  test("a job that was put off waits, and that is neither a failure nor anything else to its debit", async () => {
    const id = await add();
    assert.equal(await snooze(database.db.orm, await only(), 60_000), true);
    const row = await rowOf(id);
    assert.equal(row?.state, "scheduled");
    assert.deepEqual([row?.failures, row?.crashes, row?.interruptions], [0, 0, 0]);
    assert.deepEqual(await take(), []);
  });

  test("a job that was handed back is free at once and has not failed; after too often it is dead", async () => {
    const id = await add();
    assert.equal(await release(database.db.orm, await only()), "ready");
    const row = await rowOf(id);
    assert.equal(row?.failures, 0);
    assert.equal(row?.crashes, 0);
    assert.equal(row?.interruptions, 1);
    await database.db.sql`update outbox set interruptions = ${limits.interruptionsMax} where id = ${id}`;
    assert.equal(await release(database.db.orm, await only()), "dead");
    assert.match((await doneOf(id))?.error, /interrupted more than/);
  });
});

describe("cancel", () => {
  const stop = (target: Parameters<typeof cancel>[1]) =>
    database.db.orm.transaction((tx) => cancel(tx, target, "stopped"));

  test("a waiting job ends at once, a running one is marked and its worker told, one that is not there is none", async () => {
    const uniqueKey = newId();
    const waiting = await add({ uniqueKey });
    assert.equal(await stop({ kind: "execution", uniqueKey }), "ended");
    assert.equal((await doneOf(waiting))?.outcome, "cancelled");
    assert.equal((await doneOf(waiting))?.error, "stopped");

    const told = Promise.withResolvers<string>();
    const workerId = newId();
    const { unlisten } = await database.db.sql.listen(`${WORKER_CHANNEL}${workerId}`, told.resolve);
    const running = await add();
    await take(1, workerId);
    assert.equal(await stop({ id: running }), "stopping");
    assert.equal(await told.promise, running);
    assert.equal((await rowOf(running))?.cancel_reason, "stopped");
    await unlisten();

    assert.equal(await stop({ id: newId() }), "none");
  });

  test("a cancelled job whose worker is lost ends as cancelled", async () => {
    const id = await add();
    const job = await only();
    await stop({ id });
    await expire(id);
    assert.equal((await database.db.orm.transaction((tx) => rescue(tx, job))).state, "cancelled");
    assert.equal((await doneOf(id))?.outcome, "cancelled");
  });
});

describe("housekeeping", () => {
  test("is enqueued once an hour, however many ask", async () => {
    const added = await Promise.all(Array.from({ length: 5 }, () => enqueueHousekeeping(database.db)));
    const [waiting] = await database.db.sql`select count(*)::int as count from outbox`;
    assert.equal(waiting?.count, 1);
    assert.ok(added.includes(true));
    await complete(database.db.orm, await only("light"));
    assert.equal(await enqueueHousekeeping(database.db), false);
  });

  test("deletes what has expired, in batches, and nothing else", async () => {
    const { sql } = database.db;
    await makeUser(database.db, { name: "Alice" });
    await sql`insert into socket_ticket (token_hash, user_id, expires_at)
      select 'old-' || n, u.id, now() - interval '1 minute' from generate_series(1, 2100) as n, app_user u`;
    await sql`insert into worker (id, name, host, pid, version, slots, seen_at)
      values (${newId()}, 'dead', 'h', 1, '0', 1, now() - interval '2 days')`;
    const deleted = await deleteExpired(sql, new AbortController().signal);
    assert.equal(deleted.socket_ticket, 2_100);
    assert.equal(deleted.worker, 1);
    await assert.rejects(deleteExpired(sql, AbortSignal.abort()), /abort/i);
  });
});
