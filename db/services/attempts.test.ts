import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { EventBody, Failure, RunnerEvent } from "../domain/events.ts";
import { newId } from "../domain/ids.ts";
import { jobPolicies } from "../domain/jobs.ts";
import { limits } from "../domain/limits.ts";
import type { Execution } from "../domain/resources.ts";
import { type ClaimedJob, claim } from "../outbox/claim.ts";
import { expiredLeases } from "../outbox/rescue.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeEnvironment, makeTestCase, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import {
  abandonExecution,
  finishAttempt,
  interruptAttempt,
  loseAttempt,
  type Outcome,
} from "./attempt-endings.ts";
import { type AttemptStart, appendEvents, beginAttempt, recordArtifact } from "./attempts.ts";
import type { Ctx } from "./context.ts";
import { getExecution, listArtifacts, listAttempts, listLogs, stopExecution } from "./executions.ts";
import { executeTestCase, getRun } from "./runs.ts";
import { putSecret } from "./secrets.ts";

let database: TestDatabase;
let world: World;
let ctx: Ctx;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  ctx = systemCtx(database.db, world.a.id);
});
after(() => database.drop());

const worker = { id: newId() };
const passed: Outcome = { status: "passed", failure: null, durationMs: 5 };
const failure = (code: string): Failure => ({ code, message: `it is ${code}`, detail: null, step: 0 });
const failed: Outcome = { status: "failed", failure: failure("not-visible"), durationMs: 5 };
const broken: Outcome = { status: "error", failure: failure("browser-crashed"), durationMs: 5 };
const cancelled: Outcome = { status: "cancelled", failure: failure("cancelled"), durationMs: 5 };

async function newExecution(retries = 0): Promise<Execution> {
  const testCase = await makeTestCase(world.as.alice, world.project.id);
  return executeTestCase(world.as.alice, { testCaseId: testCase.id, retries }, "manual");
}

/** The execution's job, due or not. */
async function take(executionId: string): Promise<ClaimedJob> {
  const { sql } = database.db;
  await sql`update outbox set state = 'ready', priority = -1 where unique_key = ${executionId}`;
  const jobs = await claim(sql, { workerId: worker.id, slots: 1, queue: "browser" });
  const job = jobs.find(({ payload }) => (payload as { executionId: string }).executionId === executionId);
  assert.ok(job, "the execution has a job to claim");
  return job;
}

async function begin(executionId: string): Promise<{ job: ClaimedJob; start: AttemptStart }> {
  const job = await take(executionId);
  const start = await beginAttempt(ctx, job, executionId, worker);
  assert.ok(start);
  return { job, start };
}

async function run(executionId: string, outcome: Outcome): Promise<string> {
  const { job, start } = await begin(executionId);
  const ending = await finishAttempt(ctx, job, start, outcome);
  return ending.state === "finished" ? ending.verdict : ending.state;
}

const event = (text: string): RunnerEvent => ({
  at: new Date().toISOString(),
  type: "log",
  level: "info",
  text,
});
const append = (job: ClaimedJob, start: AttemptStart, from: number, ...texts: string[]) =>
  appendEvents(ctx, job, start, from, texts.map(event));
const logOf = async (id: string) => (await listLogs(world.as.alice, id, { after: 0, limit: 1_000 })).items;
const typesOf = async (id: string) => (await logOf(id)).map(({ type }: EventBody) => type);
const statusesOf = async (id: string) => (await listAttempts(world.as.alice, id)).map(({ status }) => status);

async function expire(job: ClaimedJob) {
  await database.db.sql`update outbox set lease_until = now() - interval '1 second' where id = ${job.jobId}`;
  const expired = (await expiredLeases(database.db.sql)).find(({ jobId }) => jobId === job.jobId);
  assert.ok(expired);
  return expired;
}

/** Numbers 1..n without a gap, one terminal event, at the end. */
async function assertSoundLog(id: string): Promise<void> {
  const log = await logOf(id);
  assert.deepEqual(
    log.map(({ seq }) => seq),
    log.map((_, index) => index + 1),
  );
  assert.deepEqual(
    log.flatMap(({ type }, index) => (type === "execution-finished" ? [index] : [])),
    [log.length - 1],
  );
}

