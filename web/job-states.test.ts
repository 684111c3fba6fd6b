import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { newId } from "../db/domain/ids.ts";
import { jobKinds, policyOf, queues } from "../db/domain/jobs.ts";
import { claim } from "../db/outbox/claim.ts";
import { complete, fail, release, snooze, writeProgress } from "../db/outbox/finish.ts";
import { rescue } from "../db/outbox/rescue.ts";
import { registerWorker, reportFigures } from "../db/outbox/workers.ts";
import { cancel, enqueue, type NewJob } from "../db/outbox.ts";
import { changeQueue } from "../db/services/queues.ts";
import { changeShare } from "../db/services/shares.ts";
import { setWorkerMode } from "../db/services/workers.ts";
import { ctxOf } from "../db/testing/factories.ts";
import { startSite, type TestSite } from "./testing/server.ts";

/** "The state of every job can be explained on its page in one sentence": each with a job that came there by the real way. */
let site: TestSite;
before(async () => {
  site = await startSite();
});
beforeEach(async () => {
  for (const table of ["outbox", "outbox_rate", "worker", "share_setting"])
    await sql()`delete from ${sql()(table)}`;
  await sql()`update queue_setting set paused = false, slots = null`;
});
after(() => site?.close());

const sql = () => site.t.deps.db.sql;
const orm = () => site.t.deps.db.orm;
const root = () => ctxOf(site.t.deps.db, site.t.people.root);
const projectId = () => site.t.world.project.id;

const add = (over: Partial<NewJob> = {}) =>
  orm().transaction((tx) =>
    enqueue(tx, {
      kind: "execution",
      payload: { executionId: newId() },
      organizationId: null,
      shareKey: projectId(),
      ...over,
    } as NewJob),
  );

async function worker(name = "w1", { slots = 4, browsers = ["chromium"] } = {}): Promise<string> {
  const id = newId();
  await registerWorker(sql(), { id, name, host: "build-7", pid: 4711, version: "0", browsers, slots });
  return id;
}
async function take(workerId: string) {
  const [job] = await claim(sql(), { workerId, queue: "browser", slots: 1 });
  assert.ok(job);
  return job;
}
/** As if its worker had died, and somebody else had noticed. */
async function lose(workerId: string) {
  const job = await take(workerId);
  await sql()`update outbox set lease_until = now() - interval '1 second' where id = ${job.jobId}`;
  return orm().transaction((tx) => rescue(tx, job));
}

/** The sentence on the page of the job; the API says the same. */
async function says(id: string, expected: RegExp): Promise<void> {
  const response = await fetch(`${site.origin}/jobs/${id}`, {
    headers: { cookie: await site.t.cookie("root") },
  });
  assert.equal(response.status, 200);
  const html = await response.text();
  const [, sentence = ""] = /<p class="meta" aria-live="polite">(.*?)<\/p>/s.exec(html) ?? [];
  const text = sentence
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .trim();
  assert.match(text, expected);
  const answer = await site.t.call("root", "GET", `/jobs/${id}`);
  assert.match(String(answer.body.explanation), expected);
}

const at = String.raw`\d+ (ms|s)`;
const waits = (why: string) => new RegExp(`^Waits since ${at}: ${why}$`);

test("one that no worker can take says why: none there, none with its browser, none that takes anything", async () => {
  const id = await add();
  await says(id, waits("no worker is connected"));
  const workerId = await worker();
  await says(await add({ browser: "firefox" }), waits("0 workers have firefox"));
  const admin = await root();
  for (const mode of ["quiet", "draining", "quarantined"] as const) {
    await setWorkerMode(admin, workerId, mode, "the disk is slow");
    await says(id, waits(`1 worker has chromium, which is ${mode}`));
  }
  await setWorkerMode(admin, workerId, "active", null);
  const figures = { memoryBytes: 1, memoryFreeBytes: 1, load: 0, processed: 0, failed: 0, faults: 0 };
  const short = "90 MB of memory are free and a browser needs 300 MB";
  await reportFigures(sql(), workerId, figures, { of: "executions", why: short });
  await says(id, waits(`1 worker has chromium, which is refusing: ${short}`));
  const skew = "this worker is too old for the database: replace it";
  await reportFigures(sql(), workerId, figures, { of: "everything", why: skew });
  await says(id, waits(`1 worker has chromium, which is refusing: ${skew}`));
  await sql()`update worker set seen_at = now() - interval '1 hour'`;
  await says(id, waits("no worker is connected"));
});

test("one that waits for room says for which: slots, its project's share or rate, the queue's limit, a pause", async () => {
  const workerId = await worker("w1", { slots: 1 });
  const [first, second, third] = [await add(), await add(), await add()];
  await says(first, waits("1 of 1 slots are free, so a worker takes it within a second"));
  assert.equal((await take(workerId)).jobId, first);
  await says(
    third,
    waits("all 1 slots of the connected worker are taken, and 1 job of its project is before it"),
  );
  await worker("w2", { slots: 9 });
  const admin = await root();
  await changeShare(admin, "browser", projectId(), { atOnce: 1 });
  await says(second, waits("its project has 1 such job running, which is all that it may have at once"));
  await changeShare(admin, "browser", projectId(), { atOnce: null, rate: { jobs: 1, perMs: 60_000 } });
  const fourth = await take(workerId);
  assert.equal(fourth.jobId, second);
  await says(third, waits("its project has started 1 such job in the last 60 s, which is all that it may"));
  await changeShare(admin, "browser", projectId(), { rate: null });
  await changeQueue(admin, "browser", { slotsMax: 2 });
  await says(third, waits("2 jobs of the queue browser run, which is all that it may have at once"));
  await changeQueue(admin, "browser", { slotsMax: null, paused: true, reason: "the disk is full" });
  await says(third, waits(String.raw`the queue browser is paused by root-\S+ \(the disk is full\)`));
  await changeQueue(admin, "browser", { paused: false });
  await sql()`update outbox set run_at = now() - interval '50 seconds' where id = ${third}`;
  await says(
    third,
    waits("8 of 10 slots are free and yet no worker has taken it: look at the workers and their logs"),
  );
});

