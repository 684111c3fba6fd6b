import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { connect } from "../client.ts";
import { newId } from "../domain/ids.ts";
import { queueChangeSchema } from "../domain/installation.ts";
import type { QueueName } from "../domain/jobs.ts";
import { count, noTally } from "../domain/tally.ts";
import { claim } from "../outbox/claim.ts";
import { complete } from "../outbox/finish.ts";
import { deleteExpired } from "../outbox/housekeeping.ts";
import { addTallies } from "../outbox/tally.ts";
import { WORKER_CHANNEL } from "../outbox/wake.ts";
import { registerWorker } from "../outbox/workers.ts";
import { enqueue } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeUser, makeWorld, type World } from "../testing/factories.ts";
import type { Ctx } from "./context.ts";
import { cancelJob, getJob } from "./jobs.ts";
import { changeQueue, listQueues, throughput } from "./queues.ts";

let database: TestDatabase;
let world: World;
let admin: Ctx;
/** Nobody else reads what was written down of the installation itself. */
let superuser: postgres.Sql;
before(async () => {
  database = await testDatabase();
  const server = new URL(process.env.VERDICT_TEST_PG_OWNER_URL ?? "");
  server.pathname = new URL(database.url).pathname;
  superuser = postgres(server.href, { max: 1, onnotice: () => {} });
  world = await makeWorld(database.db);
  admin = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
});
after(async () => {
  await superuser.end();
  await database.drop();
});

const worker = { id: newId(), name: "w1", host: "h", pid: 1, version: "0", browsers: ["chromium"], slots: 4 };
const add = () =>
  database.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }),
  );
const take = () => claim(database.db.sql, { workerId: worker.id, slots: 5, queue: "light" });
const queue = async (name: QueueName) => {
  const found = (await listQueues(admin)).find((queue) => queue.name === name);
  assert.ok(found);
  return found;
};

test("only platform administrators see queues and change them", async () => {
  for (const verb of [
    listQueues,
    (ctx: Ctx) => throughput(ctx, { window: "5m" }),
    (ctx: Ctx) => changeQueue(ctx, "light", { paused: true }),
  ]) {
    await assert.rejects(verb(world.as.alice), { code: "forbidden" });
  }
  await assert.rejects(changeQueue(admin, "nonsense", { paused: true }), { code: "not-found" });
  assert.equal((await queue("light")).mode, "open");
});

test("a paused queue begins nothing, says by whom and why, and goes on when it is resumed", async () => {
  await registerWorker(database.db.sql, worker);
  const id = await add();
  const paused = await changeQueue(admin, "light", { paused: true, reason: "the disk is full" });
  assert.deepEqual([paused.mode, paused.reason, paused.ready], ["paused", "the disk is full", 1]);
  assert.equal((await take()).length, 0);
  assert.match(
    (await getJob(admin, id)).explanation,
    /: the queue light is paused by root-.*@example\.com \(the disk is full\)$/,
  );
  assert.equal((await changeQueue(admin, "light", { paused: false })).reason, null);
  const [job] = await take();
  assert.equal(job?.jobId, id);
  assert.equal((await queue("light")).running, 1);
  assert.ok(job && (await complete(database.db.orm, job)));
  const audits = await superuser<{ after: { paused: boolean } }[]>`
    select after from audit where action = 'queue.change' and entity_id = 'light' order by id`;
  assert.deepEqual(
    audits.map(({ after }) => after.paused),
    [true, false],
  );
});

test("a queue that is resumed wakes a worker that found nothing in it", async () => {
  await changeQueue(admin, "light", { paused: true });
  await database.db.sql`update worker set idle = '{light}' where id = ${worker.id}`;
  const listener = connect(database.db.address, { name: "listener", connectionsMax: 1 });
  try {
    const { promise: heard, resolve } = Promise.withResolvers<string>();
    await listener.listen(`${WORKER_CHANNEL}${worker.id}`, resolve);
    await changeQueue(admin, "light", { paused: false });
    assert.equal(await heard, "light");
  } finally {
    await listener.end({ timeout: 1 });
  }
});

test("a limit stays when the queue is paused and resumed, and is told to those who wait for it", async () => {
  await changeQueue(admin, "light", { slotsMax: 1 });
  const ids = [await add(), await add()];
  const [first] = await take();
  assert.ok(first);
  assert.match(
    (await getJob(admin, ids[1] ?? "")).explanation,
    /: 1 job of the queue light runs, which is all/,
  );
  await changeQueue(admin, "light", { paused: true });
  const resumed = await changeQueue(admin, "light", { paused: false });
  assert.deepEqual([resumed.mode, resumed.slotsMax], ["limited", 1]);
  assert.equal((await changeQueue(admin, "light", { slotsMax: null })).mode, "open");
  await complete(database.db.orm, first);
  await cancelJob(admin, ids[1] ?? "");
});

test("a change that changes nothing, or sets a limit that is none, is refused", () => {
  for (const input of [{}, { reason: "why" }, { slotsMax: 0 }, { slotsMax: 1.5 }, { pause: true }]) {
    assert.equal(queueChangeSchema.safeParse(input).success, false, JSON.stringify(input));
  }
});

test("what several workers count is added up, for every window, by kind and by queue", async () => {
  const one = noTally();
  Object.assign(one, { started: 3, finished: 2, failed: 1 });
  for (const ms of [5, 20, 900]) {
    count(one.waits, ms);
    count(one.runs, ms * 10);
  }
  const add = () =>
    addTallies(
      database.db.sql,
      new Map([
        ["execution", one],
        ["housekeeping", one],
      ] as const),
    );
  await Promise.all([add(), add(), add(), add()]);
  for (const window of ["5m", "1h", "24h"] as const) {
    const all = await throughput(admin, { window });
    assert.deepEqual([all.total.started, all.total.finished, all.total.failed], [24, 16, 8], window);
    assert.equal(
      all.points.reduce((sum, point) => sum + point.finished, 0),
      16,
      `every span of ${window} is in the chart`,
    );
    assert.equal(all.kinds.length, 2);
    const one = await throughput(admin, { window, queue: "light" });
    assert.deepEqual([one.total.finished, one.kinds.length], [8, 1]);
    assert.ok((all.total.waitP95Ms ?? 0) > 500 && (all.total.waitP95Ms ?? 0) <= 1_000);
  }
  assert.equal((await queue("browser")).lately.finished, 8);
});

test("spans that nobody looks at any more are deleted, and the others kept", async () => {
  const before = await throughput(admin, { window: "24h" });
  await database.db
    .sql`insert into queue_tally select span_s, at - span_s * 200 * interval '1 second', kind, started, finished,
    failed, waits, runs from queue_tally`;
  const deleted = await deleteExpired(database.db.sql, new AbortController().signal);
  assert.ok((deleted.queue_tally ?? 0) >= 6);
  assert.deepEqual((await throughput(admin, { window: "24h" })).total, before.total);
});
