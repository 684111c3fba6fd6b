import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { newId } from "../db/domain/ids.ts";
import { enqueueMany, type NewJob } from "../db/outbox.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { until } from "./testing/wait.ts";

/** Real worker processes, and a project that has far more to do than they can. */
const processes = 2;
const slotsEach = 2;
const waitingJobs = 10_000;
const trials = 6;

let database: TestDatabase;
const children: ChildProcess[] = [];
before(async () => {
  database = await testDatabase();
});
after(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await database.drop();
});

async function startWorker(name: string): Promise<void> {
  const file = fileURLToPath(new URL("./testing/busy-child.ts", import.meta.url));
  const args = ["--import", "tsx", file, database.url, name, String(slotsEach)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  assert.ok(child.stdout);
  await once(child.stdout, "data");
}

const add = (projectId: string, count: number) =>
  database.db.orm.transaction((tx) =>
    enqueueMany(
      tx,
      Array.from(
        { length: count },
        (): NewJob => ({
          kind: "execution",
          payload: { executionId: newId() },
          organizationId: null,
          shareKey: projectId,
        }),
      ),
    ),
  );
const figure = async (rows: Promise<readonly { jobs: number }[]>) => (await rows)[0]?.jobs ?? 0;
const waitingOf = (projectId: string) =>
  figure(database.db.sql`select count(*)::int as jobs from outbox
    where key = ${`execution:${projectId}`} and state = 'ready'`);
const endedOf = (projectId: string) =>
  figure(
    database.db.sql`select count(*)::int as jobs from outbox_done where key = ${`execution:${projectId}`}`,
  );

test("a project with 10,000 waiting jobs delays another's single job by no more than one slot's work", async () => {
  const noisy = newId();
  await add(noisy, waitingJobs);
  await Promise.all(Array.from({ length: processes }, (_, n) => startWorker(`busy-${n}`)));
  for (let trial = 0; trial < trials; trial++) {
    // Of ids that come before the noisy project's and after it, in the order of the turns.
    const quiet = trial % 2 === 0 ? newId() : `00000000-${newId().slice(9)}`;
    const done = await endedOf(noisy);
    await until("every slot is busy with the noisy project", 60_000, async () => {
      return (await endedOf(noisy)) >= done + processes * slotsEach;
    });
    await add(quiet, 1);
    const [{ at } = { at: "" }] = await database.db.sql<
      { at: string }[]
    >`select clock_timestamp()::text as at`;
    await until("the single job is done", 120_000, async () => (await endedOf(quiet)) === 1);
    // In slots and not in time: how many slots took another job of the noisy one first. One of each at the most, those that
    // had begun to claim when the single job came.
    const [row] = await database.db.sql<{ before: number }[]>`
      select count(*)::int as before from (select claimed_at from outbox where key = ${`execution:${noisy}`} and state = 'running'
          union all select claimed_at from outbox_done where key = ${`execution:${noisy}`}) as job
      where claimed_at > ${at}::text::timestamptz
        and claimed_at < (select claimed_at from outbox_done where key = ${`execution:${quiet}`})`;
    assert.ok(
      row && row.before <= processes * slotsEach,
      `${row?.before} jobs of the noisy project went first`,
    );
  }
  assert.ok((await waitingOf(noisy)) > waitingJobs / 2, "it still had thousands waiting");
});
