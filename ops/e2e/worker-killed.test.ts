import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import type { LogItem } from "../../db/domain/events.ts";
import type { Page } from "../../db/domain/queries.ts";
import type { Execution, Run } from "../../db/domain/resources.ts";
import { isFinal } from "../../db/domain/states.ts";
import { startSystem, type TestSystem, until } from "../testing/system.ts";

let system: TestSystem;
before(async () => {
  system = await startSystem();
});
after(() => system.stop());

test("a worker killed in the middle of a run: the run ends by itself, one verdict per execution, no gap, no browser left", async () => {
  const first = system.startWorker();
  const started = await system.call("POST", `/test-suites/${system.demoSuiteId}/execute`, {});
  assert.equal(started.status, 202);
  const { id } = started.body as Run;
  await until(
    "a finished and a running execution",
    60_000,
    () => runOf(id),
    ({ counts }) => counts.running > 0 && counts.passed > 0,
  );
  first.kill("SIGKILL");
  await first.exited;
  const killedAt = performance.now();
  const second = system.startWorker();
  const run = await until(
    "the end of the run",
    120_000,
    () => runOf(id),
    ({ status }) => isFinal(status),
  );
  assert.ok(performance.now() - killedAt < 90_000);

  const executions = (await system.call("GET", `/executions?runId=${id}&limit=200`)).body as Page<Execution>;
  assert.ok(executions.items.every(({ status }) => isFinal(status)));
  assert.equal(run.counts.error, 0, "a killed worker is no verdict about a page");
  assert.equal(run.counts.failed, 2, "those that fail on purpose, and no others");
  for (const execution of executions.items) await assertLogWhole(execution);

  second.kill("SIGTERM");
  await second.exited;
  assert.deepEqual(browsersOf(system.home), []);
});

async function runOf(id: string): Promise<Run> {
  return (await system.call("GET", `/runs/${id}`)).body as Run;
}

async function assertLogWhole(execution: Execution): Promise<void> {
  const rows = await system.database.db.orm.transaction(async (tx) => {
    await tx.execute(`select set_config('app.organizations', '{${execution.organizationId}}', true)`);
    return tx.execute<{ seq: number; type: LogItem["type"] }>(
      `select seq, type from event where execution_id = '${execution.id}' order by seq`,
    );
  });
  assert.deepEqual(
    rows.map(({ seq }) => seq),
    rows.map((_, index) => index + 1),
    `the log of ${execution.testCaseName} has a gap`,
  );
  assert.equal(rows.filter(({ type }) => type === "execution-finished").length, 1);
  assert.equal(rows.at(-1)?.type, "execution-finished");
}

/** Chromium processes whose profile is below the folder. */
function browsersOf(home: string): string[] {
  const list = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" });
  return list.split("\n").filter((line) => line.includes("user-data-dir") && line.includes(home));
}
