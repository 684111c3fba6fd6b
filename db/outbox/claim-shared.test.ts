import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { newId } from "../domain/ids.ts";
import type { Share } from "../domain/jobs.ts";
import { enqueueMany, type NewJob } from "../outbox.ts";
import { changePlan } from "../services/plans.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeOrganization, makeUser } from "../testing/factories.ts";
import { claimShared, type SharedClaimRequest } from "./claim-shared.ts";
import { type ClaimedJob, nextTurn } from "./claimed-job.ts";
import { complete } from "./finish.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());
beforeEach(() => database.db.sql`delete from outbox`);

const jobsOf = (shareKey: string, count: number, over: Partial<NewJob> = {}): NewJob[] =>
  Array.from(
    { length: count },
    () =>
      ({
        kind: "execution",
        payload: { executionId: newId() },
        organizationId: null,
        shareKey,
        ...over,
      }) as NewJob,
  );
const add = (...jobs: NewJob[]) => database.db.orm.transaction((tx) => enqueueMany(tx, jobs));
const take = (slots: number, over: Partial<SharedClaimRequest> = {}) =>
  claimShared(database.db.sql, { workerId: newId(), queue: "browser", slots, ...over });
const projectsOf = (jobs: readonly ClaimedJob[]) => jobs.map(({ key }) => key?.split(":")[1]);
const atMost = (atOnce: number, rate?: Share["rate"]) => ({
  shares: new Map([["execution", { atOnce, ...(rate ? { rate } : {}) }]]),
});

test("a project with 10,000 waiting jobs is ahead of another's single one by one job of one slot", async () => {
  await add(...jobsOf("noisy", 10_000));
  let after = nextTurn({ key: "", served: 0 }, await take(1));
  const [late] = await add(...jobsOf("quiet", 1));
  const served: (string | undefined)[] = [];
  for (let n = 0; n < 2; n++) {
    const jobs = await take(1, { after });
    after = nextTurn(after, jobs);
    served.push(jobs[0]?.jobId);
  }
  assert.ok(served.includes(late), "the quiet project's job is one of the next two");
});

test("slots go round: one job for each project, then the next round, beginning after the one served last", async () => {
  await add(...jobsOf("a", 5), ...jobsOf("b", 1), ...jobsOf("c", 5));
  assert.deepEqual(projectsOf(await take(5)), ["a", "b", "c", "a", "c"]);
  assert.deepEqual(projectsOf(await take(2, { after: { key: "execution:a", served: 1 } })), ["c", "a"]);
});

test("within a project the smaller priority goes first, then the older job", async () => {
  const [low, first, second] = await add(
    ...jobsOf("a", 1, { priority: 150 }),
    ...jobsOf("a", 1),
    ...jobsOf("a", 1),
  );
  const ids = (await take(3)).map(({ jobId }) => jobId);
  assert.deepEqual(ids, [first, second, low]);
});

test("never do more run at once than the share, whoever claims at the same time; a slot that is free is used", async () => {
  await add(...jobsOf("a", 40), ...jobsOf("b", 40));
  const claims = await Promise.all(Array.from({ length: 8 }, () => take(5, atMost(3))));
  const running = claims.flat();
  assert.deepEqual(projectsOf(running).sort(), ["a", "a", "a", "b", "b", "b"]);
  assert.deepEqual(await take(5, atMost(3)), []);
  const ended = running.find(({ key }) => key === "execution:b");
  assert.ok(ended && (await complete(database.db.orm, ended)));
  assert.deepEqual(projectsOf(await take(5, atMost(3))), ["b"]);
});

test("no more start in a stretch of time than the rate allows, over all who claim; later the next do", async () => {
  await database.db.sql`delete from outbox_rate`;
  await add(...jobsOf("a", 10), ...jobsOf("b", 1));
  const limited = atMost(100, { jobs: 4, perMs: 60_000 });
  const started = (await Promise.all(Array.from({ length: 4 }, () => take(3, limited)))).flat();
  assert.deepEqual(projectsOf(started).sort(), ["a", "a", "a", "a", "b"]);
  for (const job of started) await complete(database.db.orm, job);
  assert.deepEqual(await take(3, limited), []);
  await database.db
    .sql`update outbox_rate set starts[1] = now() - interval '61 seconds' where key = 'execution:a'`;
  assert.equal((await take(3, limited)).length, 1);
});

test("a job that became due takes its turn", async () => {
  const [later] = await add(...jobsOf("a", 1, { runAt: new Date(Date.now() + 60_000) }));
  assert.deepEqual(await take(1), []);
  await database.db.sql`update outbox set run_at = now() where id = ${later ?? ""}`;
  assert.equal((await take(1))[0]?.jobId, later);
});

