import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import postgres, { type Sql } from "postgres";
import { artifactKey } from "../../../db/blobs.ts";
import type { RunnerEvent } from "../../../db/domain/events.ts";
import { newId } from "../../../db/domain/ids.ts";
import { claim } from "../../../db/outbox/claim.ts";
import { finishAttempt } from "../../../db/services/attempt-endings.ts";
import { appendEvents, beginAttempt, recordArtifact } from "../../../db/services/attempts.ts";
import { executeTestCase } from "../../../db/services/runs.ts";
import { type TestDatabase, testDatabase } from "../../../db/testing/database.ts";
import { makeTestCase, makeWorld, systemCtx, type World } from "../../../db/testing/factories.ts";
import { Ledger } from "../ledger.ts";
import { groupOf, leftIn, orphansOf } from "../processes.ts";
import type { Evidence } from "./evidence.ts";
import { judge } from "./index.ts";

let database: TestDatabase;
let world: World;
/** Triggers and policies do not hold it back, so that it can break what nobody else can. */
let sql: Sql;
/** What the checker looks with. */
let eyes: Sql;
let artifacts: string;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  artifacts = mkdtempSync(join(tmpdir(), "verdict-checks-"));
  const url = new URL(process.env.VERDICT_TEST_PG_OWNER_URL ?? "");
  url.pathname = new URL(database.url).pathname;
  sql = postgres(url.href, { max: 2, connection: { session_replication_role: "replica" } });
  eyes = postgres(url.href, { max: 2 });
});
after(async () => {
  await Promise.all([sql.end(), eyes.end()]);
  await database.drop();
  rmSync(artifacts, { recursive: true, force: true });
});

type Made = { id: string; runId: string; artifactId: string; file: string; evidence: Evidence };

/** An execution that a client was promised and watched, run to its verdict as a worker does it. */
async function passedExecution(): Promise<Made> {
  const marker = `marker-${newId().slice(-8)}-1-end`;
  const testCase = await makeTestCase(world.as.alice, world.project.id);
  const started = { testCaseId: testCase.id, variables: { marker }, retries: 0 };
  const { id, runId } = await executeTestCase(world.as.alice, started, "manual");
  const ctx = systemCtx(database.db, world.a.id);
  const worker = { id: newId() };
  const [job] = await claim(database.db.sql, { workerId: worker.id, slots: 1, queue: "browser" });
  assert.ok(job);
  const start = await beginAttempt(ctx, job, id, worker);
  assert.ok(start);
  const file = putFile(start, "a picture");
  await recordArtifact(ctx, job, start, file.row);
  await appendEvents(ctx, job, start, 1, [
    says(`${marker} one`),
    says(`${marker} two`),
    artifactEvent(file.row.id),
  ]);
  await finishAttempt(ctx, job, start, { status: "passed", failure: null, durationMs: 5 });
  const ledger = new Ledger();
  const { id: tenant } = world.a;
  ledger.acknowledge({ executionId: id, runId, tenant, marker, expected: ["passed"], ackedAt: Date.now() });
  const log = await sql<{ seq: number; type: RunnerEvent["type"] }[]>`
    select seq, type from event where execution_id = ${id} order by seq`;
  ledger.watch(id).push(...log);
  const evidence = {
    sql: eyes,
    ledger,
    faults: [],
    artifacts,
    stored: (key: string) => readFile(join(artifacts, key)).catch(() => null),
    left: [],
    recoveryMsMax: 1_000,
    hasWrongClocks: false,
  };
  return { id, runId, artifactId: file.row.id, file: file.path, evidence };
}

const says = (text: string): RunnerEvent => ({
  at: new Date().toISOString(),
  type: "log",
  level: "info",
  text,
});
const artifactEvent = (artifactId: string): RunnerEvent => ({
  at: new Date().toISOString(),
  type: "artifact",
  artifactId,
  kind: "screenshot",
  name: "picture",
});

function putFile(ref: { organizationId: string; executionId: string }, content: string) {
  const id = newId();
  const storageKey = artifactKey(ref, id);
  const path = join(artifacts, storageKey);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const of = { id, storageKey, sha256, sizeBytes: content.length, width: null, height: null, step: null };
  return { path, row: { ...of, kind: "screenshot" as const, name: "picture", contentType: "image/png" } };
}

/** The invariants that say something about this. */
async function brokenBy(evidence: Evidence, text: string): Promise<string[]> {
  const judged = await judge(evidence);
  return judged.filter(({ breaks }) => breaks.some((said) => said.includes(text))).map(({ id }) => id);
}

