import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import postgres from "postgres";
import { newId } from "../domain/ids.ts";
import { type ShareChange, shareChangeSchema } from "../domain/installation.ts";
import type { Project } from "../domain/resources.ts";
import { claimShared } from "../outbox/claim-shared.ts";
import { type ClaimedJob, nextTurn } from "../outbox/claimed-job.ts";
import { registerWorker } from "../outbox/workers.ts";
import { enqueueMany, type NewJob } from "../outbox.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeProject, makeUser, makeWorld, type World } from "../testing/factories.ts";
import type { Ctx } from "./context.ts";
import { getJob } from "./jobs.ts";
import { changeShare, getShare, listShares } from "./shares.ts";

let database: TestDatabase;
let world: World;
let admin: Ctx;
let a: Project;
let b: Project;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  admin = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
});
beforeEach(async () => {
  await database.db.sql`delete from outbox`;
  await database.db.sql`delete from share_setting`;
  await database.db.sql`delete from worker`;
  [a, b] = [await makeProject(world.as.alice, world.a.id), await makeProject(world.as.alice, world.a.id)];
});
after(() => database.drop());

const add = (project: Project, count: number, over: Partial<NewJob> = {}) =>
  database.db.orm.transaction((tx) =>
    enqueueMany(
      tx,
      Array.from(
        { length: count },
        () =>
          ({
            kind: "execution",
            payload: { executionId: newId() },
            organizationId: null,
            shareKey: project.id,
            ...over,
          }) as NewJob,
      ),
    ),
  );
const change = (project: { id: string }, to: ShareChange) => changeShare(admin, "browser", project.id, to);
const take = (slots: number, after = { key: "", served: 0 }) =>
  claimShared(database.db.sql, { workerId: newId(), queue: "browser", slots, after });
const of = (jobs: readonly ClaimedJob[], project: Project) =>
  jobs.filter(({ key }) => key === `execution:${project.id}`).length;
const explanation = async (id: string | undefined) => (await getJob(admin, id ?? "")).explanation;

test("only platform administrators see shares and change them, of projects that there are", async () => {
  for (const verb of [
    (ctx: Ctx) => listShares(ctx, "browser", { limit: 5 }),
    (ctx: Ctx) => getShare(ctx, "browser", a.id),
    (ctx: Ctx) => changeShare(ctx, "browser", a.id, { weight: 2 }),
  ]) {
    await assert.rejects(verb(world.as.alice), { code: "forbidden" });
  }
  await assert.rejects(changeShare(admin, "light", a.id, { weight: 2 }), { code: "not-found" });
  await assert.rejects(changeShare(admin, "browser", newId(), { weight: 2 }), { code: "not-found" });
  await assert.rejects(changeShare(admin, "browser", "nonsense", { weight: 2 }), { code: "not-found" });
  await assert.rejects(listShares(admin, "browser", { limit: 5, cursor: "x" }), { code: "invalid-input" });
});

test("a change names at least one thing, each within its bounds, and nothing else", () => {
  const refuses = (input: unknown, message: RegExp) => {
    const result = shareChangeSchema.safeParse(input);
    assert.match(result.error?.message ?? "accepted", message);
  };
  refuses({}, /say what is to change: weight, atOnce, rate/);
  refuses({ weight: 0 }, /weight/);
  refuses({ weight: 101 }, /weight/);
  refuses({ atOnce: 0 }, /atOnce/);
  refuses({ rate: { jobs: 1 } }, /perMs/);
  refuses({ rate: { jobs: 1, perMs: 10 } }, /perMs/);
  refuses({ rate: { jobs: 1_001, perMs: 1_000 } }, /jobs/);
  refuses({ weights: 2 }, /weights/);
  assert.ok(shareChangeSchema.safeParse({ weight: null, rate: null }).success);
});

test("a weight holds from the next claim on, for jobs that wait already, and goes before that of the plan", async () => {
  await add(a, 40, { weight: 2 });
  await add(b, 40);
  assert.deepEqual([of(await take(6), a)], [4], "as the plan says");
  await change(b, { weight: 5 });
  const jobs = await take(14);
  assert.deepEqual([of(jobs, a), of(jobs, b)], [4, 10]);
  await change(b, { weight: null });
  const turn = nextTurn({ key: "", served: 0 }, []);
  assert.equal(of(await take(6, turn), a), 4);
});

