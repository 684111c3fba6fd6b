import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import postgres from "postgres";
import { newId } from "../domain/ids.ts";
import type { WorkerMode } from "../domain/workers.ts";
import { heartbeat } from "../outbox/heartbeat.ts";
import { MODE_CHANGED, markIdle, tellIdle, WORKER_CHANNEL } from "../outbox/wake.ts";
import { registerWorker, reportFigures } from "../outbox/workers.ts";
import { enqueue } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeUser, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import type { Ctx } from "./context.ts";
import { getJob } from "./jobs.ts";
import {
  endOwnQuarantine,
  getWorker,
  listWorkers,
  quarantineItself,
  setWorkerMode,
  unmetNeeds,
} from "./workers.ts";

let database: TestDatabase;
let world: World;
let admin: Ctx;
let owner: postgres.Sql;
before(async () => {
  database = await testDatabase();
  owner = postgres(database.ownerUrl, { max: 1 });
  // What belongs to the installation is in no tenant's audit: in this database its owner may look.
  await owner`alter table audit no force row level security`;
  world = await makeWorld(database.db);
  admin = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
});
afterEach(async () => {
  await database.db.sql`delete from worker`;
  await database.db.sql`delete from outbox`;
});
after(async () => {
  await owner.end();
  await database.drop();
});

const row = (name: string, browsers = ["chromium"]) => ({
  ...{ id: newId(), name, host: "h", pid: 1, version: "0", browsers, slots: 2 },
});
const register = async (name = "w", browsers?: string[]) => {
  const worker = row(name, browsers);
  await registerWorker(database.db.sql, worker);
  return worker;
};
const add = (browser = "chromium") =>
  database.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "execution", payload: { executionId: newId() }, organizationId: null, browser }),
  );
const explanation = async (id: string) => (await getJob(admin, id)).explanation;
const figures = { memoryBytes: 1e9, memoryFreeBytes: 1e8, load: 0.5, processed: 7, failed: 2, faults: 1 };

test("only platform administrators see workers and tell them what to do", async () => {
  const { id } = await register();
  for (const verb of [
    listWorkers,
    unmetNeeds,
    (ctx: Ctx) => getWorker(ctx, id),
    (ctx: Ctx) => setWorkerMode(ctx, id, "quiet"),
  ]) {
    await assert.rejects(verb(world.as.alice), { code: "forbidden" });
  }
  await assert.rejects(setWorkerMode(admin, newId(), "quiet"), { code: "not-found" });
  await assert.rejects(setWorkerMode(admin, "nonsense", "quiet"), { code: "not-found" });
});

test("a worker hears on its channel and with its heartbeat what it is to do, and it is written down who said so", async () => {
  const { id, name } = await register();
  const told = Promise.withResolvers<string>();
  const { unlisten } = await database.db.sql.listen(`${WORKER_CHANNEL}${id}`, told.resolve);
  const worker = await setWorkerMode(admin, id, "quiet", "a new disk");
  assert.equal(await told.promise, MODE_CHANGED);
  await unlisten();
  assert.equal((await heartbeat(database.db.sql, { workerId: id })).mode, "quiet");
  const email = admin.actor.kind === "user" ? admin.actor.email : "";
  assert.deepEqual([worker.state, worker.reason, worker.changedBy], ["quiet", "a new disk", email]);
  const said = await owner`select actor, before, after from audit where entity_id = ${id}`;
  assert.deepEqual(
    said.map((row) => ({ ...row })),
    [
      {
        actor: email,
        before: { name, mode: "active", reason: null },
        after: { name, mode: "quiet", reason: "a new disk" },
      },
    ],
  );
  await setWorkerMode(admin, id, "quiet", "a new disk");
  assert.equal((await owner`select 1 from audit where entity_id = ${id}`).length, 1);
});

test("what a worker has been told stays when it registers again, also when its row is gone", async () => {
  const worker = await register();
  await setWorkerMode(admin, worker.id, "quarantined", "it burns");
  await database.db.sql`update worker set lost_at = now() where id = ${worker.id}`;
  await registerWorker(database.db.sql, worker, "quarantined");
  const again = await getWorker(admin, worker.id);
  assert.deepEqual([again.state, again.reason], ["quarantined", "it burns"]);
  await database.db.sql`delete from worker`;
  await registerWorker(database.db.sql, worker, "quarantined");
  assert.equal((await getWorker(admin, worker.id)).state, "quarantined");
});

