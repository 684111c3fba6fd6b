import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli } from "../../cli/testing/run-cli.ts";
import type { LogItem } from "../../db/domain/events.ts";
import type { Execution, Run } from "../../db/domain/resources.ts";
import { startSystem, type TestSystem } from "../testing/system.ts";
import { startNodeRed } from "./node-red.ts";
import { readSuite } from "./testing/suites.ts";
import { startVerdaccio, verdaccioAccount } from "./verdaccio.ts";

type RunResult = { exitCode: number; runs: (Run & { executions: Execution[] })[] };

const applications = [
  { name: "verdaccio", start: startVerdaccio },
  { name: "node-red", start: startNodeRed },
] as const;

describe("applications that others wrote, tested by the whole product from the command line", () => {
  let system: TestSystem;
  let configHome: string;
  before(async () => {
    // The cases of the editor share one server, so one is run after the other.
    system = await startSystem({ WORKER_CONCURRENCY: "1" });
    configHome = await mkdtemp(join(tmpdir(), "verdict-cli-"));
    system.startWorker();
    const args = ["login", "--url", system.origin, "--email", system.email];
    const { code, stderr } = await runCli(args, { configHome, input: `${system.password}\n` });
    assert.equal(code, 0, stderr);
  });
  after(async () => {
    await rm(configHome, { recursive: true, force: true });
    await system.stop();
  });

  for (const { name, start } of applications) {
    it(`${name}: every case is green, by steps that were really taken`, { timeout: 280_000 }, async () => {
      const application = await start();
      try {
        const path = fileURLToPath(new URL(`./${name}.yaml`, import.meta.url));
        const args = [
          "--json",
          "run",
          path,
          "--project",
          name,
          "--create-project",
          "--base-url",
          application.url,
        ];
        const env = { VERDICT_SECRET_VERDACCIO_PASSWORD: verdaccioAccount.password };
        const { code, stdout, stderr } = await runCli(args, { configHome, env, boundMs: 240_000 });
        assert.ok(code === 0 || code === 1, `exit code ${code}:\n${stderr}`);
        const { runs } = JSON.parse(stdout) as RunResult;
        const executions = runs.flatMap((run) => run.executions);
        for (const { testCaseName, status, error } of executions) {
          assert.equal(
            status,
            "passed",
            `${testCaseName}: step ${error?.step}: ${error?.message}\n${error?.detail}`,
          );
        }
        assert.equal(code, 0);
        await assertStepsTaken(system, name, executions);
      } finally {
        await application.stop();
      }
    });
  }
});

/** Each step of each case has an event that says that it passed. */
async function assertStepsTaken(
  system: TestSystem,
  name: string,
  executions: readonly Execution[],
): Promise<void> {
  const suite = await readSuite(name);
  assert.ok(suite.cases.length >= 5);
  assert.deepEqual(
    executions.map(({ testCaseName }) => testCaseName).sort(),
    suite.cases.map((one) => one.name).sort(),
  );
  for (const execution of executions) {
    const { body } = await system.call("GET", `/executions/${execution.id}/logs?limit=1000`);
    const { items } = body as { items: LogItem[] };
    const passed = items.flatMap((item) =>
      item.type === "step-finished" && item.status === "passed" ? [item.stepType] : [],
    );
    const written = suite.cases.find((one) => one.name === execution.testCaseName)?.steps ?? [];
    assert.deepEqual(
      passed,
      written.map(({ type }) => type),
    );
  }
}
