import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sql } from "drizzle-orm";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import type { TestCase } from "../domain/resources.ts";
import { scheduleInputSchema } from "../domain/schedule-resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  addMember,
  ctxOf,
  makeEnvironment,
  makeSuite,
  makeTestCase,
  makeUser,
  makeWorld,
  type World,
} from "../testing/factories.ts";
import { type Ctx, setTenant } from "./context.ts";
import * as egress from "./egress.ts";
import * as environments from "./environments.ts";
import * as executions from "./executions.ts";
import * as members from "./members.ts";
import * as organizations from "./organizations.ts";
import { projectOverview } from "./overview.ts";
import * as projects from "./projects.ts";
import * as runs from "./runs.ts";
import * as schedules from "./schedules.ts";
import * as secrets from "./secrets.ts";
import * as suites from "./suites.ts";
import * as testCases from "./test-cases.ts";
import * as versions from "./versions.ts";

let database: TestDatabase;
let world: World;
/** What Alice has in A; Bob may use all of it, Charlie must not learn that it exists. */
let ids: {
  organization: string;
  project: string;
  environment: string;
  testCase: TestCase;
  suite: string;
  run: string;
  execution: string;
  artifact: string;
  schedule: string;
};

before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
  const { alice } = world.as;
  const project = world.project.id;
  const environment = await makeEnvironment(alice, project);
  const testCase = await makeTestCase(alice, project);
  const suite = await makeSuite(alice, project, [testCase.id]);
  await secrets.putSecret(alice, project, { name: "TOKEN", value: "hush-hush" });
  const run = await runs.executeSuite(alice, suite.id, {}, "manual");
  const [execution] = (await executions.listExecutions(alice, { runId: run.id, limit: 1 })).items;
  assert.ok(execution);
  const artifact = newId();
  await database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.a.id], null);
    await tx.execute(sql`insert into artifact (id, organization_id, execution_id, attempt, kind, name, content_type,
      size_bytes, sha256, storage_key) values (${artifact}, ${world.a.id}, ${execution.id}, 1, 'screenshot', 's.png',
      'image/png', 1, '00', 'k')`);
  });
  ids = {
    organization: world.a.id,
    project,
    environment: environment.id,
    testCase,
    suite: suite.id,
    run: run.id,
    execution: execution.id,
    artifact,
    schedule: (await schedules.createSchedule(alice, project, scheduleOf(suite.id))).id,
  };
});
after(() => database.drop());

const page = { limit: 50 };
const scheduleOf = (suiteId: string) =>
  scheduleInputSchema.parse({ name: newId(), suiteId, cron: "30 2 * * *" });
const archived = "false" as const;
const sort = "name" as const;

/** Every verb that takes an id, called on what belongs to A. */
const reads: Record<string, (ctx: Ctx) => Promise<unknown>> = {
  getOrganization: (ctx) => organizations.getOrganization(ctx, ids.organization),
  listMembers: (ctx) => members.listMembers(ctx, ids.organization, page),
  listProjects: (ctx) => projects.listProjects(ctx, { ...page, organizationId: ids.organization, archived }),
  getProject: (ctx) => projects.getProject(ctx, ids.project),
  getEgress: (ctx) => egress.getEgress(ctx, ids.project),
  projectOverview: (ctx) => projectOverview(ctx, ids.project),
  listEnvironments: (ctx) => environments.listEnvironments(ctx, ids.project, page),
  listSecrets: (ctx) => secrets.listSecrets(ctx, ids.project),
  listTestCases: (ctx) => testCases.listTestCases(ctx, { ...page, projectId: ids.project, archived, sort }),
  getTestCase: (ctx) => testCases.getTestCase(ctx, ids.testCase.id),
  listVersions: (ctx) => versions.listVersions(ctx, ids.testCase.id, page),
  getVersion: (ctx) => versions.getVersion(ctx, ids.testCase.id, 1),
  listSuites: (ctx) => suites.listSuites(ctx, { ...page, projectId: ids.project }),
  getSuite: (ctx) => suites.getSuite(ctx, ids.suite),
  casesOfSuite: (ctx) => suites.casesOfSuite(ctx, ids.suite),
  listSchedules: (ctx) => schedules.listSchedules(ctx, ids.project, page),
  getSchedule: (ctx) => schedules.getSchedule(ctx, ids.project, ids.schedule),
  listTicks: (ctx) => schedules.listTicks(ctx, ids.project, ids.schedule, page),
  previewSchedule: (ctx) => schedules.previewSchedule(ctx, ids.project, { cron: "@daily", timeZone: "UTC" }),
  "listRuns of a project": (ctx) => runs.listRuns(ctx, { ...page, projectId: ids.project }),
  "listRuns of a suite": (ctx) => runs.listRuns(ctx, { ...page, suiteId: ids.suite }),
  getRun: (ctx) => runs.getRun(ctx, ids.run),
  "listExecutions of a run": (ctx) => executions.listExecutions(ctx, { ...page, runId: ids.run }),
  "listExecutions of a case": (ctx) =>
    executions.listExecutions(ctx, { ...page, testCaseId: ids.testCase.id }),
  "listExecutions of a project": (ctx) => executions.listExecutions(ctx, { ...page, projectId: ids.project }),
  getExecution: (ctx) => executions.getExecution(ctx, ids.execution),
  listAttempts: (ctx) => executions.listAttempts(ctx, ids.execution),
  listLogs: (ctx) => executions.listLogs(ctx, ids.execution, { after: 0, limit: 10 }),
  listArtifacts: (ctx) => executions.listArtifacts(ctx, ids.execution),
  getArtifact: (ctx) => executions.getArtifact(ctx, ids.artifact),
};

