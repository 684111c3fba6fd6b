import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { sql } from "drizzle-orm";
import { type TestCaseQuery, testCaseQuerySchema } from "../domain/queries.ts";
import {
  type Project,
  testCaseInputSchema,
  testCaseSchema,
  testCaseSummarySchema,
  versionSchema,
} from "../domain/resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeProject, makeTestCase, makeWorld, type World } from "../testing/factories.ts";
import { setTenant } from "./context.ts";
import { updateProject } from "./projects.ts";
import { executeTestCase } from "./runs.ts";
import {
  archiveTestCase,
  cloneTestCase,
  createTestCase,
  getTestCase,
  listTestCases,
  updateTestCase,
} from "./test-cases.ts";
import { getVersion, listVersions, restoreVersion } from "./versions.ts";

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
const queryOf = (over: Partial<TestCaseQuery>) =>
  testCaseQuerySchema.parse({ projectId: project.id, ...over });
const namesOf = async (over: Partial<TestCaseQuery>) =>
  (await listTestCases(bob(), queryOf({ sort: "name", ...over }))).items.map(({ name }) => name);

test("a new case has version 1 and is read back as it was written", async () => {
  const input = testCaseInputSchema.parse({
    projectId: project.id,
    name: "Checkout",
    description: "Pays",
    expectedResult: "A receipt",
    priority: "high",
    tags: ["smoke", "shop"],
    group: "Shop",
    steps: [
      { type: "goto", url: "/cart" },
      { type: "click", target: 'role=button[name="Pay"]' },
    ],
  });
  const created = await createTestCase(bob(), input);
  assert.deepEqual(testCaseSchema.parse(created), created);
  const { projectId, ...content } = input;
  for (const [field, value] of Object.entries(content)) {
    assert.deepEqual(created[field as keyof typeof created], value);
  }
  assert.equal(created.version, 1);
  assert.deepEqual(await getTestCase(bob(), created.id), created);
  const [summary] = (await listTestCases(bob(), queryOf({}))).items;
  const { steps, ...rest } = created;
  assert.deepEqual(testCaseSummarySchema.parse(summary), { ...rest, stepCount: steps.length });
});

test("a save makes a version only when something is different, and counts no other saves", async () => {
  const created = await makeTestCase(bob(), project.id, { name: "First" });
  const same = await updateTestCase(bob(), created.id, { name: "First", steps: created.steps });
  assert.deepEqual(same, created);
  const changed = await updateTestCase(bob(), created.id, { name: "Second", message: "better name" });
  assert.equal(changed.version, 2);
  assert.deepEqual(changed.steps, created.steps);
  const { items } = await listVersions(bob(), created.id, { limit: 10 });
  assert.deepEqual(
    items.map(({ version, name, message, author }) => ({ version, name, message, author })),
    [
      { version: 2, name: "Second", message: "better name", author: "Bob" },
      { version: 1, name: "First", message: "", author: "Bob" },
    ],
  );
  for (const item of items) assert.deepEqual(versionSchema.parse(item), item);
});

test("of two people who save the same version, one is told that it has changed", async () => {
  const { id } = await makeTestCase(bob(), project.id);
  const saves = await Promise.allSettled([
    updateTestCase(bob(), id, { name: "Bob's", expectedVersion: 1 }),
    updateTestCase(world.as.alice, id, { name: "Alice's", expectedVersion: 1 }),
  ]);
  const refused = saves.filter((save) => save.status === "rejected");
  assert.equal(refused.length, 1);
  assert.equal(refused[0]?.reason.code, "conflict");
  assert.match(refused[0]?.reason.message, /version 2, not 1/);
  assert.equal((await getTestCase(bob(), id)).version, 2);
});

test("saves at the same time without an expectation all become versions, without a gap", async () => {
  const { id } = await makeTestCase(bob(), project.id);
  const names = ["a", "b", "c", "d", "e"];
  await Promise.all(names.map((name) => updateTestCase(bob(), id, { name })));
  const { items } = await listVersions(bob(), id, { limit: 10 });
  assert.deepEqual(
    items.map(({ version }) => version),
    [6, 5, 4, 3, 2, 1],
  );
});