describe("the checker", () => {
  it("finds nothing where nothing is wrong, and has looked at everything", async () => {
    const { evidence } = await passedExecution();
    const judged = await judge(evidence);
    assert.deepEqual(
      judged.filter(({ breaks }) => breaks.length > 0),
      [],
    );
    for (const id of ["I1", "I2", "I3", "I4", "I5", "I8", "I9", "I10"]) {
      assert.ok(
        judged.some((one) => one.id === id && one.checked > 0),
        `${id} looked at nothing`,
      );
    }
  });

  it("sees an acknowledged execution that is gone, one that never ends, and a job that is left", async () => {
    const gone = await passedExecution();
    await sql`delete from execution where id = ${gone.id}`;
    assert.ok((await brokenBy(gone.evidence, gone.id)).includes("I1"));
    const open = await passedExecution();
    await sql`update execution set status = 'running', finished_at = null where id = ${open.id}`;
    assert.ok((await brokenBy(open.evidence, open.id)).includes("I1"));
    await sql`update execution set status = 'passed', finished_at = now() where id = ${open.id}`;
    await sql`insert into outbox (id, kind, queue, state, priority, payload, unique_key)
      values (${newId()}, 'execution', 'browser', 'ready', 1, '{}', ${open.id})`;
    assert.deepEqual(await brokenBy(open.evidence, open.id), ["I1"]);
  });

  it("sees a request that was carried out twice", async () => {
    const [one, two] = [await passedExecution(), await passedExecution()];
    await sql`update execution set variables = (select variables from execution where id = ${one.id}) where id = ${two.id}`;
    assert.ok((await brokenBy(one.evidence, two.id)).includes("I1"));
  });

  it("sees a second verdict, a missing one, one that says otherwise, and a second judgement", async () => {
    const { id, evidence } = await passedExecution();
    await sql`drop index event_terminal`;
    await sql`insert into event select execution_id, seq + 1, organization_id, attempt, at, type, body from event
      where execution_id = ${id} and type = 'execution-finished'`;
    assert.ok((await brokenBy(evidence, `${id} is passed and has 2 last events`)).includes("I2"));
    await sql`delete from event where execution_id = ${id} and type = 'execution-finished'`;
    assert.ok((await brokenBy(evidence, `${id} is passed and has 0 last events`)).includes("I2"));
    const other = await passedExecution();
    await sql`update execution set status = 'failed' where id = ${other.id}`;
    assert.ok((await brokenBy(other.evidence, "its last event says passed")).includes("I2"));
    const twice = await passedExecution();
    await sql`insert into attempt select execution_id, 2, organization_id, status, worker_id, lease_token, failure,
      started_at + interval '1 hour', finished_at + interval '1 hour' from attempt where execution_id = ${twice.id}`;
    assert.deepEqual(await brokenBy(twice.evidence, twice.id), ["I2"]);
  });

  it("sees a database that lets a verdict be changed", async () => {
    const { evidence } = await passedExecution();
    assert.deepEqual(await brokenBy({ ...evidence, sql }, "let its verdict be changed"), ["I2"]);
  });

  it("sees what an attempt wrote after the next one had begun", async () => {
    const { id, artifactId, evidence } = await passedExecution();
    await sql`update event set attempt = 2 where execution_id = ${id} and seq = 1`;
    await sql`insert into attempt select execution_id, 2, organization_id, 'lost', worker_id, lease_token, failure,
      started_at - interval '1 hour', finished_at from attempt where execution_id = ${id}`;
    assert.deepEqual(await brokenBy(evidence, `event 2 of execution ${id}`), ["I3"]);
    assert.deepEqual(await brokenBy(evidence, `artifact ${artifactId} of attempt 1`), ["I3"]);
  });

  it("sees a gap in a log, a log without its end, and a client that was not told everything", async () => {
    const gap = await passedExecution();
    await sql`delete from event where execution_id = ${gap.id} and seq = 2`;
    assert.deepEqual(await brokenBy(gap.evidence, `${gap.id} has 3 where 2 should be`), ["I4"]);
    const endless = await passedExecution();
    await sql`delete from event where execution_id = ${endless.id} and type = 'execution-finished'`;
    assert.ok((await brokenBy(endless.evidence, endless.id)).includes("I4"));
    const deaf = await passedExecution();
    deaf.evidence.ledger.watch(deaf.id).pop();
    assert.deepEqual(await brokenBy(deaf.evidence, deaf.id), ["I4"]);
    const twice = await passedExecution();
    twice.evidence.ledger.watch(twice.id).splice(1, 0, { seq: 1, type: "log" });
    assert.deepEqual(await brokenBy(twice.evidence, twice.id), ["I4"]);
  });

  it("sees a missing object, a changed one, and an artifact without a row", async () => {
    const missing = await passedExecution();
    rmSync(missing.file);
    assert.deepEqual(await brokenBy(missing.evidence, `${missing.artifactId} has no object`), ["I5"]);
    const changed = await passedExecution();
    writeFileSync(changed.file, "other bytes, another length");
    assert.deepEqual(await brokenBy(changed.evidence, changed.artifactId), ["I5"]);
    writeFileSync(changed.file, "a piCture");
    assert.deepEqual(await brokenBy(changed.evidence, `${changed.artifactId} has other bytes`), ["I5"]);
    const named = await passedExecution();
    await sql`delete from artifact where id = ${named.artifactId}`;
    assert.deepEqual(await brokenBy(named.evidence, named.id), ["I5"]);
  });

  it("sees a recovery that took too long, an answer that came late, and one that said nothing useful", async () => {
    const { id, evidence } = await passedExecution();
    const at = Date.now() - 60_000;
    const faults = [{ trial: 7, kind: "a blow", at, stages: [], victims: [id] }];
    assert.deepEqual(await brokenBy({ ...evidence, faults }, `${id} of trial 7`), ["I7"]);
    const answer = { path: "/runs", at: 0, ms: 1, status: 200, retryAfter: null, error: null };
    evidence.ledger.answers.push(
      { ...answer, path: "/late", ms: 5_001 },
      { ...answer, path: "/broken", status: 500 },
    );
    evidence.ledger.answers.push({ ...answer, path: "/blunt", status: 503 });
    evidence.ledger.answers.push({ ...answer, path: "/hung", status: null, error: "no answer in time" });
    for (const path of ["/late", "/broken", "/blunt", "/hung"]) {
      assert.deepEqual(await brokenBy(evidence, path), ["I12"]);
    }
  });

  it("sees our trouble that was shown as a failure, and an error without a cause", async () => {
    const { id, evidence } = await passedExecution();
    await sql`update attempt set status = 'failed' where execution_id = ${id}`;
    assert.deepEqual(await brokenBy(evidence, id), ["I8"]);
    const error = await passedExecution();
    await sql`update execution set status = 'error' where id = ${error.id}`;
    assert.ok((await brokenBy(error.evidence, `${error.id} should be passed and is error`)).includes("I8"));
    error.evidence.ledger.expect(error.id, ["error"]);
    assert.ok((await brokenBy(error.evidence, `${error.id} is an error without a cause`)).includes("I8"));
  });

  it("sees another one's words in a log", async () => {
    const { id, evidence } = await passedExecution();
    await sql`update event set body = '{"type":"log","level":"info","text":"marker-foreign-3-end"}'
      where execution_id = ${id} and seq = 2`;
    assert.deepEqual(await brokenBy(evidence, "marker-foreign-3-end"), ["I9"]);
  });

  it("sees counters that have drifted, a run that says otherwise, and an attempt that counts as running", async () => {
    const { runId, evidence } = await passedExecution();
    await sql`update run set passed = 2 where id = ${runId}`;
    assert.deepEqual(await brokenBy(evidence, runId), ["I10"]);
    const other = await passedExecution();
    await sql`update run set status = 'failed' where id = ${other.runId}`;
    assert.deepEqual(await brokenBy(other.evidence, other.runId), ["I10"]);
    const open = await passedExecution();
    await sql`update attempt set status = 'running', finished_at = null where execution_id = ${open.id}`;
    assert.ok((await brokenBy(open.evidence, `attempt 1 of execution ${open.id}`)).includes("I10"));
  });

  it("sees a tick that made two jobs, and one that made none", async () => {
    const { evidence } = await passedExecution();
    await sql`insert into schedule_tick values ('housekeeping', '2020-01-01T05:00Z')`;
    assert.deepEqual(await brokenBy(evidence, "2020-01-01T05:00:00.000Z made 0"), ["I13"]);
    for (const id of [newId(), newId()]) {
      await sql`insert into outbox (id, kind, queue, state, priority, payload, created_at)
        values (${id}, 'housekeeping', 'light', 'ready', 1, '{}', '2020-01-01T05:10Z')`;
    }
    assert.deepEqual(await brokenBy(evidence, "2020-01-01T05:00:00.000Z made 2"), ["I13"]);
  });

  it("says so when it can't check something", async () => {
    const { evidence } = await passedExecution();
    await sql`alter table schedule_tick rename to schedule_tick_away`;
    assert.deepEqual(await brokenBy(evidence, "could not be checked"), ["I13"]);
    await sql`alter table schedule_tick_away rename to schedule_tick`;
  });

  it("sees a browser that outlived its worker, and what is left on the data folder", async () => {
    const home = mkdtempSync(join(tmpdir(), "verdict-checks-home-"));
    const wait = "process.send('up'); setInterval(() => {}, 1000)";
    const child: ChildProcess = spawn(process.execPath, ["-e", wait, home], {
      detached: true,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const pid = child.pid ?? 0;
    try {
      await once(child, "message");
      // More than any process has: whoever is process 1 may have zombies of its own.
      const workerPid = 2 ** 22 + 1;
      const browsers = [{ pid, workerPid }];
      assert.deepEqual(orphansOf(browsers, [workerPid]), []);
      const orphan = `process ${pid} of browser ${pid} outlived its worker ${workerPid}`;
      assert.deepEqual(orphansOf(browsers, []), [orphan]);
      assert.ok((await leftIn(home)).some((left) => left.includes(`process ${pid} is left`)));
      const { evidence } = await passedExecution();
      assert.deepEqual(await brokenBy({ ...evidence, left: orphansOf(browsers, []) }, `process ${pid} of`), [
        "I6",
      ]);
    } finally {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      rmSync(home, { recursive: true, force: true });
    }
    assert.deepEqual(groupOf(pid), []);
  });
});
