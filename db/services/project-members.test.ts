import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { addMember, ctxOf, makeProject, makeUser, makeWorld, type World } from "../testing/factories.ts";
import { removeMember } from "./members.ts";
import { listProjectMembers, putProjectMember, removeProjectMember } from "./project-members.ts";
import { getProject, listProjects, updateProject } from "./projects.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database.drop());

const page = { limit: 50 };
const bobNow = () => ctxOf(database.db, world.bob);

async function closedProject() {
  const { id } = await makeProject(world.as.alice, world.a.id);
  return updateProject(world.as.alice, id, { access: "members" });
}

describe("a project that is closed to its organization", () => {
  it("is there for those who have a role in it, and for those who run the organization", async () => {
    const project = await closedProject();
    const listed = async () => {
      const { items } = await listProjects(await bobNow(), { ...page, archived: "false" });
      return items.some(({ id }) => id === project.id);
    };
    await assert.rejects(getProject(await bobNow(), project.id), { code: "not-found" });
    assert.equal(await listed(), false);
    const given = await putProjectMember(world.as.alice, project.id, world.bob.id, "viewer");
    assert.deepEqual([given.role, given.given, given.organizationRole], ["viewer", "viewer", "member"]);
    assert.equal((await getProject(await bobNow(), project.id)).id, project.id);
    assert.equal(await listed(), true);
    await assert.rejects(updateProject(await bobNow(), project.id, { name: "Mine" }), { code: "forbidden" });
    await removeProjectMember(world.as.alice, project.id, world.bob.id);
    await assert.rejects(getProject(await bobNow(), project.id), { code: "not-found" });
  });

  it("lists only those who may enter it, with the role that counts", async () => {
    const project = await closedProject();
    const roles = async () =>
      (await listProjectMembers(world.as.alice, project.id, page)).items.map(
        ({ userId, role, given }) => [userId, role, given] as const,
      );
    assert.deepEqual(await roles(), [[world.alice.id, "owner", null]]);
    await putProjectMember(world.as.alice, project.id, world.bob.id, "admin");
    assert.deepEqual(await roles(), [
      [world.alice.id, "owner", null],
      [world.bob.id, "admin", "admin"],
    ]);
    await updateProject(world.as.alice, project.id, { access: "organization" });
    await removeProjectMember(world.as.alice, project.id, world.bob.id);
    assert.deepEqual(await roles(), [
      [world.alice.id, "owner", null],
      [world.bob.id, "developer", null],
    ]);
  });
});

describe("a role in a project", () => {
  it("is given by its admins, but that of an owner only by its owners", async () => {
    const project = await closedProject();
    const dave = await makeUser(database.db, { name: "Dave" });
    await addMember(database.db, world.a.id, dave.id, "viewer");
    await putProjectMember(world.as.alice, project.id, world.bob.id, "admin");
    const bob = await bobNow();
    await putProjectMember(bob, project.id, dave.id, "developer");
    await assert.rejects(putProjectMember(bob, project.id, dave.id, "owner"), { code: "forbidden" });
    await putProjectMember(world.as.alice, project.id, dave.id, "owner");
    await assert.rejects(putProjectMember(bob, project.id, dave.id, "viewer"), { code: "forbidden" });
    await assert.rejects(removeProjectMember(bob, project.id, dave.id), { code: "forbidden" });
  });

  it("is given to members of the organization alone", async () => {
    const project = await closedProject();
    const give = putProjectMember(world.as.alice, project.id, world.charlie.id, "viewer");
    await assert.rejects(give, { code: "invalid-input", message: /^userId: must be a member/ });
  });

  it("may be given back by whoever has it, and ends with the membership", async () => {
    const project = await closedProject();
    await putProjectMember(world.as.alice, project.id, world.bob.id, "viewer");
    await removeProjectMember(await bobNow(), project.id, world.bob.id);
    await assert.rejects(removeProjectMember(world.as.alice, project.id, world.bob.id), {
      code: "not-found",
    });
    const dave = await makeUser(database.db, { name: "Dave" });
    await addMember(database.db, world.a.id, dave.id, "member");
    await putProjectMember(world.as.alice, project.id, dave.id, "owner");
    await removeMember(world.as.alice, world.a.id, dave.id);
    await addMember(database.db, world.a.id, dave.id, "member");
    await assert.rejects(getProject(await ctxOf(database.db, dave), project.id), { code: "not-found" });
  });
});