describe("beginAttempt", () => {
  test("gives what a plan needs: variables and address by their order, and only the secrets that are referred to", async () => {
    const { alice } = world.as;
    const steps = [
      { type: "goto" as const, url: "/login" },
      { type: "fill" as const, target: "label=Password", value: "{{secrets.password}} {{name}}" },
    ];
    const testCase = await makeTestCase(alice, world.project.id, { steps });
    const variables = { name: "environment", other: "kept" };
    const environment = await makeEnvironment(alice, world.project.id, {
      variables,
      baseUrl: "https://staging.example",
    });
    await putSecret(alice, world.project.id, { name: "password", value: "correct horse" });
    await putSecret(alice, world.project.id, { name: "unused", value: "not for this case" });
    const input = {
      testCaseId: testCase.id,
      environmentId: environment.id,
      variables: { name: "execution" },
    };
    const { id } = await executeTestCase(alice, input, "manual");
    const { start } = await begin(id);
    assert.deepEqual(start.variables, { name: "execution", other: "kept" });
    assert.deepEqual(start.secrets, { password: "correct horse" });
    assert.equal(start.baseUrl, "https://staging.example");
    assert.deepEqual(start.steps, steps);
    assert.equal(start.attempt, 1);
    assert.equal(start.nextSeq, 1);
    assert.equal((await getExecution(alice, id)).status, "running");
    const { runId } = await getExecution(alice, id);
    assert.equal((await getRun(alice, runId)).counts.running, 1);
  });

  test("another tenant's worker context can't begin it", async () => {
    const { id } = await newExecution();
    const job = await take(id);
    assert.equal(await beginAttempt(systemCtx(database.db, world.b.id), job, id, worker), null);
    assert.equal(await beginAttempt(ctx, { ...job, leaseToken: newId() }, id, worker), null);
    assert.equal((await getExecution(world.as.alice, id)).status, "queued");
  });

  test("one that was cancelled after it was claimed ends without an attempt", async () => {
    const { id } = await newExecution();
    const job = await take(id);
    await database.db.sql`update outbox set cancel_reason = 'stopped by Alice' where id = ${job.jobId}`;
    assert.equal(await beginAttempt(ctx, job, id, worker), null);
    assert.equal((await getExecution(world.as.alice, id)).status, "cancelled");
    await assertSoundLog(id);
  });
});

describe("events", () => {
  test("are numbered on over attempts, without a gap, and a batch that is sent twice is written once", async () => {
    const { id } = await newExecution(1);
    const first = await begin(id);
    assert.equal(await append(first.job, first.start, 1, "a", "b"), 3);
    assert.equal(await append(first.job, first.start, 1, "a", "b"), 3);
    assert.equal(await append(first.job, first.start, 2, "b", "c"), 4);
    await assert.rejects(append(first.job, first.start, 9, "z"), /would leave a gap after 3/);
    assert.equal((await finishAttempt(ctx, first.job, first.start, failed)).state, "requeued");
    const second = await begin(id);
    assert.equal(second.start.nextSeq, 6);
    assert.equal(await append(second.job, second.start, 6, "d"), 7);
    await finishAttempt(ctx, second.job, second.start, passed);
    const log = await logOf(id);
    assert.deepEqual(
      log.map((item) => (item.type === "log" ? item.text : item.type)),
      ["a", "b", "c", "attempt-finished", "requeued", "d", "attempt-finished", "execution-finished"],
    );
    assert.deepEqual(
      log.map(({ attempt }) => attempt),
      [1, 1, 1, 1, 1, 2, 2, 2],
    );
    await assertSoundLog(id);
  });

  test("hold any text a page can say, and are stored as objects", async () => {
    const { id } = await newExecution();
    const { job, start } = await begin(id);
    await append(job, start, 1, "a\0b", "half \ud83d", "whole 😀");
    const texts = (await logOf(id)).map((item) => (item.type === "log" ? item.text : ""));
    assert.deepEqual(texts, ["a\ufffdb", "half \ufffd", "whole 😀"]);
    const reported = {
      status: "failed" as const,
      failure: { ...failure("x"), message: "\0" },
      durationMs: 1,
    };
    await finishAttempt(ctx, job, start, reported);
    const types = await database.db.orm.transaction(async (tx) => {
      await tx.execute(`select set_config('app.organizations', '{${world.a.id}}', true)`);
      return tx.execute(`select distinct jsonb_typeof(body) as type from event where execution_id = '${id}'`);
    });
    assert.deepEqual([...types], [{ type: "object" }]);
  });
});