test("one that waits for its time says for which: one that was given, its next try, one that it asked for itself", async () => {
  const workerId = await worker();
  await says(await add({ runAt: new Date(Date.now() + 3_600_000) }), /^Waits another 60 min until its time$/);
  const id = await add();
  await fail(orm(), { ...(await take(workerId)), failures: 0 }, "the storage answered 503", { random: 1 });
  await sql()`update outbox set run_at = now() + interval '9 seconds' where id = ${id}`;
  await says(id, /^Waits another (8|9) s until its try 2 of 3 after 1 failed try: the storage answered 503$/);
  await sql()`update outbox set run_at = now() where id = ${id}`;
  await says(
    id,
    /^Has waited until its try 2 of 3 after 1 failed try: the storage answered 503; it is due since .*, and 4 of 4 slots are free, so a worker takes it within a second$/,
  );
  await snooze(orm(), await take(workerId), 600_000);
  await says(id, /^Waits another 10 min until the time it asked for$/);
});

test("one that runs says where and how far; one that is being stopped or has lost its worker says that", async () => {
  const workerId = await worker();
  const id = await add();
  const job = await take(workerId);
  await says(id, new RegExp(`^Runs on worker w1 since ${at}, lease for another 1[45] s$`));
  await writeProgress(sql(), job, 0.42, "step 3 of 7");
  await says(
    id,
    new RegExp(
      String.raw`^Runs on worker w1 since ${at}, 42 % done \(step 3 of 7\), lease for another 1\d s$`,
    ),
  );
  await orm().transaction((tx) => cancel(tx, { id }, "stopped by ada@example.com"));
  await says(id, new RegExp(`^Is being stopped on worker w1 since ${at}: stopped by ada@example.com$`));
  const other = await add();
  await take(workerId);
  await sql()`update outbox set lease_until = now() - interval '3 seconds' where id = ${other}`;
  await says(
    other,
    new RegExp(
      `^Was running on worker w1 since ${at}, which has not been heard of: its lease ended 3 s ago and another worker takes over$`,
    ),
  );
});

test("what happened before is told: handed back at a deploy, lost with a worker; one lost twice is had alone", async () => {
  const workerId = await worker();
  const id = await add();
  await release(orm(), await take(workerId));
  await says(id, /within a second \(before: handed back once\)$/);
  await lose(workerId);
  await says(id, /within a second \(before: 1 lost worker, handed back once\)$/);
  await lose(workerId);
  await sql()`update outbox set crashes = 2 where id = ${await add()}`;
  assert.equal((await take(workerId)).jobId, id);
  const [waiting] = await sql()<{ id: string }[]>`select id from outbox where state = 'ready'`;
  await says(
    waiting?.id ?? "",
    waits(
      String.raw`it was lost with 2 workers, and each worker that could take it has one such job already, which it has alone \(before: 2 lost workers\)`,
    ),
  );
});

test("one that ended says how: done, cancelled, given up after its tries or with three workers, and what became of that", async () => {
  const workerId = await worker();
  const done = await add();
  await complete(orm(), await take(workerId));
  await says(done, new RegExp(`^Done ${at} ago by worker w1 in ${at}$`));
  const cancelled = await add();
  await orm().transaction((tx) => cancel(tx, { id: cancelled }, "stopped by ada@example.com"));
  await says(cancelled, new RegExp(`^Cancelled ${at} ago: stopped by ada@example.com$`));
  const failed = await add();
  await fail(orm(), await take(workerId), "the payload is wrong", { isPermanent: true });
  await says(
    failed,
    new RegExp(`^Given up ${at} ago after 1 failed try and 0 lost workers: the payload is wrong$`),
  );
  const poison = await add();
  for (let crash = 0; crash < 3; crash++) await lose(workerId);
  await says(
    poison,
    new RegExp(
      String.raw`^Given up ${at} ago after 0 failed tries and 3 lost workers: 3 workers were lost while they had this job; the last: lost with worker w1 on build-7 \(process 4711\), last seen `,
    ),
  );
  const discarded = await site.t.call("root", "POST", "/jobs/discard", { ids: [failed] });
  assert.equal(discarded.status, 200);
  await says(failed, /the payload is wrong \(discarded by root-\S+\)$/);
});

test("every kind of job has its sentence, shared queue or not", async () => {
  const payloads = {
    execution: { executionId: newId() },
    video: { artifactId: newId() },
    mail: { mailId: newId() },
    housekeeping: {},
  };
  for (const kind of jobKinds) {
    const payload = payloads[kind];
    const id = await add({ kind, payload } as Partial<NewJob>);
    await says(id, waits("no worker is connected"));
    assert.equal(queues[policyOf(kind).queue].isShared, policyOf(kind).share !== undefined);
  }
});
