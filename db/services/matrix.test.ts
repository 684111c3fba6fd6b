import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { groupInputSchema } from "../domain/group-resources.ts";
import { cellTitle, type Viewport } from "../domain/matrix.ts";
import { browserSupportSchema, runMatrixSchema } from "../domain/matrix-resources.ts";
import { type Project, suiteInputSchema, type TestCaseInput } from "../domain/resources.ts";
import { startRunSchema } from "../domain/start-resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeProject, makeTestCase, makeWorld, systemCtx, type World } from "../testing/factories.ts";
import { transaction } from "./context.ts";
import { listExecutions, listLogs } from "./executions.ts";
import { createGroup } from "./groups.ts";
import { browsersForCase, browsersForSuite, matrixOfRun } from "./matrix.ts";
import { moveExecution } from "./run-state.ts";
import { executeInMatrix, executeSuite, getRun, retryRun } from "./runs.ts";
import { createSuite, updateSuite } from "./suites.ts";

let database: TestDatabase;
let world: World;
let project: Project;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
beforeEach(async () => {
  await database.db.sql`delete from outbox`;
  project = await makeProject(world.as.alice, world.a.id);
});
after(() => database.drop());

const bob = () => world.as.bob;
const desktop: Viewport = { width: 1280, height: 720 };
const phone: Viewport = { width: 390, height: 844 };
const slow = [
  { type: "goto", url: "/" },
  { type: "emulateNetwork", latencyMs: 50 },
];
const makeCase = (name: string, steps: unknown[] = [{ type: "goto", url: "/" }]) =>
  makeTestCase(bob(), project.id, { name, steps: steps as TestCaseInput["steps"] });
const makeSuite = (testCaseIds: string[], more: object = {}) =>
  createSuite(bob(), suiteInputSchema.parse({ projectId: project.id, name: "S", testCaseIds, ...more }));
const executionsOf = async (runId: string) =>
  (await listExecutions(bob(), { runId, limit: 200 })).items.map(
    ({ testCaseName, status, ...cell }) => `${testCaseName} in ${cellTitle(cell)}: ${status}`,
  );
const jobs = () =>
  database.db.sql<{ browser: string }[]>`select browser from outbox where kind = 'execution' order by id`;

test("each case of a suite runs once in each browser on each screen, unless a start says otherwise", async () => {
  const [a, b] = [await makeCase("A"), await makeCase("B")];
  const matrix = { browsers: ["firefox", "chromium", "firefox"], viewports: [desktop, phone, desktop] };
  const suite = await makeSuite([b.id, a.id], matrix);
  assert.deepEqual(
    [suite.browsers, suite.viewports],
    [
      ["chromium", "firefox"],
      [desktop, phone],
    ],
  );
  const run = await executeSuite(bob(), suite.id, {}, "api");
  assert.deepEqual(await executionsOf(run.id), [
    ...["B", "A"].flatMap((name) =>
      ["Chromium 1280 × 720", "Chromium 390 × 844", "Firefox 1280 × 720", "Firefox 390 × 844"].map(
        (where) => `${name} in ${where}: queued`,
      ),
    ),
  ]);
  assert.equal((await jobs()).filter(({ browser }) => browser === "firefox").length, 4);
  const narrow = await executeSuite(bob(), suite.id, { browser: "firefox", viewports: [phone] }, "api");
  assert.deepEqual(await executionsOf(narrow.id), [
    "B in Firefox 390 × 844: queued",
    "A in Firefox 390 × 844: queued",
  ]);
  await assert.rejects(executeSuite(bob(), suite.id, { browser: "firefox", browsers: ["chromium"] }, "api"), {
    code: "invalid-input",
    errors: [{ path: "browsers", message: "say either `browser` or `browsers`" }],
  });
  const changed = await updateSuite(bob(), suite.id, { browsers: ["firefox"] });
  assert.deepEqual([changed.browsers, changed.viewports], [["firefox"], [desktop, phone]]);
});

test("what a browser can't do is told before the start, also of groups that are called, and skipped with the reason", async () => {
  const group = groupInputSchema.parse({ name: "Slow line", steps: slow });
  await createGroup(bob(), project.id, group);
  const outer = groupInputSchema.parse({ name: "Outer", steps: [{ type: "group", group: "Slow line" }] });
  await createGroup(bob(), project.id, outer);
  const plain = await makeCase("Plain");
  const direct = await makeCase("Direct", slow);
  const called = await makeCase("Called", [
    { type: "repeat", times: 2, steps: [{ type: "group", group: "Outer" }] },
  ]);
  const off = await makeCase("Off", [{ ...slow[1], disabled: true }]);
  const suite = await makeSuite([plain.id, direct.id, called.id, off.id], {
    browsers: ["chromium", "firefox"],
  });

  const support = await browsersForSuite(bob(), suite.id);
  assert.deepEqual(browserSupportSchema.array().parse(support), support);
  assert.deepEqual(
    support.map(({ browser, cases, skipped, unsupported }) => [
      browser,
      cases,
      skipped,
      Object.fromEntries(unsupported.map(({ name, faults }) => [name, faults])),
    ]),
    [
      ["chromium", 4, 0, {}],
      [
        "firefox",
        2,
        2,
        {
          Direct: [{ path: "steps.1.latencyMs", message: "throttling: Chromium only" }],
          Called: [{ path: 'group "Slow line": steps.1.latencyMs', message: "throttling: Chromium only" }],
        },
      ],
    ],
  );
  const [, firefox] = await browsersForCase(bob(), called.id);
  assert.deepEqual([firefox?.cases, firefox?.skipped], [0, 1]);

  const run = await executeSuite(bob(), suite.id, {}, "api");
  assert.deepEqual([run.status, run.counts.queued, run.counts.skipped], ["running", 6, 2]);
  assert.equal((await jobs()).length, 6, "what is skipped has no job");
  const skipped = (await listExecutions(bob(), { runId: run.id, status: "skipped", limit: 10 })).items;
  assert.deepEqual(
    skipped.map(({ testCaseName, browser, error, finishedAt }) => [
      testCaseName,
      browser,
      error?.code,
      finishedAt !== null,
    ]),
    [
      ["Direct", "firefox", "not-in-this-browser", true],
      ["Called", "firefox", "not-in-this-browser", true],
    ],
  );
  assert.match(skipped[0]?.error?.message ?? "", /^not run in Firefox: step 2: throttling: Chromium only$/);
  const log = await listLogs(bob(), skipped[0]?.id ?? "", { after: 0, limit: 10 });
  assert.deepEqual(
    log.items.map(({ seq, type }) => [seq, type]),
    [[1, "execution-finished"]],
  );
});

