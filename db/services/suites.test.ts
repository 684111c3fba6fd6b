import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Project, suiteInputSchema, suiteSchema } from "../domain/resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  makeEnvironment,
  makeProject,
  makeSuite,
  makeTestCase,
  makeWorld,
  type World,
} from "../testing/factories.ts";
import { deleteEnvironment } from "./environments.ts";
import { executeSuite, getRun } from "./runs.ts";
import { casesOfSuite, createSuite, deleteSuite, getSuite, listSuites, updateSuite } from "./suites.ts";
import { archiveTestCase } from "./test-cases.ts";

let database: TestDatabase;
let world: World;
let project: Project;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
beforeEach(async () => {
  project = await makeProject(world.as.alice, world.a.id);
});
after(() => database.drop());

const bob = () => world.as.bob;
const create = (over: object) =>
  createSuite(bob(), suiteInputSchema.parse({ projectId: project.id, name: "Suite", ...over }));
const idsOf = (items: { id: string }[]) => items.map(({ id }) => id);

test("a suite keeps its cases in the order in which they were given", async () => {
  const cases = [];
  for (const name of ["a", "b", "c"]) cases.push(await makeTestCase(bob(), project.id, { name }));
  const [a, b, c] = idsOf(cases) as [string, string, string];
  const suite = await create({ testCaseIds: [c, a, b], retries: 2, description: "All" });
  assert.deepEqual(suiteSchema.parse(suite), suite);
  assert.deepEqual([suite.testCaseIds, suite.caseCount, suite.retries], [[c, a, b], 3, 2]);
  assert.deepEqual(idsOf(await casesOfSuite(bob(), suite.id)), [c, a, b]);
  const changed = await updateSuite(bob(), suite.id, { testCaseIds: [b, c] });
  assert.deepEqual([changed.testCaseIds, changed.description], [[b, c], "All"]);
  assert.deepEqual(await getSuite(bob(), suite.id), changed);
});

test("a suite of tags holds every active case that has all of them, by name", async () => {
  const both = { tags: ["x", "y", "z"] };
  await makeTestCase(bob(), project.id, { name: "Only x", tags: ["x"] });
  await makeTestCase(bob(), project.id, { name: "Draft", status: "draft", ...both });
  const old = await makeTestCase(bob(), project.id, { name: "Old", ...both });
  await archiveTestCase(bob(), old.id, true);
  await makeTestCase(bob(), project.id, { name: "B", ...both });
  await makeTestCase(bob(), project.id, { name: "A", ...both });
  const suite = await create({ tagQuery: ["x", "y"] });
  assert.equal(suite.caseCount, 2);
  assert.deepEqual(
    (await casesOfSuite(bob(), suite.id)).map(({ name }) => name),
    ["A", "B"],
  );
  assert.equal((await create({ tagQuery: [] })).caseCount, 3);
});

test("a list of cases replaces tags and the other way round; both at once are refused", async () => {
  const { id } = await makeTestCase(bob(), project.id);
  const suite = await create({ tagQuery: ["x"] });
  const listed = await updateSuite(bob(), suite.id, { testCaseIds: [id] });
  assert.deepEqual([listed.tagQuery, listed.testCaseIds], [null, [id]]);
  const tagged = await updateSuite(bob(), suite.id, { tagQuery: ["y"] });
  assert.deepEqual([tagged.tagQuery, tagged.testCaseIds], [["y"], []]);
  assert.deepEqual((await updateSuite(bob(), suite.id, { name: "New" })).tagQuery, ["y"]);
  await assert.rejects(updateSuite(bob(), suite.id, { tagQuery: ["y"], testCaseIds: [id] }), {
    code: "invalid-input",
    message: /^tagQuery: /,
  });
});

test("a wrong case is refused by its place in the list", async () => {
  const mine = await makeTestCase(bob(), project.id);
  const foreign = await makeTestCase(bob(), world.project.id);
  const error = await create({ testCaseIds: [mine.id, foreign.id, mine.id] }).catch((thrown) => thrown);
  assert.equal(error.code, "invalid-input");
  assert.deepEqual(
    error.errors.map(({ path }: { path: string }) => path),
    ["testCaseIds.1", "testCaseIds.2"],
  );
});

test("a deleted environment leaves its suites without one", async () => {
  const environment = await makeEnvironment(bob(), project.id);
  const suite = await create({ environmentId: environment.id });
  await deleteEnvironment(bob(), environment.id);
  assert.equal((await getSuite(bob(), suite.id)).environmentId, null);
});

test("a suite shows its last run, and its runs outlive it", async () => {
  const testCase = await makeTestCase(bob(), project.id);
  const suite = await makeSuite(bob(), project.id, [testCase.id]);
  await executeSuite(bob(), suite.id, {}, "manual");
  const run = await executeSuite(bob(), suite.id, {}, "manual");
  const [listed] = (await listSuites(bob(), { projectId: project.id, limit: 5 })).items;
  assert.deepEqual(listed?.lastRun, { id: run.id, status: "queued", finishedAt: null });
  await deleteSuite(bob(), suite.id);
  await assert.rejects(getSuite(bob(), suite.id), { code: "not-found" });
  const left = await getRun(bob(), run.id);
  assert.deepEqual([left.suiteId, left.name], [null, suite.name]);
});

test("suites are paged newest first without gap or repeat", async () => {
  const made: string[] = [];
  for (let n = 0; n < 5; n++) made.unshift((await makeSuite(bob(), project.id, [])).id);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listSuites(bob(), { projectId: project.id, limit: 2, cursor });
    seen.push(...idsOf(page.items));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  assert.deepEqual(seen, made);
});