describe("the fence", () => {
  test("a worker that lost its lease can append no event, record no file, and finish nothing", async () => {
    const { id } = await newExecution();
    const old = await begin(id);
    await append(old.job, old.start, 1, "before");
    assert.equal((await loseAttempt(ctx, await expire(old.job), id)).state, "requeued");
    const fresh = await begin(id);
    const before = await logOf(id);
    const file = {
      id: newId(),
      kind: "screenshot" as const,
      name: "late",
      step: 0,
      contentType: "image/png",
      sizeBytes: 1,
      sha256: "00",
      storageKey: "a/b",
      width: null,
      height: null,
    };
    assert.equal(await append(old.job, old.start, old.start.nextSeq + 1, "late"), null);
    assert.equal(await recordArtifact(ctx, old.job, old.start, file), false);
    assert.deepEqual(await finishAttempt(ctx, old.job, old.start, passed), { state: "lost" });
    assert.deepEqual(await interruptAttempt(ctx, old.job, old.start, "late"), { state: "lost" });
    assert.deepEqual(await abandonExecution(ctx, old.job, id, failure("late")), { state: "lost" });
    assert.deepEqual(await logOf(id), before);
    assert.equal((await listArtifacts(world.as.alice, id)).items.length, 0);
    assert.equal(await recordArtifact(ctx, fresh.job, fresh.start, file), true);
    assert.equal(await recordArtifact(ctx, fresh.job, fresh.start, file), true);
    assert.equal((await listArtifacts(world.as.alice, id)).items.length, 1);
    assert.equal((await finishAttempt(ctx, fresh.job, fresh.start, passed)).state, "finished");
    assert.deepEqual(await statusesOf(id), ["lost", "passed"]);
    assert.equal((await getExecution(world.as.alice, id)).status, "passed");
    await assertSoundLog(id);
  });

  test("the answer of a finish that was lost may be asked for again: it changes nothing", async () => {
    const { id } = await newExecution();
    const { job, start } = await begin(id);
    await finishAttempt(ctx, job, start, passed);
    assert.deepEqual(await finishAttempt(ctx, job, start, failed), { state: "lost" });
    assert.equal((await getExecution(world.as.alice, id)).status, "passed");
    await assertSoundLog(id);
  });
});

describe("verdicts", () => {
  test("failed, then passed: flaky; the run counts it so", async () => {
    const { id, runId } = await newExecution(2);
    assert.equal(await run(id, failed), "requeued");
    assert.equal((await getRun(world.as.alice, runId)).counts.queued, 1);
    assert.equal(await run(id, passed), "flaky");
    const { status, counts } = await getRun(world.as.alice, runId);
    assert.equal(status, "flaky");
    assert.deepEqual(
      { flaky: counts.flaky, queued: counts.queued, running: counts.running },
      { flaky: 1, queued: 0, running: 0 },
    );
    assert.equal((await getExecution(world.as.alice, id)).error, null);
    await assertSoundLog(id);
  });

  test("failed in every attempt: failed, with what failed last", async () => {
    const { id } = await newExecution(1);
    assert.equal(await run(id, failed), "requeued");
    assert.equal(await run(id, failed), "failed");
    assert.equal((await getExecution(world.as.alice, id)).error?.code, "not-visible");
    assert.deepEqual(await statusesOf(id), ["failed", "failed"]);
    await assertSoundLog(id);
  });

  test("an error of ours is tried again without using up an attempt, and makes nothing flaky", async () => {
    const { id } = await newExecution(1);
    assert.equal(await run(id, broken), "requeued");
    assert.equal(await run(id, failed), "requeued");
    assert.equal(await run(id, broken), "requeued");
    assert.equal(await run(id, failed), "failed");
    await assertSoundLog(id);
    const other = await newExecution();
    assert.equal(await run(other.id, broken), "requeued");
    assert.equal(await run(other.id, passed), "passed");
  });

  test("errors of ours to the last try: error, never failed, and a dead letter says why", async () => {
    const { id } = await newExecution();
    const tries = jobPolicies.execution.retry.attemptsMax;
    for (let n = 1; n < tries; n++) assert.equal(await run(id, broken), "requeued");
    assert.equal(await run(id, broken), "error");
    assert.equal((await getExecution(world.as.alice, id)).error?.code, "browser-crashed");
    const [dead] = await database.db.sql`select outcome, error from outbox_done where unique_key = ${id}`;
    assert.deepEqual({ ...dead }, { outcome: "dead", error: "browser-crashed: it is browser-crashed" });
    await assertSoundLog(id);
  });

  test("what could not even begin ends the same way", async () => {
    const { id } = await newExecution();
    const job = await take(id);
    assert.equal((await abandonExecution(ctx, job, id, failure("worker-error"))).state, "requeued");
    for (let n = 1; n < jobPolicies.execution.retry.attemptsMax; n++) {
      await abandonExecution(ctx, await take(id), id, failure("worker-error"));
    }
    assert.equal((await getExecution(world.as.alice, id)).status, "error");
    await assertSoundLog(id);
  });
});

