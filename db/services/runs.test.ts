import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { defaultBrowsers, defaultViewport } from "../domain/matrix.ts";
import { executionSchema, type Project, type Run, runSchema, suiteInputSchema } from "../domain/resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  makeEnvironment,
  makeProject,
  makeSuite,
  makeTestCase,
  makeWorld,
  systemCtx,
  type World,
} from "../testing/factories.ts";
import { transaction } from "./context.ts";
import { getExecution, listExecutions, retryExecution } from "./executions.ts";
import { updateProject } from "./projects.ts";
import { moveExecution } from "./run-state.ts";
import { executeSuite, executeTestCase, getRun, listRuns, retryRun, stopRun } from "./runs.ts";
import { createSuite, updateSuite } from "./suites.ts";
import { archiveTestCase, updateTestCase } from "./test-cases.ts";

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
const executionsOf = async (run: { id: string }) =>
  (await listExecutions(bob(), { runId: run.id, limit: 200 })).items;
const jobs = () =>
  database.db.sql<
    {
      kind: string;
      state: string;
      unique_key: string;
      payload: { executionId: string };
    }[]
  >`select kind, state, unique_key, payload from outbox order by id`;

async function suiteOf(count: number) {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await makeTestCase(bob(), project.id, { name: `Case ${n}` })).id);
  return makeSuite(bob(), project.id, ids);
}

/** Ends executions of a run as a worker would, in the order of the run. */
async function end(run: Run, statuses: ("passed" | "failed" | "error" | "flaky")[]): Promise<void> {
  const executions = await executionsOf(run);
  await transaction(systemCtx(database.db, world.a.id), async (ctx) => {
    for (const [index, to] of statuses.entries()) {
      const executionId = executions[index]?.id ?? "";
      assert.ok(await moveExecution(ctx, { executionId, from: "queued", to: "running", attempt: 1 }));
      assert.ok(await moveExecution(ctx, { executionId, from: "running", to }));
    }
  });
}

test("a suite becomes a run with one queued execution and one job for each case, in its order", async () => {
  const suite = await suiteOf(3);
  const reversed = await updateSuite(bob(), suite.id, {
    testCaseIds: suite.testCaseIds.toReversed(),
    retries: 1,
  });
  const run = await executeSuite(bob(), suite.id, { variables: { who: "bob" } }, "manual");
  assert.deepEqual(runSchema.parse(run), run);
  assert.deepEqual(
    [run.status, run.counts.queued, run.suiteId, run.name, run.trigger, run.createdBy, run.revision],
    ["queued", 3, suite.id, suite.name, "manual", "Bob", 1],
  );
  const executions = await executionsOf(run);
  for (const execution of executions) assert.deepEqual(executionSchema.parse(execution), execution);
  assert.deepEqual(
    executions.map(({ testCaseId, status, version, attempt }) => ({ testCaseId, status, version, attempt })),
    reversed.testCaseIds.map((testCaseId) => ({ testCaseId, status: "queued", version: 1, attempt: 0 })),
  );
  const rows = await jobs();
  assert.deepEqual(
    rows.map(({ unique_key }) => unique_key),
    executions.map(({ id }) => id),
  );
  for (const row of rows) {
    assert.deepEqual(
      [row.kind, row.state, row.payload],
      ["execution", "ready", { executionId: row.unique_key }],
    );
  }
});

test("drafts, deprecated and archived cases of a suite are left out, quarantined ones run", async () => {
  const ids: string[] = [];
  for (const status of ["draft", "active", "deprecated", "quarantined"] as const) {
    ids.push((await makeTestCase(bob(), project.id, { name: status, status })).id);
  }
  const archived = await makeTestCase(bob(), project.id);
  await archiveTestCase(bob(), archived.id, true);
  const suite = await makeSuite(bob(), project.id, [...ids, archived.id]);
  const run = await executeSuite(bob(), suite.id, {}, "api");
  assert.deepEqual(
    (await executionsOf(run)).map(({ testCaseName }) => testCaseName),
    ["active", "quarantined"],
  );
});

test("a suite without a case that can run starts nothing and says so", async () => {
  const draft = await makeTestCase(bob(), project.id, { status: "draft" });
  for (const ids of [[], [draft.id]]) {
    const suite = await makeSuite(bob(), project.id, ids);
    await assert.rejects(executeSuite(bob(), suite.id, {}, "api"), {
      code: "invalid-input",
      errors: [{ path: "testCaseIds", message: "the suite has no case that can run" }],
    });
  }
  assert.equal((await listRuns(bob(), { projectId: project.id, limit: 5 })).items.length, 0);
  assert.equal((await jobs()).length, 0);
});

