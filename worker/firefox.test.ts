import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBlobs } from "../db/blobs.ts";
import { AppError } from "../db/domain/errors.ts";
import type { TestCaseInput } from "../db/domain/resources.ts";
import { isFinal } from "../db/domain/states.ts";
import { getExecution, retryExecution } from "../db/services/executions.ts";
import { executeTestCase } from "../db/services/runs.ts";
import { getWorker } from "../db/services/workers.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { makeTestCase, makeWorld, systemCtx, testKeys, type World } from "../db/testing/factories.ts";
import { findFirefox, noFirefox } from "./browser/testing/find-browser.ts";
import type { BrowserOffer } from "./installed-browser.ts";
import { startWorker, type WorkerService } from "./service.ts";
import { until } from "./testing/wait.ts";

/** Executions in Firefox, from the verb to the verdict. */

const home = mkdtempSync(join(tmpdir(), "verdict-firefox-"));
const sandbox = process.getuid?.() !== 0;
const timings = { leaseMs: 20_000, heartbeatMs: 2_000, sweepMs: 2_000, pollMs: 300, graceMs: 3_000 };
const firefox = findFirefox();

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(async () => {
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

function start(browsers: { browser: BrowserOffer | null; firefox: BrowserOffer | null }) {
  const blobs = openBlobs({ kind: "file", directory: join(home, "blobs") });
  const about = { name: "here", version: "0", slots: 1, home, timings };
  return startWorker({ db: database.db, blobs, keys: testKeys, ...about, ...browsers });
}

async function execute(steps: unknown[], browser: "chromium" | "firefox" = "firefox") {
  const input = { steps: steps as TestCaseInput["steps"] };
  const { id } = await makeTestCase(world.as.alice, world.project.id, input);
  return executeTestCase(world.as.alice, { testCaseId: id, browser, retries: 0 }, "manual");
}

const ended = (id: string) =>
  until("the execution has ended", 120_000, async () => {
    const execution = await getExecution(world.as.alice, id);
    return isFinal(execution.status) && execution;
  });

test("a case that Firefox can't run is refused before it runs, with the step and the reason", async () => {
  const steps = [
    { type: "goto", url: "about:blank" },
    { type: "emulateNetwork", latencyMs: 50 },
  ];
  await assert.rejects(execute(steps), (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "invalid-input");
    assert.equal(error.errors[0]?.path, "browser");
    assert.match(error.message, /can't run in Firefox: step 2: throttling: Chromium only/);
    return true;
  });
  assert.equal((await execute(steps, "chromium")).browser, "chromium");
  await database.db.sql`delete from outbox`;
});

test("executions in Firefox go to workers that have it, and a retry stays in it", {
  skip: firefox === null ? noFirefox : false,
}, async () => {
  const services: WorkerService[] = [];
  try {
    // Chromium of this one is not there: an execution that came to it would end as an error.
    services.push(
      await start({
        browser: { executablePath: join(home, "none"), sandbox },
        firefox: { executablePath: firefox ?? "", sandbox },
      }),
    );
    const worker = await getWorker(systemCtx(database.db), services[0]?.id ?? "");
    assert.deepEqual(worker.browsers, ["chromium", "firefox"]);
    const first = await execute([{ type: "goto", url: "about:blank" }]);
    assert.equal((await ended(first.id)).status, "passed");
    const again = await retryExecution(world.as.alice, first.id);
    assert.equal(again.browser, "firefox");
    assert.equal((await ended(again.id)).status, "passed");
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
});