test("how many run at once is counted over all claims, by what was said about the project", async () => {
  const [id] = await add(a, 10);
  await add(b, 10);
  await change(a, { atOnce: 2 });
  const claims = await Promise.all(Array.from({ length: 5 }, () => take(3)));
  assert.deepEqual([of(claims.flat(), a), of(claims.flat(), b)], [2, 10]);
  const waits = (
    await database.db.sql<{ id: string }[]>`select id from outbox where state = 'ready' order by id limit 1`
  )[0];
  await registerWorker(database.db.sql, { ...worker("w"), slots: 100 });
  assert.match(
    await explanation(waits?.id),
    /its project has 2 such jobs running, which is all that it may have at once/,
  );
  assert.ok(id);
  await change(a, { atOnce: 100_000 });
  assert.equal(of(await take(100), a), 8, "also more than all others may have");
});

test("a rate holds for the project alone, and the job that waits for it says so", async () => {
  await add(a, 10);
  await add(b, 10);
  await change(a, { rate: { jobs: 3, perMs: 3_600_000 } });
  const jobs = await take(100);
  assert.deepEqual([of(jobs, a), of(jobs, b)], [3, 10]);
  assert.equal((await take(100)).length, 0);
  const [next] = await database.db.sql<
    { id: string }[]
  >`select id from outbox where state = 'ready' order by id limit 1`;
  await registerWorker(database.db.sql, { ...worker("w"), slots: 100 });
  assert.match(
    await explanation(next?.id),
    /its project has started 3 such jobs in the last 60 min, which is all that it may/,
  );
  await change(a, { rate: null });
  assert.equal(of(await take(100), a), 7);
});

test("what holds is shown, with what was said, by whom, and what each project has of the queue", async () => {
  await add(a, 1_100, { weight: 4 });
  await take(1);
  const before = await getShare(admin, "browser", a.id);
  assert.deepEqual(
    [before.running, before.waiting, before.weight, before.atOnce, before.rate, before.changedBy],
    [1, 1_000, 4, 64, null, null],
  );
  const rate = { jobs: 5, perMs: 60_000 };
  const after = await change(a, { weight: 7, rate });
  assert.deepEqual([after.weight, after.atOnce, after.rate], [7, 64, rate]);
  assert.deepEqual(after.own, { weight: 7, atOnce: null, rate });
  assert.match(after.changedBy ?? "", /^root-/);
  assert.ok(after.changedAt);
  assert.equal(after.project, null, "the administrator is no member");
  const kept = await change(a, { atOnce: 9 });
  assert.deepEqual(kept.own, { weight: 7, atOnce: 9, rate }, "what is not named stays");
  const { items } = await listShares(admin, "browser", { limit: 50 });
  assert.deepEqual(
    items.map(({ projectId }) => projectId),
    [a.id],
  );
});

test("the list goes page by page over what runs, waits, or was said something about", async () => {
  const c = await makeProject(world.as.alice, world.a.id);
  await add(a, 3);
  await take(3);
  await add(b, 3, { browser: "firefox" });
  await registerWorker(database.db.sql, { ...worker("f"), browsers: ["firefox"] });
  await change(c, { weight: 2 });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listShares(admin, "browser", { limit: 1, ...(cursor ? { cursor } : {}) });
    seen.push(...page.items.map(({ projectId }) => projectId));
    cursor = page.nextCursor ?? undefined;
    assert.ok(seen.length < 5);
  } while (cursor);
  assert.deepEqual(seen, [a.id, b.id, c.id].sort());
});

test("every change is in the audit log, and of two at once none is lost", async () => {
  await Promise.all([change(a, { weight: 3 }), change(a, { atOnce: 7 })]);
  assert.deepEqual((await getShare(admin, "browser", a.id)).own, { weight: 3, atOnce: 7, rate: null });
  const server = new URL(process.env.VERDICT_TEST_PG_OWNER_URL ?? "");
  server.pathname = new URL(database.url).pathname;
  const superuser = postgres(server.href, { max: 1, onnotice: () => {} });
  try {
    const rows = await superuser<{ actor: string; after: Record<string, unknown> }[]>`
      select actor, after from audit where action = 'share.change' and entity_id = ${a.id}::text order by id`;
    assert.equal(rows.length, 2);
    assert.deepEqual(rows.at(-1)?.after, { queue: "browser", weight: 3, atOnce: 7, rate: null });
  } finally {
    await superuser.end();
  }
});

const worker = (name: string) => ({
  id: newId(),
  name,
  host: "h",
  pid: 1,
  version: "0",
  browsers: ["chromium"],
  slots: 4,
});
