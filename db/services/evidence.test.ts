import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { EvidencePolicy } from "../domain/evidence.ts";
import { newId } from "../domain/ids.ts";
import { claim } from "../outbox/claim.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeTestCase, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { finishAttempt } from "./attempt-endings.ts";
import { beginAttempt, recordArtifact } from "./attempts.ts";
import { getExecution, listArtifacts } from "./executions.ts";
import { updateProject } from "./projects.ts";
import { executeTestCase, retryRun } from "./runs.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database.drop());

async function start(evidence?: EvidencePolicy): Promise<string> {
  const testCase = await makeTestCase(world.as.alice, world.project.id);
  const input = { testCaseId: testCase.id, ...(evidence ? { evidence } : {}) };
  return (await executeTestCase(world.as.alice, input, "manual")).id;
}

/** Begins the attempt of the only execution that waits. */
async function begin() {
  const worker = { id: newId() };
  const [job] = await claim(database.db.sql, { workerId: worker.id, slots: 1, queue: "browser" });
  assert.ok(job);
  const { executionId } = job.payload as { executionId: string };
  const ctx = systemCtx(database.db, world.a.id);
  const attempt = await beginAttempt(ctx, job, executionId, worker);
  assert.ok(attempt);
  return { ctx, job, attempt };
}

test("what is kept of an attempt is said by the project, and by the run where it says something else", async () => {
  const alice = world.as.alice;
  await start();
  assert.equal((await begin()).attempt.evidence, "on");
  const off = await start("off");
  const { ctx, job, attempt } = await begin();
  assert.equal(attempt.evidence, "off");
  await finishAttempt(ctx, job, attempt, { status: "passed", failure: null, durationMs: 5 });
  await updateProject(alice, world.project.id, { evidence: "on-failure" });
  await start();
  assert.equal((await begin()).attempt.evidence, "on-failure");
  await retryRun(alice, (await getExecution(alice, off)).runId, { failedOnly: false });
  assert.equal((await begin()).attempt.evidence, "off");
});

test("recordings are artifacts of their kind", async () => {
  const executionId = await start();
  const { ctx, job, attempt } = await begin();
  for (const kind of ["replay", "network", "har", "accessibility"] as const) {
    const file = { name: kind, step: null, contentType: "application/gzip", width: null, height: null };
    const stored = { sizeBytes: 3, sha256: "0".repeat(64), storageKey: `${executionId}/${kind}` };
    assert.equal(await recordArtifact(ctx, job, attempt, { id: newId(), kind, ...file, ...stored }), true);
  }
  const { items } = await listArtifacts(world.as.alice, executionId, { kind: "replay" });
  assert.deepEqual(
    items.map(({ kind }) => kind),
    ["replay"],
  );
});