/** In an order in which each can succeed after those before it. */
const writes: Record<string, (ctx: Ctx) => Promise<unknown>> = {
  createEnvironment: (ctx) => environments.createEnvironment(ctx, ids.project, { name: newId() }),
  updateEnvironment: (ctx) => environments.updateEnvironment(ctx, ids.environment, { name: "Staging" }),
  putSecret: (ctx) => secrets.putSecret(ctx, ids.project, { name: "TOKEN", value: "hush-hush" }),
  createTestCase: (ctx) => makeTestCase(ctx, ids.project),
  updateTestCase: (ctx) => testCases.updateTestCase(ctx, ids.testCase.id, { name: newId() }),
  archiveTestCase: (ctx) => testCases.archiveTestCase(ctx, ids.testCase.id, false),
  cloneTestCase: (ctx) => testCases.cloneTestCase(ctx, ids.testCase.id),
  restoreVersion: (ctx) => versions.restoreVersion(ctx, ids.testCase.id, 1),
  createSuite: (ctx) => makeSuite(ctx, ids.project, []),
  updateSuite: (ctx) => suites.updateSuite(ctx, ids.suite, { name: "Renamed" }),
  executeSuite: (ctx) => runs.executeSuite(ctx, ids.suite, {}, "manual"),
  executeTestCase: (ctx) => runs.executeTestCase(ctx, { testCaseId: ids.testCase.id }, "manual"),
  stopExecution: (ctx) => executions.stopExecution(ctx, ids.execution),
  stopRun: (ctx) => runs.stopRun(ctx, ids.run),
  retryRun: (ctx) => runs.retryRun(ctx, ids.run),
  retryExecution: (ctx) => executions.retryExecution(ctx, ids.execution),
  createSchedule: (ctx) => schedules.createSchedule(ctx, ids.project, scheduleOf(ids.suite)),
  updateSchedule: (ctx) => schedules.updateSchedule(ctx, ids.project, ids.schedule, { cron: "@hourly" }),
  pauseSchedule: (ctx) => schedules.pauseSchedule(ctx, ids.project, ids.schedule, true),
  runScheduleNow: (ctx) => schedules.runScheduleNow(ctx, ids.project, ids.schedule, "manual"),
  deleteSchedule: (ctx) => schedules.deleteSchedule(ctx, ids.project, ids.schedule),
  deleteSecret: (ctx) => secrets.deleteSecret(ctx, ids.project, "TOKEN"),
  deleteSuite: (ctx) => suites.deleteSuite(ctx, ids.suite),
  deleteEnvironment: (ctx) => environments.deleteEnvironment(ctx, ids.environment),
};

