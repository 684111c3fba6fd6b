import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import type { Suite } from "../db/domain/resources.ts";
import { getRun } from "../db/services/runs.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeSuite, makeTestCase, makeWorld, systemCtx, type World } from "../db/testing/factories.ts";
import { noLog, noMetrics } from "./metrics.ts";
import { fireSchedules } from "./scheduler.ts";
import { until } from "./testing/wait.ts";

let database: TestDatabase;
let owner: postgres.Sql;
let world: World;
let suite: Suite;
before(async () => {
  database = await testDatabase();
  owner = postgres(database.ownerUrl, { max: 1, onnotice: () => {} });
  world = await makeWorld(database.db);
  await owner`select set_config('app.organizations', ${`{${world.a.id},${world.b.id}}`}, false)`;
  const testCase = await makeTestCase(world.as.alice, world.project.id);
  suite = await makeSuite(world.as.alice, world.project.id, [testCase.id]);
});
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await owner`delete from schedule`;
});
after(async () => {
  await owner.end();
  await database.drop();
});

/** Schedules of the first project whose tick came so long ago; without `ago` it is still to come. */
async function seed(count: number, { ago = "1 second", cron = "0 5 1 1 *" } = {}): Promise<string[]> {
  const rows = await owner<{ id: string }[]>`
    insert into schedule (id, organization_id, project_id, suite_id, name, cron, time_zone, missed, next_at)
    select gen_random_uuid(), ${world.a.id}, ${world.project.id}, ${suite.id}, 'Schedule ' || gen_random_uuid(), ${cron},
      'Europe/Berlin', 'once', date_trunc('second', now() - ${ago}::interval) from generate_series(1, ${count}) returning id`;
  return rows.map(({ id }) => id);
}

const dueLeft = async () => {
  const [row] = await owner<
    { due: number }[]
  >`select count(*)::int as due from schedule where next_at <= now()`;
  return row?.due ?? 0;
};
const ticksOf = (outcome: string) => owner<{ schedule: string; run: string | null }[]>`
  select schedule_id as schedule, run_id as run from tick where outcome = ${outcome}`;
const scheduledRuns = async () => {
  const [row] = await owner<
    { runs: number }[]
  >`select count(*)::int as runs from run where trigger = 'schedule'`;
  return row?.runs ?? 0;
};

function startChild(name: string, args: readonly string[]): ChildProcess {
  const file = fileURLToPath(new URL(`./testing/${name}`, import.meta.url));
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], { stdio: [...stdio] });
  children.push(child);
  return child;
}

type Over = Partial<Parameters<typeof fireSchedules>[0]>;
const sweep = (over: Over = {}) =>
  fireSchedules({
    db: database.db,
    ctx: (organizationId) => systemCtx(database.db, organizationId),
    metrics: noMetrics,
    log: noLog,
    ...over,
  });

test("two schedulers and a thousand due ticks, one of them stopped in the middle: one run per tick", async () => {
  const runsBefore = await scheduledRuns();
  const ids = await seed(1_000);
  const child = startChild("scheduler-child.ts", [database.url]);
  await once(child.stdout ?? child, "data");
  await until("the other one has begun", 30_000, async () => (await dueLeft()) < 990);
  child.kill("SIGSTOP");
  // It may hold as many as it acts on at once.
  await until("all but what the stopped one holds are fired", 400_000, async () => {
    await sweep();
    return (await dueLeft()) <= 4;
  });
  child.kill("SIGCONT");
  await until("all are fired", 60_000, async () => {
    await sweep();
    return (await dueLeft()) === 0;
  });
  const fired = await ticksOf("started");
  assert.deepEqual(fired.map(({ schedule }) => schedule).sort(), ids.sort());
  assert.equal(new Set(fired.map(({ run }) => run)).size, 1_000);
  assert.equal((await scheduledRuns()) - runsBefore, 1_000);
});

test("a stopped scheduler keeps the tick it holds and no other; killed, it leaves it to the next one", async () => {
  const [continued = "", killed = ""] = await seed(2);
  const runsBefore = await scheduledRuns();
  const [first, second] = [continued, killed].map((id) =>
    startChild("stopped-child.ts", [database.url, world.a.id, id]),
  );
  assert.ok(first?.stdout && second?.stdout);
  await Promise.all([once(first.stdout, "data"), once(second.stdout, "data")]);
  const others = await seed(3);
  assert.equal(await sweep(), 3, "others are fired, those two are held");
  const said = once(first.stdout, "data");
  first.kill("SIGCONT");
  assert.equal(String((await said)[0]).trim(), "started");
  second.kill("SIGKILL");
  await until("the tick of the killed one is fired", 30_000, async () => (await sweep()) === 1);
  const fired = await ticksOf("started");
  assert.deepEqual(fired.map(({ schedule }) => schedule).sort(), [continued, killed, ...others].sort());
  assert.equal((await scheduledRuns()) - runsBefore, 5);
});

