import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sql } from "drizzle-orm";
import { artifactKey, type BlobStore, openBlobs } from "../blobs.ts";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeUser, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { listAudit } from "./audit-log.ts";
import { type Ctx, setTenant } from "./context.ts";
import { changePlan, getPlan } from "./plans.ts";
import { deleteUnusedFiles, expireResults } from "./retention.ts";

let database: TestDatabase;
let world: World;
let root: Ctx;
let folder: string;
let blobs: BlobStore;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  root = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
  folder = mkdtempSync(join(tmpdir(), "verdict-retention-"));
  blobs = openBlobs({ kind: "file", directory: folder });
});
after(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const installation = () => systemCtx(database.db);
const enough = { signal: new AbortController().signal, isOver: () => false };
const dayMs = 24 * 3_600_000;

/** An id as old as it says. */
function idAt(at: number): string {
  const hex = at.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`;
}

type Where = { organizationId: string; projectId: string };
const inA = (): Where => ({ organizationId: world.a.id, projectId: world.project.id });
const inB = (): Where => ({ organizationId: world.b.id, projectId: world.foreign.id });

const rowsOf = <T extends Record<string, unknown>>(
  { organizationId }: Where,
  query: ReturnType<typeof sql>,
) =>
  database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    return tx.execute<T>(query);
  });

/** A run of so long ago with executions, each with an attempt, two events and a file. @returns its id */
async function makeRun(
  where: Where,
  daysAgo: number,
  {
    executions = 1,
    ended = true,
    content = newId(),
  }: { executions?: number; ended?: boolean; content?: string } = {},
): Promise<string> {
  const { organizationId, projectId } = where;
  const at = Date.now() - daysAgo * dayMs;
  const [runId, when] = [idAt(at), new Date(at).toISOString()];
  const sha256 = createHash("sha256").update(content).digest("hex");
  const key = artifactKey({ organizationId }, sha256);
  await blobs.put(key, Buffer.from(content), { contentType: "image/png", sha256 });
  await database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [organizationId], null);
    const status = ended ? "passed" : "running";
    const finished = ended ? when : null;
    await tx.execute(sql`insert into run (id, organization_id, project_id, name, trigger, status, finished_at, created_at)
      values (${runId}, ${organizationId}, ${projectId}, 'R', 'api', ${status}, ${finished}, ${when})`);
    const caseId = newId();
    await tx.execute(sql`insert into test_case (id, organization_id, project_id, name, priority, status, version, step_count, search)
      values (${caseId}, ${organizationId}, ${projectId}, ${newId()}, 'low', 'active', 1, 0, '')`);
    for (let n = 0; n < executions; n++) {
      const id = idAt(at + n);
      await tx.execute(sql`insert into execution (id, organization_id, project_id, run_id, test_case_id, version,
        test_case_name, browser, viewport, status, finished_at) values (${id}, ${organizationId}, ${projectId}, ${runId},
        ${caseId}, 1, 'C', 'chromium', '{}', ${status}, ${finished})`);
      await tx.execute(sql`insert into attempt (execution_id, number, organization_id, lease_token, status, finished_at)
        values (${id}, 1, ${organizationId}, ${newId()}, ${status}, ${finished})`);
      await tx.execute(sql`insert into event (execution_id, seq, organization_id, attempt, at, type, body)
        select ${id}, n, ${organizationId}, 1, now(), 'log', '{}' from generate_series(1, 2) n`);
      await tx.execute(sql`insert into artifact (id, organization_id, execution_id, attempt, kind, name, content_type,
        size_bytes, sha256, storage_key) values (${newId()}, ${organizationId}, ${id}, 1, 'screenshot', 's.png',
        'image/png', 10, ${sha256}, ${key})`);
    }
  });
  return runId;
}

async function countsOf(where: Where): Promise<Record<string, number>> {
  const { organizationId } = where;
  const [row] = await rowsOf<Record<string, number>>(
    where,
    sql`select (select count(*)::int from run where organization_id = ${organizationId}) as runs,
      (select count(*)::int from execution where organization_id = ${organizationId}) as executions,
      (select count(*)::int from attempt where organization_id = ${organizationId}) as attempts,
      (select count(*)::int from event where organization_id = ${organizationId}) as events,
      (select count(*)::int from artifact where organization_id = ${organizationId}) as files`,
  );
  return { ...row };
}

async function fileOf(where: Where, content: string): Promise<boolean> {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const blob = await blobs.get(artifactKey(where, sha256));
  await blob?.stream.cancel();
  return blob !== null;
}

describe("results", () => {
  it("go when they ended longer ago than the plan says, and those of nobody else", async () => {
    const before = await countsOf(inB());
    await changePlan(root, world.a.id, { resultDays: 30 });
    const [kept, open] = [await makeRun(inA(), 29), await makeRun(inA(), 200, { ended: false })];
    await makeRun(inA(), 31, { executions: 55 });
    await makeRun(inA(), 400);
    await makeRun(inB(), 400);
    const used = (await getPlan(world.as.alice, world.a.id)).use.artifactBytes;
    assert.deepEqual(await expireResults(installation(), enough), { runs: 2, executions: 56 });
    assert.deepEqual(await countsOf(inA()), { runs: 2, executions: 2, attempts: 2, events: 4, files: 2 });
    const left = await rowsOf<{ id: string }>(inA(), sql`select id from run order by id`);
    assert.deepEqual(left.map(({ id }) => id).sort(), [kept, open].sort());
    assert.equal((await countsOf(inB())).runs, (before.runs ?? 0) + 1);
    assert.deepEqual(await expireResults(installation(), enough), { runs: 0, executions: 0 });
    // What they took of the plan is free again.
    assert.equal((await getPlan(world.as.alice, world.a.id)).use.artifactBytes, used - 560);
  });

  it("leave an entry of the audit that says how many", async () => {
    const { items } = await listAudit(world.as.alice, world.a.id, { limit: 10, action: "results.expire" });
    assert.deepEqual(
      items.map(({ after, actor }) => [after, actor]),
      [[{ runs: 2, executions: 56, days: 30 }, "test"]],
    );
    const others = await listAudit(world.as.charlie, world.b.id, { limit: 10, action: "results.expire" });
    assert.deepEqual(others.items, []);
  });

  it("go as far as the time allows, and the next time goes on", async () => {
    for (let n = 0; n < 3; n++) await makeRun(inA(), 50, { executions: limits.resultsExpiredPerEntry / 2 });
    let looks = 0;
    const first = await expireResults(installation(), { ...enough, isOver: () => looks++ > 0 });
    assert.ok(first.executions >= limits.resultsExpiredPerEntry, String(first.executions));
    assert.ok(first.executions < 1.5 * limits.resultsExpiredPerEntry);
    const stopped = AbortSignal.abort(new Error("stop"));
    await assert.rejects(expireResults(installation(), { ...enough, signal: stopped }), /stop/);
    const second = await expireResults(installation(), enough);
    assert.equal(first.executions + second.executions, 1.5 * limits.resultsExpiredPerEntry);
    assert.equal(first.runs + second.runs, 3);
  });

  it("that have not ended can't be deleted by whatever statement", async () => {
    const open = await makeRun(inA(), 0, { ended: false });
    const gone = await rowsOf(
      inA(),
      sql`with e as (delete from execution where run_id = ${open} returning 1),
      r as (delete from run where id = ${open} returning 1) select * from e, r`,
    );
    assert.equal(gone.length, 0);
    const [row] = await rowsOf<{ count: number }>(
      inA(),
      sql`select count(*)::int from execution where run_id = ${open}`,
    );
    assert.equal(row?.count, 1);
  });
});

describe("stored files", () => {
  const later = (ms: number) => systemCtx(database.db, null, { now: () => new Date(Date.now() + ms) });
  /** As if what was noted until now had been noted long ago. */
  const age = (where: Where) =>
    rowsOf(
      where,
      sql`update unused_file set noted_at = noted_at - interval '2 days' where organization_id = ${where.organizationId}`,
    );

  it("go when nothing names them any more, a day later, and what is shared stays", async () => {
    await makeRun(inA(), 60, { content: "only in the old one" });
    await makeRun(inA(), 60, { content: "in both" });
    await makeRun(inA(), 1, { content: "in both" });
    await expireResults(installation(), enough);
    assert.equal(await deleteUnusedFiles(later(2 * dayMs), blobs, enough), 0, "noted a moment ago");
    await age(inA());
    assert.ok((await deleteUnusedFiles(later(2 * dayMs), blobs, enough)) >= 1);
    assert.equal(await fileOf(inA(), "only in the old one"), false);
    assert.equal(await fileOf(inA(), "in both"), true);
    const [left] = await rowsOf<{ count: number }>(inA(), sql`select count(*)::int from unused_file`);
    assert.equal(left?.count, 0);
  });

  it("stay when they were put lately: somebody may be about to name them", async () => {
    await makeRun(inA(), 60, { content: "put again" });
    await expireResults(installation(), enough);
    await age(inA());
    assert.equal(await deleteUnusedFiles(later(0), blobs, enough), 0);
    assert.equal(await fileOf(inA(), "put again"), true);
    await age(inA());
    assert.equal(await deleteUnusedFiles(later(2 * dayMs), blobs, enough), 1);
    assert.equal(await fileOf(inA(), "put again"), false);
  });

  it("stay noted while the storage is away", async () => {
    await makeRun(inA(), 60, { content: "away" });
    await expireResults(installation(), enough);
    await age(inA());
    const away = { deleteUnlessPutSince: () => Promise.reject(new Error("away")) };
    await assert.rejects(deleteUnusedFiles(later(2 * dayMs), away, enough), /away/);
    assert.equal(await deleteUnusedFiles(later(2 * dayMs), blobs, enough), 1);
    assert.equal(await fileOf(inA(), "away"), false);
  });
});
