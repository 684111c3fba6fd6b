import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type GroupInput, groupInputSchema } from "../domain/group-resources.ts";
import { limits } from "../domain/limits.ts";
import type { Project } from "../domain/resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeProject, makeTestCase, makeWorld, type World } from "../testing/factories.ts";
import {
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  listGroupUsages,
  listGroupVersions,
  updateGroup,
} from "./groups.ts";
import { archiveTestCase, updateTestCase } from "./test-cases.ts";

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
const call = (group: string) => ({ type: "group", group }) as const;
const input = (name: string, ...calls: string[]): GroupInput =>
  groupInputSchema.parse({ name, steps: [{ type: "reload" }, ...calls.map(call)] });
const make = (name: string, ...calls: string[]) => createGroup(bob(), project.id, input(name, ...calls));
const page = { limit: 50, cursor: undefined };

test("a group is kept as it was given, and each save that changes something is a version", async () => {
  const group = await createGroup(
    bob(),
    project.id,
    groupInputSchema.parse({
      name: "Sign in",
      parameters: [{ name: "user", default: "ada" }],
      steps: [{ type: "fill", target: "label=User", value: "{{user}}" }],
      message: "First",
    }),
  );
  assert.deepEqual(await getGroup(bob(), project.id, group.id), group);
  assert.deepEqual(group.parameters, [{ name: "user", default: "ada" }]);
  const same = await updateGroup(bob(), project.id, group.id, { description: "" });
  assert.equal(same.version, 1);
  const next = await updateGroup(bob(), project.id, group.id, {
    steps: [{ type: "reload" }],
    message: "Less",
  });
  assert.equal(next.version, 2);
  assert.deepEqual(next.parameters, group.parameters);
  const { items } = await listGroupVersions(bob(), project.id, group.id, page);
  assert.deepEqual(
    items.map(({ version, message, author }) => [version, message, author]),
    [
      [2, "Less", "Bob"],
      [1, "First", "Bob"],
    ],
  );
});

test("two who save at once do not overwrite each other", async () => {
  const group = await make("a");
  const save = (description: string) =>
    updateGroup(bob(), project.id, group.id, { description, expectedVersion: 1 });
  const results = await Promise.allSettled([save("x"), save("y")]);
  assert.deepEqual(results.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
});

test("groups that would call each other without end are refused, with the way", async () => {
  await assert.rejects(make("self", "self"), /circle: self → self/);
  const a = await make("a", "b");
  await make("b", "c");
  await assert.rejects(make("c", "a"), /circle: c → a → b → c/);
  await make("c");
  await assert.rejects(updateGroup(bob(), project.id, a.id, { steps: [call("a")] }), /circle: a → a/);
  const both = await Promise.allSettled([
    updateGroup(bob(), project.id, a.id, { steps: [call("later")] }),
    make("later", "a"),
  ]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
});

test("groups call each other so deep and no deeper", async () => {
  for (let depth = 1; depth < limits.groupCallDepthMax; depth++) await make(`g${depth}`, `g${depth + 1}`);
  await make(`g${limits.groupCallDepthMax}`);
  await assert.rejects(make("g0", "g1"), /more than 10 deep: g0 → g1 → .*g10/);
});

test("who calls a group is listed, and a group that is called is neither deleted nor renamed", async () => {
  const group = await make("shared");
  const caller = await make("caller", "shared");
  const testCase = await makeTestCase(bob(), project.id);
  await updateTestCase(bob(), testCase.id, {
    steps: [{ type: "repeat", times: 2, steps: [call("shared")] }],
  });
  const usages = await listGroupUsages(bob(), project.id, group.id);
  assert.deepEqual(
    usages.map(({ kind, id }) => [kind, id]),
    [
      ["group", caller.id],
      ["testCase", testCase.id],
    ],
  );
  const { items } = await listGroups(bob(), project.id, page);
  assert.deepEqual(
    items.map(({ name, usages }) => [name, usages]),
    [
      ["caller", 0],
      ["shared", 2],
    ],
  );
  await assert.rejects(deleteGroup(bob(), project.id, group.id), /called by "caller" and 1 more/);
  await assert.rejects(
    updateGroup(bob(), project.id, group.id, { name: "other" }),
    /can't be renamed while it is called/,
  );
  await deleteGroup(bob(), project.id, caller.id);
  await archiveTestCase(bob(), testCase.id, true);
  assert.equal((await updateGroup(bob(), project.id, group.id, { name: "other" })).name, "other");
  await deleteGroup(bob(), project.id, group.id);
});

test("a name is taken once in a project, and groups of others are not there", async () => {
  const group = await make("a");
  await assert.rejects(make("a"), /this project has a group "a"/);
  const other = await makeProject(world.as.alice, world.a.id);
  assert.ok(await createGroup(bob(), other.id, input("a")));
  await assert.rejects(getGroup(bob(), other.id, group.id), { code: "not-found" });
  await assert.rejects(getGroup(world.as.charlie, project.id, group.id), { code: "not-found" });
  await assert.rejects(listGroups(world.as.charlie, project.id, page), { code: "not-found" });
});