/** What members may not do, even in their own organization. */
const adminWrites: Record<string, (ctx: Ctx) => Promise<unknown>> = {
  updateOrganization: (ctx) => organizations.updateOrganization(ctx, ids.organization, { name: "A" }),
  createProject: (ctx) => projects.createProject(ctx, { organizationId: ids.organization, name: newId() }),
  setEgress: (ctx) => egress.setEgress(ctx, ids.project, { allow: [] }),
  updateProject: (ctx) => projects.updateProject(ctx, ids.project, { name: "P" }),
};

const withCode = (code: string) => (error: unknown) => {
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, code);
  return true;
};

for (const [name, verb] of Object.entries({ ...reads, ...writes, ...adminWrites })) {
  test(`${name} answers another tenant's id as it answers one that does not exist`, async () => {
    await assert.rejects(verb(world.as.charlie), withCode("not-found"));
    const real = ids;
    const nowhere = newId();
    ids = {
      organization: nowhere,
      project: nowhere,
      environment: nowhere,
      testCase: { ...real.testCase, id: nowhere },
      suite: nowhere,
      schedule: nowhere,
      run: nowhere,
      execution: nowhere,
      artifact: nowhere,
    };
    await assert.rejects(verb(world.as.alice), withCode("not-found")).finally(() => {
      ids = real;
    });
  });
}

test("what refused verbs were asked for has not happened", async () => {
  const { db } = database;
  const [row] = await db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.a.id], null);
    return tx.execute<{ cases: number; runs: number; version: number }>(sql`select
      (select count(*)::int from test_case) as cases, (select count(*)::int from run) as runs,
      (select max(version)::int from test_case) as version`);
  });
  assert.deepEqual({ ...row }, { cases: 1, runs: 1, version: 1 });
});

test("a viewer reads everything and writes nothing", async () => {
  const dave = await makeUser(database.db, { name: "Dave" });
  await addMember(database.db, world.a.id, dave.id, "viewer");
  const ctx = await ctxOf(database.db, dave);
  for (const verb of Object.values(reads)) await verb(ctx);
  for (const verb of Object.values({ ...writes, ...adminWrites })) {
    await assert.rejects(verb(ctx), withCode("forbidden"));
  }
});

test("a suite takes no case and no environment of another tenant", async () => {
  const { charlie } = world.as;
  const refused = withCode("invalid-input");
  await assert.rejects(makeSuite(charlie, world.foreign.id, [ids.testCase.id]), refused);
  const own = await makeSuite(charlie, world.foreign.id, []);
  const environmentId = ids.environment;
  await assert.rejects(suites.updateSuite(charlie, own.id, { environmentId }), refused);
  const testCase = await makeTestCase(charlie, world.foreign.id);
  const input = { testCaseId: testCase.id, environmentId };
  await assert.rejects(runs.executeTestCase(charlie, input, "manual"), refused);
});

test("a member writes tests and runs, and changes neither organization nor projects", async () => {
  for (const verb of Object.values(reads)) await verb(world.as.bob);
  for (const verb of Object.values(adminWrites)) {
    await assert.rejects(verb(world.as.bob), withCode("forbidden"));
  }
  for (const verb of Object.values(writes)) await verb(world.as.bob);
});

test("an owner changes organization and projects", async () => {
  for (const verb of Object.values(adminWrites)) await verb(world.as.alice);
});

test("lists without a filter show what is the caller's and nothing else", async () => {
  const { charlie } = world.as;
  assert.deepEqual(
    (await organizations.listOrganizations(charlie, page)).items.map(({ id }) => id),
    [world.b.id],
  );
  assert.deepEqual(
    (await projects.listProjects(charlie, { ...page, archived })).items.map(({ id }) => id),
    [world.foreign.id],
  );
  assert.deepEqual((await runs.listRuns(charlie, page)).items, []);
  assert.deepEqual((await executions.listExecutions(charlie, page)).items, []);
});

test("what refers to a row of another tenant cannot be written", async () => {
  const write = database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.b.id], world.charlie.id);
    await tx.execute(sql`insert into environment (id, organization_id, project_id, name)
      values (${newId()}, ${world.b.id}, ${ids.project}, 'theirs')`);
  });
  await assert.rejects(write, (error: Error) => /foreign key/.test(String(error.cause)));
});