test("tags choose the cases at the moment of the start", async () => {
  const suite = await createSuite(bob(), {
    projectId: project.id,
    name: "Tagged",
    description: "",
    testCaseIds: [],
    tagQuery: ["smoke"],
    environmentId: null,
    retries: 0,
    browsers: defaultBrowsers,
    viewports: [defaultViewport],
  });
  await makeTestCase(bob(), project.id, { name: "B", tags: ["smoke"] });
  await makeTestCase(bob(), project.id, { name: "A", tags: ["smoke", "x"] });
  await makeTestCase(bob(), project.id, { name: "C", tags: ["x"] });
  const run = await executeSuite(bob(), suite.id, {}, "api");
  assert.deepEqual(
    (await executionsOf(run)).map(({ testCaseName }) => testCaseName),
    ["A", "B"],
  );
});

test("the environment of the suite is taken unless another one, or none, is asked for", async () => {
  const [staging, live] = [
    await makeEnvironment(bob(), project.id),
    await makeEnvironment(bob(), project.id),
  ];
  const suite = await suiteOf(1);
  await updateSuite(bob(), suite.id, { environmentId: staging.id });
  const environmentOf = async (input: { environmentId?: string | null }) =>
    (await executionsOf(await executeSuite(bob(), suite.id, input, "api")))[0]?.environmentId;
  assert.equal(await environmentOf({}), staging.id);
  assert.equal(await environmentOf({ environmentId: live.id }), live.id);
  assert.equal(await environmentOf({ environmentId: null }), null);
  const other = await makeEnvironment(bob(), world.project.id);
  await assert.rejects(environmentOf({ environmentId: other.id }), {
    code: "invalid-input",
    message: /^environmentId: /,
  });
});

test("one case runs in a run of its own, a draft as well, in the version of the start", async () => {
  const draft = await makeTestCase(bob(), project.id, { status: "draft", name: "Draft", group: "G" });
  const execution = await executeTestCase(
    bob(),
    { testCaseId: draft.id, viewport: { width: 400, height: 800 }, retries: 4 },
    "api",
  );
  await updateTestCase(bob(), draft.id, { name: "Changed" });
  const read = await getExecution(bob(), execution.id);
  assert.deepEqual(read, execution);
  assert.deepEqual(
    [read.version, read.testCaseName, read.group, read.viewport],
    [1, "Draft", "G", { width: 400, height: 800 }],
  );
  const run = await getRun(bob(), execution.runId);
  assert.deepEqual([run.suiteId, run.name, run.counts.queued], [null, "Draft", 1]);
});

test("runs show pages on the device that they name, else on that of their project, in Chromium", async () => {
  const { alice } = world.as;
  const testCase = await makeTestCase(bob(), project.id);
  const screenOf = async (how: object) =>
    (await executeTestCase(bob(), { testCaseId: testCase.id, ...how }, "api")).viewport;
  const pixel = { width: 393, height: 851, device: "Pixel 5" };
  const usual = { width: 1280, height: 720 };
  assert.deepEqual(await screenOf({ device: "Pixel 5" }), pixel);
  await updateProject(alice, project.id, { device: "Pixel 5" });
  assert.deepEqual(await screenOf({}), pixel);
  assert.deepEqual(await screenOf({ viewport: { width: 400, height: 800 } }), { width: 400, height: 800 });
  assert.deepEqual(await screenOf({ device: null }), usual);
  assert.deepEqual(await screenOf({ browser: "firefox" }), usual);
  await assert.rejects(screenOf({ browser: "firefox", device: "Pixel 5" }), {
    code: "invalid-input",
    message: /^device: the device "Pixel 5" can't be shown in Firefox: Chromium only/,
  });
  await updateProject(alice, project.id, { device: null });
  assert.deepEqual(await screenOf({}), usual);
});