test("a suspect, lost with two workers, is had one at a time", async () => {
  await add(...jobsOf("a", 3), ...jobsOf("b", 3));
  await database.db
    .sql`update outbox set crashes = 2 where id in (select id from outbox where key = 'execution:a')`;
  const first = await take(4);
  assert.equal(first.filter(({ crashes }) => crashes === 2).length, 1);
  assert.equal((await take(10, { suspects: 0 })).filter(({ crashes }) => crashes === 2).length, 0);
});

test("a claim gets only jobs whose browser the worker has, in the turns of their projects", async () => {
  await add(
    ...jobsOf("a", 2, { browser: "firefox" }),
    ...jobsOf("a", 2),
    ...jobsOf("b", 1, { browser: "firefox" }),
    ...jobsOf("c", 1),
  );
  assert.deepEqual(projectsOf(await take(9, { browsers: [] })), []);
  assert.deepEqual(projectsOf(await take(9, { browsers: ["firefox"] })), ["a", "b", "a"]);
  assert.deepEqual(projectsOf(await take(9, { browsers: ["chromium"] })), ["a", "c", "a"]);
});

test("a worker with several browsers serves a project once for each turn, the smaller priority first, whatever it needs", async () => {
  await add(
    ...jobsOf("a", 1, { browser: "firefox", priority: 50 }),
    ...jobsOf("a", 2),
    ...jobsOf("b", 1, { browser: "firefox" }),
  );
  const jobs = await take(9, { browsers: ["chromium", "firefox"] });
  assert.deepEqual(projectsOf(jobs), ["a", "b", "a", "a"]);
  const [first] = jobs;
  const [row] = await database.db.sql`select browser from outbox where id = ${first?.jobId ?? ""}`;
  assert.equal(row?.browser, "firefox");
});

test("under backlog a project of weight three gets three starts for each one of another's, however many slots are asked for", async () => {
  const weighty = () => jobsOf("heavy", 160, { weight: 3 });
  for (const slotsOf of [() => 1, () => 3, () => 1 + Math.floor(Math.random() * 7)]) {
    await database.db.sql`delete from outbox`;
    await add(...weighty(), ...jobsOf("light", 160));
    let after = { key: "", served: 0 };
    const started: ClaimedJob[] = [];
    while (started.length < 80) {
      const jobs = await take(slotsOf(), { after });
      assert.ok(jobs.length > 0);
      started.push(...jobs);
      for (const job of jobs) await complete(database.db.orm, job);
      after = nextTurn(after, jobs);
    }
    const heavy = projectsOf(started).filter((project) => project === "heavy").length;
    const share = heavy / started.length;
    assert.ok(share > 0.68 && share < 0.82, `${heavy} of ${started.length}`);
  }
});

test("who was alone for long owes the one who comes nothing, and gets its next turn after one of that one's", async () => {
  await add(...jobsOf("alone", 30, { weight: 2 }));
  let after = { key: "", served: 0 };
  for (let n = 0; n < 9; n++) after = nextTurn(after, await take(1, { after }));
  await add(...jobsOf("newcomer", 10));
  assert.deepEqual(projectsOf(await take(6, { after })), [
    ...["newcomer", "alone", "alone"],
    ...["newcomer", "alone", "alone"],
  ]);
});

test("an organization has no more running than its plan says, of whatever projects and whoever claims; others go on", async () => {
  const { db } = database;
  const root = await ctxOf(db, await makeUser(db, { platformRole: "admin" }));
  const limited = await makeOrganization(db, await makeUser(db));
  const other = await makeOrganization(db, await makeUser(db));
  await changePlan(root, limited.id, { parallelMax: 3 });
  const of = ({ id: organizationId }: { id: string }) => ({ organizationId });
  await add(...["a", "b", "c"].flatMap((key) => jobsOf(key, 10, of(limited))), ...jobsOf("d", 10, of(other)));
  const claims = await Promise.all(Array.from({ length: 20 }, () => take(2)));
  const running = claims.flat();
  assert.deepEqual(
    [limited, other].map(({ id }) => running.filter((job) => job.organizationId === id).length),
    [3, 10],
  );
  const [first] = running.filter((job) => job.organizationId === limited.id);
  assert.ok(first);
  await complete(db.orm, first);
  const next = (await Promise.all(Array.from({ length: 4 }, () => take(2)))).flat();
  assert.deepEqual(
    next.map(({ organizationId }) => organizationId),
    [limited.id],
  );
});
