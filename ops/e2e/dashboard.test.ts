import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli } from "../../cli/testing/run-cli.ts";
import type { Execution, Run } from "../../db/domain/resources.ts";
import { isFinal } from "../../db/domain/states.ts";
import { startSystem, type TestSystem, until } from "../testing/system.ts";

let system: TestSystem;
let configHome: string;
before(async () => {
  system = await startSystem();
  configHome = await mkdtemp(join(tmpdir(), "verdict-cli-"));
  system.startWorker();
});
after(async () => {
  await system.stop();
  await rm(configHome, { recursive: true, force: true });
});

test("the dashboard passes the suite that Verdict's own runner has for it", async () => {
  const started = await system.call("POST", `/test-suites/${system.demoSuiteId}/execute`, {});
  const { id } = started.body as Run;
  await until(
    "the end of the demo run",
    120_000,
    async () => (await system.call("GET", `/runs/${id}`)).body as Run,
    ({ status }) => isFinal(status),
  );
  const login = ["login", "--url", system.origin, "--email", system.email];
  const signedIn = await runCli(login, { configHome, input: `${system.password}\n` });
  assert.equal(signedIn.code, 0, signedIn.stderr);
  const path = fileURLToPath(new URL("./dashboard.yaml", import.meta.url));
  const options = ["--project", "dashboard", "--create-project", "--base-url", system.origin];
  const env = { VERDICT_SECRET_OWNER_PASSWORD: system.password };
  const ran = await runCli(["--json", "run", path, ...options], { configHome, env, boundMs: 120_000 });
  assert.ok(ran.code === 0 || ran.code === 1, ran.stderr);
  const { runs } = JSON.parse(ran.stdout) as { runs: (Run & { executions: Execution[] })[] };
  const executions = runs.flatMap((run) => run.executions);
  assert.ok(executions.length >= 4);
  for (const { testCaseName, status, error } of executions) {
    assert.equal(
      status,
      "passed",
      `${testCaseName}: step ${error?.step}: ${error?.message}\n${error?.detail}`,
    );
  }
  assert.equal(ran.code, 0, ran.stderr);
});