test("a retry runs what did not pass, in current versions, with the same environment and variables", async () => {
  const environment = await makeEnvironment(bob(), project.id);
  const suite = await suiteOf(5);
  const input = { environmentId: environment.id, variables: { who: "bob" }, retries: 3 };
  const run = await executeSuite(bob(), suite.id, input, "api");
  await assert.rejects(retryRun(bob(), run.id), { code: "conflict", message: /not finished/ });
  await end(run, ["passed", "failed", "error", "flaky", "failed"]);
  await updateTestCase(bob(), suite.testCaseIds[1] ?? "", { name: "Repaired" });
  await archiveTestCase(bob(), suite.testCaseIds[4] ?? "", true);
  const retry = await retryRun(bob(), run.id);
  assert.deepEqual([retry.trigger, retry.suiteId, retry.counts.queued], ["retry", suite.id, 2]);
  const executions = await executionsOf(retry);
  assert.deepEqual(
    executions.map(({ testCaseName, version, environmentId }) => ({ testCaseName, version, environmentId })),
    [
      { testCaseName: "Repaired", version: 2, environmentId: environment.id },
      { testCaseName: "Case 2", version: 1, environmentId: environment.id },
    ],
  );
  const rows = await database.db.sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
    return tx`select variables, attempts_max from execution where run_id = ${retry.id}`;
  });
  for (const row of rows) assert.deepEqual({ ...row }, { variables: { who: "bob" }, attempts_max: 4 });
  assert.equal((await retryRun(bob(), run.id, { failedOnly: false })).counts.queued, 4);
});

test("a run in which nothing failed has nothing to retry", async () => {
  const run = await executeSuite(bob(), (await suiteOf(1)).id, {}, "api");
  await end(run, ["passed"]);
  await assert.rejects(retryRun(bob(), run.id), { code: "conflict", message: /nothing to retry/ });
});

test("an execution is retried alone once it has ended", async () => {
  const run = await executeSuite(bob(), (await suiteOf(2)).id, {}, "api");
  const [first] = await executionsOf(run);
  assert.ok(first);
  await assert.rejects(retryExecution(bob(), first.id), { code: "conflict" });
  await end(run, ["passed", "failed"]);
  const retry = await retryExecution(bob(), first.id);
  assert.notEqual(retry.runId, run.id);
  assert.deepEqual([retry.testCaseId, retry.status], [first.testCaseId, "queued"]);
  const retryOf = await getRun(bob(), retry.runId);
  assert.deepEqual([retryOf.trigger, retryOf.name, retryOf.counts.queued], ["retry", "Case 0", 1]);
});

test("a start that fails leaves neither run nor job", async () => {
  const suite = await suiteOf(2);
  const interrupted = transaction(bob(), async (ctx) => {
    await executeSuite(ctx, suite.id, {}, "api");
    throw new Error("interrupted");
  });
  await assert.rejects(interrupted, /interrupted/);
  assert.equal((await jobs()).length, 0);
  assert.equal((await listRuns(bob(), { projectId: project.id, limit: 5 })).items.length, 0);
});

test("runs are listed newest first, by status and suite, in pages without gap or repeat", async () => {
  const suite = await suiteOf(1);
  const made: string[] = [];
  for (let n = 0; n < 5; n++) made.unshift((await executeSuite(bob(), suite.id, {}, "api")).id);
  await stopRun(bob(), made[2] ?? "");
  const idsOf = async (query: object) =>
    (await listRuns(bob(), { limit: 50, suiteId: suite.id, ...query })).items.map(({ id }) => id);
  assert.deepEqual(await idsOf({}), made);
  assert.deepEqual(await idsOf({ status: "cancelled" }), [made[2]]);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listRuns(bob(), { projectId: project.id, limit: 2, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  assert.deepEqual(seen, made);
});

test("a suite of a thousand cases starts, and stops, as a whole", async () => {
  const { sql } = database.db;
  const first = await makeTestCase(bob(), project.id, { tags: ["many"] });
  await sql.begin(async (tx) => {
    await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
    await tx`insert into test_case (id, organization_id, project_id, name, priority, status, tags, version, step_count, search)
      select gen_random_uuid(), organization_id, project_id, name || n, priority, status, tags, 1, 1, ''
      from test_case, generate_series(1, 999) n where id = ${first.id}`;
    await tx`insert into test_case_version (test_case_id, version, organization_id, content)
      select id, 1, organization_id, '{"steps": []}' from test_case where project_id = ${project.id} and id <> ${first.id}`;
  });
  const input = { projectId: project.id, name: "Many", tagQuery: ["many"] };
  const suite = await createSuite(bob(), suiteInputSchema.parse(input));
  const run = await executeSuite(bob(), suite.id, {}, "api");
  assert.equal(run.counts.queued, 1_000);
  assert.equal((await jobs()).length, 1_000);
  assert.equal((await stopRun(bob(), run.id)).counts.cancelled, 1_000);
  assert.equal((await jobs()).length, 0);
  await makeTestCase(bob(), project.id, { tags: ["many"] });
  await assert.rejects(executeSuite(bob(), suite.id, {}, "api"), {
    code: "invalid-input",
    message: /^tagQuery: /,
  });
});