test("a quarantine needs a reason; one who is lost or stopping can't be told anything", async () => {
  const { id } = await register();
  await assert.rejects(setWorkerMode(admin, id, "quarantined"), { code: "invalid-input" });
  await assert.rejects(setWorkerMode(admin, id, "quarantined", "  "), /say what is wrong with the worker/);
  await assert.rejects(setWorkerMode(admin, id, "quiet", "x".repeat(501)), { code: "invalid-input" });
  await database.db.sql`update worker set draining = true where id = ${id}`;
  await assert.rejects(setWorkerMode(admin, id, "active"), /is stopping already/);
  await database.db.sql`update worker set lost_at = now() where id = ${id}`;
  await assert.rejects(setWorkerMode(admin, id, "active"), /the worker is lost/);
});

test("a worker quarantines itself and ends that itself, and never overrides what a person said", async () => {
  const { id } = await register();
  const itself = systemCtx(database.db);
  const stateOf = async () => (await getWorker(admin, id)).state;
  assert.equal(await quarantineItself(itself, id, "the browser did not start"), true);
  const sick = await getWorker(admin, id);
  assert.deepEqual(
    [sick.state, sick.reason, sick.changedBy],
    ["quarantined", "the browser did not start", null],
  );
  assert.equal(await endOwnQuarantine(itself, id), true);
  assert.equal(await stateOf(), "active");
  await setWorkerMode(admin, id, "quarantined", "it burns");
  assert.equal(await endOwnQuarantine(itself, id), false);
  assert.equal(await stateOf(), "quarantined");
  await setWorkerMode(admin, id, "quiet");
  assert.equal(await quarantineItself(itself, id, "again"), false);
  assert.equal(await stateOf(), "quiet");
});

test("nobody wakes a worker that is not to take anything", async () => {
  const { id } = await register();
  const isIdle = async () =>
    (await database.db.sql`select 1 from worker where idle @> array['light'] and id = ${id}`).length === 1;
  await markIdle(database.db.sql, id, "light");
  await setWorkerMode(admin, id, "quiet");
  assert.equal(await isIdle(), false);
  // A claim that was underway when it was told may still say so.
  await markIdle(database.db.sql, id, "light");
  assert.deepEqual([...(await tellIdle(database.db.sql, "light", null))], [], "nobody is told");
});

test("a waiting job says when no worker can take it, and why", async () => {
  const [chromium, firefox] = [await add(), await add("firefox")];
  const { id } = await register();
  assert.match(await explanation(chromium), /: 2 of 2 slots are free, so a worker takes it within a second$/);
  assert.match(await explanation(firefox), /^Waits since .*: 0 workers have firefox$/);
  assert.deepEqual(await unmetNeeds(admin), ["1 waiting, 0 workers have firefox"]);
  await setWorkerMode(admin, id, "quiet");
  assert.match(await explanation(chromium), /: 1 worker has chromium, which is quiet$/);
  await setWorkerMode(admin, id, "active");
  await reportFigures(database.db.sql, id, figures, { of: "executions", why: "its memory is short" });
  assert.match(await explanation(chromium), /, which is refusing: its memory is short$/);
  assert.deepEqual((await unmetNeeds(admin)).sort(), [
    "1 waiting, 0 workers have firefox",
    "1 waiting, 1 worker has chromium, which is refusing: its memory is short",
  ]);
});

test("the list says how each worker is and what it has now, the oldest job first", async () => {
  const { id } = await register();
  const execution = newId();
  for (const [seconds, payload] of [
    [5, {}],
    [60, { executionId: execution }],
  ] as const) {
    await database.db
      .sql`insert into outbox (id, kind, state, priority, payload, worker_id, lease_token, lease_until, claimed_at)
      values (${newId()}, ${"executionId" in payload ? "execution" : "housekeeping"}, 'running', 1,
        ${JSON.stringify(payload)}::text::jsonb, ${id}, ${newId()}, now() + interval '1 minute',
        now() - ${seconds} * interval '1 second')`;
  }
  await reportFigures(database.db.sql, id, figures, { of: "everything", why: "it is too old" });
  const [worker] = await listWorkers(admin);
  assert.ok(worker);
  assert.deepEqual(
    worker.jobs.map(({ kind, executionId }) => [kind, executionId]),
    [
      ["execution", execution],
      ["housekeeping", null],
    ],
  );
  const { memoryBytes, memoryFreeBytes, load, processed, failed, faults } = worker;
  assert.deepEqual({ memoryBytes, memoryFreeBytes, load, processed, failed, faults }, figures);
  assert.deepEqual([worker.running, worker.refusal], [2, "it is too old"]);
});

test("every mode can be set and is shown", async () => {
  const { id } = await register();
  for (const mode of ["quiet", "draining", "quarantined", "active"] satisfies WorkerMode[]) {
    assert.equal((await setWorkerMode(admin, id, mode, "because")).state, mode);
  }
});