describe("interruption and loss", () => {
  test("a stopping worker hands its execution back: not failed, not counted", async () => {
    const { id } = await newExecution();
    const { job, start } = await begin(id);
    assert.equal((await interruptAttempt(ctx, job, start, "the worker stops")).state, "requeued");
    assert.equal((await getExecution(world.as.alice, id)).status, "queued");
    const [row] = await database.db
      .sql`select failures, crashes, interruptions from outbox where unique_key = ${id}`;
    assert.deepEqual({ ...row }, { failures: 0, crashes: 0, interruptions: 1 });
    assert.equal(await run(id, passed), "passed");
    assert.deepEqual(await statusesOf(id), ["lost", "passed"]);
    await assertSoundLog(id);
  });

  test("an execution that takes worker after worker with it ends as error with the evidence", async () => {
    const { id } = await newExecution(3);
    for (let crash = 1; crash <= limits.crashesMax; crash++) {
      const { job } = await begin(id);
      const expired = await expire(job);
      const endings = await Promise.all([loseAttempt(ctx, expired, id), loseAttempt(ctx, expired, id)]);
      const states = endings.map(({ state }) => state).sort();
      assert.deepEqual(states, crash < limits.crashesMax ? ["lost", "requeued"] : ["finished", "lost"]);
    }
    const execution = await getExecution(world.as.alice, id);
    assert.equal(execution.status, "error");
    assert.equal(execution.error?.code, "worker-lost");
    assert.match(execution.error?.message ?? "", /3 workers were lost/);
    await assertSoundLog(id);
  });

  test("a worker lost between its claim and its beginning leaves no trace in the log", async () => {
    const { id } = await newExecution();
    await loseAttempt(ctx, await expire(await take(id)), id);
    assert.deepEqual(await typesOf(id), []);
    assert.equal(await run(id, passed), "passed");
  });
});

describe("cancelling", () => {
  test("a running execution that is stopped ends as cancelled, once its worker says so", async () => {
    const { id, runId } = await newExecution(2);
    const { job, start } = await begin(id);
    await stopExecution(world.as.alice, id);
    assert.equal((await getExecution(world.as.alice, id)).status, "running");
    assert.deepEqual(await finishAttempt(ctx, job, start, cancelled), {
      state: "finished",
      verdict: "cancelled",
    });
    assert.equal((await getRun(world.as.alice, runId)).status, "cancelled");
    await assertSoundLog(id);
  });

  test("an attempt that fails, breaks, is interrupted or lost after the stop gets no other attempt", async () => {
    for (const end of ["failed", "broken", "interrupted", "lost"] as const) {
      const { id } = await newExecution(2);
      const { job, start } = await begin(id);
      await stopExecution(world.as.alice, id);
      if (end === "failed") await finishAttempt(ctx, job, start, failed);
      if (end === "broken") await finishAttempt(ctx, job, start, broken);
      if (end === "interrupted") await interruptAttempt(ctx, job, start, "the worker stops");
      if (end === "lost") await loseAttempt(ctx, await expire(job), id);
      assert.equal((await getExecution(world.as.alice, id)).status, "cancelled", end);
      await assertSoundLog(id);
    }
  });

  test("an attempt that passed before the stop reached it has passed", async () => {
    const { id } = await newExecution();
    const { job, start } = await begin(id);
    await stopExecution(world.as.alice, id);
    assert.deepEqual(await finishAttempt(ctx, job, start, passed), { state: "finished", verdict: "passed" });
  });

  test("stopping and finishing at the same moment never deadlocks and leaves one terminal event", async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => newExecution()));
    const begun = [];
    for (const { id } of all) begun.push({ id, ...(await begin(id)) });
    await Promise.all(
      begun.flatMap(({ id, job, start }) => [
        stopExecution(world.as.alice, id),
        append(job, start, 1, "x").then(() => finishAttempt(ctx, job, start, passed)),
      ]),
    );
    for (const { id } of begun) await assertSoundLog(id);
  });
});