test("versions are paged newest first, and restored as a new one", async () => {
  const { id } = await makeTestCase(bob(), project.id, { name: "v1" });
  for (const name of ["v2", "v3", "v4", "v5"]) await updateTestCase(bob(), id, { name });
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await listVersions(bob(), id, { limit: 2, cursor });
    seen.push(...page.items.map(({ version }) => version));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  assert.deepEqual(seen, [5, 4, 3, 2, 1]);
  const restored = await restoreVersion(bob(), id, 2);
  assert.deepEqual([restored.name, restored.version], ["v2", 6]);
  assert.equal((await getVersion(bob(), id, 6)).message, "Restored version 2");
  assert.equal((await getVersion(bob(), id, 1)).name, "v1");
  for (const version of [0, 7, 1.5, 1e12]) {
    await assert.rejects(getVersion(bob(), id, version), { code: "not-found" });
  }
});

test("nobody changes or deletes a version, not even by a statement of the application", async () => {
  const { id } = await makeTestCase(bob(), project.id);
  const statements = [
    sql`update test_case_version set message = 'x' where test_case_id = ${id}`,
    sql`delete from test_case_version where test_case_id = ${id}`,
  ];
  for (const statement of statements) {
    const attempt = database.db.orm.transaction(async (tx) => {
      await setTenant(tx, [world.a.id], null);
      await tx.execute(statement);
    });
    await assert.rejects(attempt, (error: Error) => /permission denied/.test(String(error.cause)));
  }
});

test("a clone is a case of its own, with the content and a name that says so", async () => {
  const original = await makeTestCase(bob(), project.id, { name: "x".repeat(200), tags: ["a"] });
  await updateTestCase(bob(), original.id, { description: "changed" });
  const clone = await cloneTestCase(bob(), original.id);
  assert.notEqual(clone.id, original.id);
  assert.equal(clone.version, 1);
  assert.equal(clone.name, `Copy of ${"x".repeat(192)}`);
  assert.deepEqual([clone.steps, clone.tags, clone.description], [original.steps, ["a"], "changed"]);
});

test("an archived case is listed apart and comes back", async () => {
  const { id } = await makeTestCase(bob(), project.id, { name: "Old" });
  assert.ok((await archiveTestCase(bob(), id, true)).archivedAt);
  assert.deepEqual(await namesOf({}), []);
  assert.deepEqual(await namesOf({ archived: "true" }), ["Old"]);
  await assert.rejects(executeTestCase(bob(), { testCaseId: id }, "api"), { code: "conflict" });
  assert.equal((await archiveTestCase(bob(), id, false)).archivedAt, null);
  assert.deepEqual(await namesOf({}), ["Old"]);
});

test("an archived project takes no new case", async () => {
  await updateProject(world.as.alice, project.id, { archived: true });
  await assert.rejects(makeTestCase(bob(), project.id), { code: "conflict", message: /archived/ });
});

test("search finds words of every text, in any case and accent, and the beginning of the last one", async () => {
  await makeTestCase(bob(), project.id, {
    name: "Bücher kaufen",
    description: "The customer's basket",
    tags: ["smoke-test"],
    group: "Shop",
    steps: [{ type: "fill", target: "label=E-mail", value: "o'neil@example.com" }],
  });
  await makeTestCase(bob(), project.id, { name: "Other", steps: [] });
  for (const search of [
    "bucher",
    "BÜCHER kauf",
    "basket customer",
    "smoke",
    "test",
    "shop",
    "neil",
    "exam",
    "fill label",
  ]) {
    assert.deepEqual(await namesOf({ search }), ["Bücher kaufen"], search);
  }
  for (const search of ["buch kaufen", "bücher other", "asket"]) {
    assert.deepEqual(await namesOf({ search }), [], search);
  }
  assert.equal((await namesOf({ search: "'!&|:* <->" })).length, 2);
  assert.deepEqual(await namesOf({ search: "o' & !neil:*" }), ["Bücher kaufen"]);
});

test("search follows a change, and not the old content", async () => {
  const { id } = await makeTestCase(bob(), project.id, { name: "Before" });
  await updateTestCase(bob(), id, { name: "After" });
  assert.deepEqual(await namesOf({ search: "after" }), ["After"]);
  assert.deepEqual(await namesOf({ search: "before" }), []);
});

