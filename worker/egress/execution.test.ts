import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBlobs } from "../../db/blobs.ts";
import type { Execution, TestCaseInput } from "../../db/domain/resources.ts";
import { isFinal } from "../../db/domain/states.ts";
import { setEgress } from "../../db/services/egress.ts";
import { getExecution, listAttempts, listLogs } from "../../db/services/executions.ts";
import { executeTestCase } from "../../db/services/runs.ts";
import { type TestDatabase, testDatabase } from "../../db/testing/database.ts";
import {
  addMember,
  ctxOf,
  makeTestCase,
  makeUser,
  makeWorld,
  testKeys,
  type World,
} from "../../db/testing/factories.ts";
import { findBrowser } from "../browser/testing/find-browser.ts";
import { type Site, startSite } from "../browser/testing/site.ts";
import { startWorker, type WorkerService } from "../service.ts";
import { until } from "../testing/wait.ts";

const home = mkdtempSync(join(tmpdir(), "verdict-egress-"));
const endMs = 60_000;

let database: TestDatabase;
let world: World;
let site: Site;
let service: WorkerService | null = null;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  site = await startSite();
  service = await startWorker({
    db: database.db,
    blobs: openBlobs({ kind: "file", directory: join(home, "blobs") }),
    keys: testKeys,
    name: "here",
    version: "0",
    slots: 2,
    home,
    browser: { executablePath: await findBrowser(), sandbox: process.getuid?.() !== 0 },
    egress: { mode: "deny-private" },
  });
});
after(async () => {
  await service?.stop();
  await site.close();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

async function executed(steps: unknown[], retries = 0): Promise<Execution> {
  const { alice } = world.as;
  const written = { steps: steps as TestCaseInput["steps"] };
  const testCase = await makeTestCase(alice, world.project.id, written);
  const { id } = await executeTestCase(alice, { testCaseId: testCase.id, retries }, "manual");
  return until("the execution has ended", endMs, async () => {
    const execution = await getExecution(alice, id);
    return isFinal(execution.status) && execution;
  });
}

test("an execution that goes to a private address ends as an error, once, until an administrator allows that", async () => {
  const steps = () => [
    { type: "goto", url: site.url },
    { type: "request", method: "GET", url: site.url },
  ];
  const refused = await executed(steps(), 2);
  assert.deepEqual([refused.status, refused.error?.code], ["error", "egress-refused"]);
  assert.match(refused.error?.message ?? "", /127\.0\.0\.1 port \d+ is refused: it is this machine itself/);
  assert.equal((await listAttempts(world.as.alice, refused.id)).length, 1);
  const { items } = await listLogs(world.as.alice, refused.id, { after: 0, limit: 1_000 });
  assert.ok(items.some((item) => item.type === "log" && /is refused: it is this machine/.test(item.text)));
  assert.equal(site.requests.length, 0);

  const admin = await makeUser(database.db, { platformRole: "admin" });
  await addMember(database.db, world.a.id, admin.id, "admin");
  const allow = [`127.0.0.1/32:${new URL(site.url).port}`];
  await setEgress(await ctxOf(database.db, admin), world.project.id, { allow });
  const allowed = await executed(steps());
  assert.equal(allowed.status, "passed", allowed.error?.message);
  assert.ok(site.requests.length >= 2);
});
