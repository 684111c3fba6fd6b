import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newId } from "../db/domain/ids.ts";
import { limits } from "../db/domain/limits.ts";
import { claim } from "../db/outbox/claim.ts";
import { complete, release } from "../db/outbox/finish.ts";
import { registerWorker } from "../db/outbox/workers.ts";
import { enqueue } from "../db/outbox.ts";
import { getJob } from "../db/services/jobs.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { systemCtx } from "../db/testing/factories.ts";
import { monotonicMs } from "./clock.ts";
import { HeldJob } from "./held-job.ts";
import { noLog } from "./metrics.ts";
import { Progress } from "./progress.ts";
import { until } from "./testing/wait.ts";

let database: TestDatabase;
const worker = { id: newId(), name: "w1", host: "h", pid: 1, version: "0", browsers: [], slots: 1 };
before(async () => {
  database = await testDatabase();
  await registerWorker(database.db.sql, worker);
});
after(() => database.drop());

async function hold(): Promise<HeldJob> {
  await database.db.orm.transaction((tx) =>
    enqueue(tx, { kind: "housekeeping", payload: {}, organizationId: null }),
  );
  const [job] = await claim(database.db.sql, { workerId: worker.id, queue: "light", slots: 1 });
  assert.ok(job);
  return new HeldJob(job, monotonicMs(), limits.leaseMs);
}
const get = (held: HeldJob) => getJob(systemCtx(database.db), held.job.jobId);
const progressIs = (held: HeldJob, fraction: number) =>
  until(`its progress is ${fraction}`, 10_000, async () => (await get(held)).progress?.fraction === fraction);

test("what a job says of its progress is to be read while it runs, the last word wins, and it is cut and put in bounds", async () => {
  const held = await hold();
  const progress = new Progress(database.db.sql, held, noLog, 10);
  progress.report(0.25, "the first quarter");
  for (let n = 0; n < 1_000; n++) progress.report(n / 2_000);
  progress.report(0.5, `half\0${"x".repeat(500)}`);
  await progressIs(held, 0.5);
  const { progress: said, explanation } = await get(held);
  assert.equal(said?.text.length, limits.progressCharsMax);
  assert.match(explanation, /^Runs on worker w1 since .*, 50 % done \(half/);
  progress.report(7);
  await progressIs(held, 1);
  assert.throws(() => progress.report(Number.NaN), RangeError);
  progress.end();
  await release(database.db.orm, held.job);
  assert.equal((await get(held)).progress, null, "the next try begins anew");
  await database.db.sql`delete from outbox`;
});

test("who lost the lease can say nothing about the job any more, and learns it", async () => {
  const held = await hold();
  await database.db.sql`update outbox set lease_token = ${newId()} where id = ${held.job.jobId}`;
  new Progress(database.db.sql, held, noLog).report(0.5, "late");
  await until("it has learned it", 10_000, () => held.isLost);
  assert.equal((await get(held)).progress, null);
  await database.db.sql`delete from outbox`;
});

test("a result is kept with the job; of one that is too large its size", async () => {
  const small = await hold();
  await complete(database.db.orm, small.job, "done", null, { pages: 3, note: "a\0b" });
  assert.deepEqual((await get(small)).result, { pages: 3, note: "a\ufffdb" });
  const large = await hold();
  await complete(database.db.orm, large.job, "done", null, "x".repeat(limits.jobResultBytesMax));
  assert.deepEqual((await get(large)).result, { tooLargeBytes: limits.jobResultBytesMax + 2 });
  const none = await hold();
  await complete(database.db.orm, none.job);
  assert.equal((await get(none)).result, null);
});