test("filters by status, priority and tag hold together", async () => {
  await makeTestCase(bob(), project.id, { name: "A", status: "draft", priority: "low", tags: ["x", "y"] });
  await makeTestCase(bob(), project.id, { name: "B", status: "active", priority: "low", tags: ["x"] });
  await makeTestCase(bob(), project.id, { name: "C", status: "active", priority: "high", tags: ["y"] });
  assert.deepEqual(await namesOf({ status: "active" }), ["B", "C"]);
  assert.deepEqual(await namesOf({ priority: "low" }), ["A", "B"]);
  assert.deepEqual(await namesOf({ tag: "y" }), ["A", "C"]);
  assert.deepEqual(await namesOf({ tag: "x", status: "active", priority: "low", search: "b" }), ["B"]);
});

test("in every order pages follow each other without gap or repeat, also where the keys are equal", async () => {
  const at = new Date("2030-01-01T00:00:00Z");
  const ctx = { ...bob(), now: () => at };
  for (let n = 0; n < 7; n++) await makeTestCase(ctx, project.id, { name: n < 4 ? "Same" : `Name ${n}` });
  const { id } = await makeTestCase(bob(), project.id, { name: "Microseconds" });
  await database.db.orm.transaction(async (tx) => {
    await setTenant(tx, [world.a.id], null);
    await tx.execute(sql`update test_case set updated_at = '2030-01-01T00:00:00.000001Z',
      created_at = '2029-12-31T23:59:59.999999Z' where id = ${id}`);
  });
  for (const sort of ["name", "-name", "updatedAt", "-updatedAt", "createdAt", "-createdAt"] as const) {
    const whole = (await listTestCases(bob(), queryOf({ sort, limit: 50 }))).items.map((item) => item.id);
    for (const limit of [1, 3, 4, 8]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listTestCases(bob(), queryOf({ sort, limit, cursor }));
        seen.push(...page.items.map((item) => item.id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor && seen.length < 20);
      assert.deepEqual(seen, whole, `${sort}, ${limit} a page`);
      assert.equal(new Set(seen).size, 8);
    }
  }
});

test("a cursor of another list, another order or somebody's own making is refused by name", async () => {
  await makeTestCase(bob(), project.id);
  await makeTestCase(bob(), project.id);
  const { nextCursor } = await listTestCases(bob(), queryOf({ sort: "name", limit: 1 }));
  assert.ok(nextCursor);
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const id = "00000000-0000-7000-8000-000000000000";
  const cursors = [
    "x",
    made(null),
    made(["-updatedAt"]),
    made(["-updatedAt", "soon", id]),
    made(["-updatedAt", 1, id]),
  ];
  for (const cursor of [nextCursor, ...cursors]) {
    await assert.rejects(listTestCases(bob(), queryOf({ sort: "-updatedAt", cursor })), {
      code: "invalid-input",
      message: /^cursor: .*nextCursor/,
    });
  }
});

test("the last execution of a case is shown with it", async () => {
  const { id } = await makeTestCase(bob(), project.id);
  await executeTestCase(bob(), { testCaseId: id }, "api");
  const last = await executeTestCase(bob(), { testCaseId: id }, "api");
  const expected = { id: last.id, status: "queued", finishedAt: null };
  assert.deepEqual((await getTestCase(bob(), id)).lastExecution, expected);
  const [summary] = (await listTestCases(bob(), queryOf({}))).items;
  assert.deepEqual(summary?.lastExecution, expected);
});

test("a text that the database cannot hold is the caller's fault", async () => {
  for (const name of ["a\0b", "a\ud800b"]) {
    await assert.rejects(
      makeTestCase(bob(), project.id, { name }),
      { code: "invalid-input" },
      JSON.stringify(name),
    );
    const steps = [{ type: "goto" as const, url: name }];
    await assert.rejects(
      makeTestCase(bob(), project.id, { steps }),
      { code: "invalid-input" },
      JSON.stringify(name),
    );
  }
});

test("a case of the largest size is saved and searched", async () => {
  const steps = Array.from({ length: 500 }, (_, index) => ({
    type: "fill" as const,
    target: `label=Field ${index}`,
    value: `${"word ".repeat(300)}${index}unique`,
  }));
  const created = await makeTestCase(bob(), project.id, { name: "Large", steps });
  assert.equal(created.steps.length, 500);
  assert.deepEqual(await namesOf({ search: "499uni" }), ["Large"]);
});