test("many sweeps at once fire each tick once", async () => {
  const ids = await seed(40);
  const acted = await Promise.all(Array.from({ length: 5 }, () => sweep()));
  assert.equal(
    acted.reduce((sum, count) => sum + count, 0),
    40,
  );
  assert.deepEqual((await ticksOf("started")).map(({ schedule }) => schedule).sort(), ids.sort());
});

test("ticks that wait for an earlier run are started once each when it has ended, by two schedulers and many sweeps at once", async () => {
  const ids = await seed(40);
  await owner`update schedule set overlap = 'queue'`;
  const runsBefore = await scheduledRuns();
  const comes = () =>
    owner`update schedule set next_at = date_trunc('milliseconds', now() - interval '10 milliseconds')`;
  await sweep();
  await comes();
  await Promise.all([sweep(), sweep()]);
  await comes();
  await Promise.all([sweep(), sweep()]);
  const counts =
    await owner`select outcome, count(*)::int as ticks from tick where schedule_id = any (${ids}::uuid[])
    group by outcome order by outcome`;
  assert.deepEqual(
    [...counts],
    ["skipped", "started", "waiting"].map((outcome) => ({ outcome, ticks: 40 })),
  );
  assert.equal(await sweep(), 0, "nothing is due and everything that waits has to");
  await owner`update run set finished_at = now(), status = 'passed', queued = 0, passed = 1
    where id in (select last_run_id from schedule)`;
  const child = startChild("scheduler-child.ts", [database.url]);
  await once(child.stdout ?? child, "data");
  await until("all that waited are started", 60_000, async () => {
    await Promise.all([sweep(), sweep(), sweep()]);
    const rows = await owner`select 1 from schedule where waiting_at is not null`;
    return rows.length === 0;
  });
  assert.equal((await scheduledRuns()) - runsBefore, 80);
  const runs = new Set((await ticksOf("started")).map(({ run }) => run));
  assert.equal(runs.size, 80);
});

test("a worker whose clock is wrong by hours fires what is due by the database's clock and nothing else", async () => {
  const [due = ""] = await seed(1);
  await seed(1, { ago: "-1 hour" });
  for (const hours of [-7, 7]) {
    const now = () => new Date(Date.now() + hours * 3_600_000);
    const count = await sweep({ ctx: (organizationId) => systemCtx(database.db, organizationId, { now }) });
    assert.equal(count, hours < 0 ? 1 : 0);
  }
  const [tick] = await ticksOf("started");
  assert.equal(tick?.schedule, due);
  const run = await getRun(world.as.alice, tick?.run ?? "");
  assert.ok(Math.abs(Date.parse(run.createdAt) - Date.now()) < 600_000, run.createdAt);
});

test("one that can't be fired is logged and holds up no other; what was done is counted", async () => {
  await seed(1, { ago: "1 hour", cron: "nonsense" });
  const [good] = await seed(1);
  const [gone] = await seed(1, { ago: "2 days", cron: "0 5 * * *" });
  await owner`update schedule set suite_id = null where id = ${gone ?? ""}`;
  const errors: unknown[] = [];
  const counted: Record<string, number> = {};
  const count = await sweep({
    log: { ...noLog, error: (fields) => void errors.push(fields.event) },
    metrics: {
      ...noMetrics,
      ticked: (outcome, ticks) => {
        counted[outcome] = (counted[outcome] ?? 0) + ticks;
      },
    },
  });
  assert.equal(count, 2);
  assert.deepEqual(new Set(errors), new Set(["schedule-failed"]));
  const { missed = 0, ...others } = counted;
  assert.deepEqual(others, { started: 1, failed: 1 });
  assert.ok(missed >= 1);
  assert.deepEqual(
    (await ticksOf("started")).map(({ schedule }) => schedule),
    [good],
  );
});

test("what is due is found by the index, however many schedules there are", async () => {
  await seed(2_000, { ago: "-1 day" });
  await owner`analyze schedule`;
  const plan = await database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.scheduler', 'on', true)`;
    return tx<
      { "QUERY PLAN": string }[]
    >`explain select id from schedule where next_at <= now() order by next_at, id limit 100`;
  });
  assert.match(plan.map((line) => line["QUERY PLAN"]).join("\n"), /Index (Only )?Scan using schedule_due/);
});