test("a run of which nothing would be left is refused, and nothing of it is kept", async () => {
  const direct = await makeCase("Direct", slow);
  const input = startRunSchema.parse({ testCaseId: direct.id, browsers: ["firefox"] });
  await assert.rejects(executeInMatrix(bob(), input, "api"), {
    code: "invalid-input",
    errors: [
      {
        path: "browser",
        message: `"Direct" can't run in Firefox: step 2: throttling: Chromium only`,
      },
    ],
  });
  assert.equal((await jobs()).length, 0);
  const both = await executeInMatrix(bob(), { ...input, browsers: ["chromium", "firefox"] }, "api");
  assert.deepEqual([both.counts.queued, both.counts.skipped], [1, 1]);
});

test("the grid of a run has its cases by its cells, failures first, page by page", async () => {
  const cases = [];
  for (const name of ["A", "B", "C"]) cases.push(await makeCase(name));
  const suite = await makeSuite(
    cases.map(({ id }) => id),
    { browsers: ["chromium", "firefox"], viewports: [desktop, phone] },
  );
  const run = await executeSuite(bob(), suite.id, {}, "api");
  const all = (await listExecutions(bob(), { runId: run.id, limit: 50 })).items;
  const failing = all.find(({ testCaseName, browser }) => testCaseName === "C" && browser === "firefox");
  const failure = { code: "x", message: "no such thing", detail: null, step: 1 };
  await transaction(systemCtx(database.db, world.a.id), async (ctx) => {
    const executionId = failing?.id ?? "";
    await moveExecution(ctx, { executionId, from: "queued", to: "running", attempt: 1 });
    await moveExecution(ctx, { executionId, from: "running", to: "failed", failure });
  });
  const first = await matrixOfRun(bob(), run.id, { limit: 2 });
  assert.deepEqual(runMatrixSchema.parse(first), first);
  assert.deepEqual(first.cells.map(cellTitle), [
    "Chromium 1280 × 720",
    "Chromium 390 × 844",
    "Firefox 1280 × 720",
    "Firefox 390 × 844",
  ]);
  assert.deepEqual([first.cells[2]?.counts.failed, first.cells[2]?.counts.queued], [1, 2]);
  assert.deepEqual(
    first.items.map(({ testCaseName, executions }) => [testCaseName, executions.map((each) => each?.status)]),
    [
      ["C", ["queued", "queued", "failed", "queued"]],
      ["A", ["queued", "queued", "queued", "queued"]],
    ],
  );
  assert.equal(first.items[0]?.executions[2]?.reason, "no such thing");
  const second = await matrixOfRun(bob(), run.id, { limit: 2, cursor: first.nextCursor ?? "" });
  assert.deepEqual([second.items.map(({ testCaseName }) => testCaseName), second.nextCursor], [["B"], null]);
  await assert.rejects(matrixOfRun(bob(), run.id, { limit: 2, cursor: "1.x" }), { code: "invalid-input" });
  await assert.rejects(matrixOfRun(world.as.charlie, run.id, { limit: 2 }), { code: "not-found" });
  await assert.rejects(browsersForSuite(world.as.charlie, suite.id), { code: "not-found" });
  const ofPhone = await listExecutions(bob(), {
    runId: run.id,
    limit: 50,
    browser: "firefox",
    viewport: "390x844",
  });
  assert.equal(ofPhone.items.length, 3);
});

test("a repetition of what failed stays in its cell, and does not bring back what was skipped", async () => {
  const direct = await makeCase("Direct", slow);
  const suite = await makeSuite([direct.id], { browsers: ["chromium", "firefox"], viewports: [phone] });
  const run = await executeSuite(bob(), suite.id, {}, "api");
  const open = (await listExecutions(bob(), { runId: run.id, status: "queued", limit: 5 })).items[0];
  await transaction(systemCtx(database.db, world.a.id), (ctx) =>
    moveExecution(ctx, { executionId: open?.id ?? "", from: "queued", to: "error" }),
  );
  assert.equal((await getRun(bob(), run.id)).status, "error");
  const again = await retryRun(bob(), run.id);
  assert.deepEqual(await executionsOf(again.id), ["Direct in Chromium 390 × 844: queued"]);
  const whole = await retryRun(bob(), run.id, { failedOnly: false });
  assert.deepEqual((await executionsOf(whole.id)).sort(), [
    "Direct in Chromium 390 × 844: queued",
    "Direct in Firefox 390 × 844: skipped",
  ]);
});
