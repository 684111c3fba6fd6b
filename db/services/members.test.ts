import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { OrganizationRole } from "../domain/permissions.ts";
import type { Organization } from "../domain/resources.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  addMember,
  ctxOf,
  makeOrganization,
  makeProject,
  makeTestCase,
  makeUser,
  type TestUser,
} from "../testing/factories.ts";
import type { Ctx } from "./context.ts";
import { getExecution } from "./executions.ts";
import { changeMember, listMembers, removeMember, transferOwnership } from "./members.ts";
import { getOrganization } from "./organizations.ts";
import { executeTestCase } from "./runs.ts";
import { changeUser } from "./users.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

type Team = { organization: Organization; owner: TestUser; people: Record<OrganizationRole, TestUser> };

/** An organization with somebody in every role, beside the owner who made it. */
async function makeTeam(): Promise<Team> {
  const { db } = database;
  const owner = await makeUser(db);
  const organization = await makeOrganization(db, owner);
  const person = async (role: OrganizationRole) => {
    const user = await makeUser(db, { name: role });
    await addMember(db, organization.id, user.id, role);
    return user;
  };
  const people = {
    owner: await person("owner"),
    admin: await person("admin"),
    member: await person("member"),
    viewer: await person("viewer"),
  };
  return { organization, owner, people };
}

const as = (user: TestUser): Promise<Ctx> => ctxOf(database.db, user);

async function rolesIn(team: Team): Promise<Record<string, OrganizationRole>> {
  const { items } = await listMembers(await as(team.owner), team.organization.id, { limit: 50 });
  return Object.fromEntries(items.map(({ userId, role }) => [userId, role]));
}

describe("the role of a member", () => {
  it("is changed by those who run the organization, with effect from the next request on", async () => {
    const team = await makeTeam();
    const { admin, member } = team.people;
    const { id } = team.organization;
    const changed = await changeMember(await as(admin), id, member.id, "viewer");
    assert.deepEqual([changed.userId, changed.role, changed.email], [member.id, "viewer", member.email]);
    assert.equal((await getOrganization(await as(member), id)).role, "viewer");
    await assert.rejects(changeMember(await as(member), id, team.people.viewer.id, "admin"), {
      code: "forbidden",
    });
  });

  it("owner is given and taken by owners alone", async () => {
    const team = await makeTeam();
    const { admin, member, owner } = team.people;
    const { id } = team.organization;
    const byAdmin = await as(admin);
    await assert.rejects(changeMember(byAdmin, id, member.id, "owner"), { code: "forbidden" });
    await assert.rejects(changeMember(byAdmin, id, owner.id, "member"), { code: "forbidden" });
    await assert.rejects(removeMember(byAdmin, id, owner.id), { code: "forbidden" });
    await changeMember(await as(team.owner), id, owner.id, "member");
    await changeMember(await as(team.owner), id, member.id, "owner");
    assert.equal((await rolesIn(team))[member.id], "owner");
  });

  it("of somebody who is no member can't be changed", async () => {
    const team = await makeTeam();
    const stranger = await makeUser(database.db);
    const change = changeMember(await as(team.owner), team.organization.id, stranger.id, "viewer");
    await assert.rejects(change, { code: "not-found" });
  });
});

describe("an organization", () => {
  it("keeps its last owner, who is neither removed nor demoted and can't leave", async () => {
    const team = await makeTeam();
    const { id } = team.organization;
    const ctx = await as(team.owner);
    await removeMember(await as(team.people.owner), id, team.people.owner.id);
    const last = { code: "conflict", message: /is the only owner/ };
    await assert.rejects(removeMember(ctx, id, team.owner.id), last);
    await assert.rejects(changeMember(ctx, id, team.owner.id, "admin"), last);
    assert.equal((await rolesIn(team))[team.owner.id], "owner");
  });

  it("has an owner left, however many owners remove and demote each other at once", async () => {
    const team = await makeTeam();
    const { id } = team.organization;
    const owners = [team.owner, team.people.owner];
    for (const user of [team.people.admin, team.people.member]) {
      await changeMember(await as(team.owner), id, user.id, "owner");
      owners.push(user);
    }
    const contexts = await Promise.all(owners.map(as));
    const outcomes = await Promise.allSettled(
      contexts.flatMap((ctx, i) =>
        owners.map((victim, j) =>
          (i + j) % 2 === 0 ? removeMember(ctx, id, victim.id) : changeMember(ctx, id, victim.id, "viewer"),
        ),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      const { code } = outcome.reason as { code?: string };
      assert.ok(["conflict", "not-found", "forbidden"].includes(code ?? ""), String(outcome.reason));
    }
    const [row] = await database.db.sql.begin(async (tx) => {
      await tx`select set_config('app.organizations', ${`{${id}}`}, true)`;
      return tx<{ owners: number }[]>`select count(*)::int as owners from member
        where organization_id = ${id} and role = 'owner'`;
    });
    assert.equal(row?.owners, 1);
  });

  it("is handed over by an owner, who becomes an admin", async () => {
    const team = await makeTeam();
    const { id } = team.organization;
    const { admin, member } = team.people;
    await assert.rejects(transferOwnership(await as(admin), id, member.id), { code: "forbidden" });
    const ctx = await as(team.owner);
    await assert.rejects(transferOwnership(ctx, id, team.owner.id), { code: "conflict" });
    assert.equal((await transferOwnership(ctx, id, member.id)).role, "owner");
    const roles = await rolesIn(team);
    assert.deepEqual([roles[team.owner.id], roles[member.id]], ["admin", "owner"]);
    // Whoever still acts with the rights of before is judged by those of now.
    await assert.rejects(transferOwnership(ctx, id, admin.id), { code: "forbidden" });
  });
});

describe("a member who is removed, or leaves", () => {
  it("sees nothing of the organization any more, and everybody may leave", async () => {
    const team = await makeTeam();
    const { id } = team.organization;
    const { viewer, member } = team.people;
    await removeMember(await as(viewer), id, viewer.id);
    await assert.rejects(getOrganization(await as(viewer), id), { code: "not-found" });
    await assert.rejects(removeMember(await as(member), id, team.people.admin.id), { code: "forbidden" });
    await removeMember(await as(team.people.admin), id, member.id);
    await assert.rejects(getOrganization(await as(member), id), { code: "not-found" });
    assert.deepEqual(Object.values(await rolesIn(team)).sort(), ["admin", "owner", "owner"]);
  });

  it("leaves nothing behind that still waits to run", async () => {
    const team = await makeTeam();
    const { id } = team.organization;
    const owner = await as(team.owner);
    const project = await makeProject(owner, id);
    const testCase = await makeTestCase(owner, project.id);
    const theirs = await executeTestCase(await as(team.people.member), { testCaseId: testCase.id }, "api");
    const other = await executeTestCase(owner, { testCaseId: testCase.id }, "api");
    await removeMember(owner, id, team.people.member.id);
    const { status, error } = await getExecution(owner, theirs.id);
    assert.deepEqual([status, error?.message], ["cancelled", `stopped by ${team.owner.email}`]);
    assert.equal((await getExecution(owner, other.id)).status, "queued");
    const jobs = await database.db.sql`select from outbox where unique_key = ${theirs.id}`;
    assert.equal(jobs.length, 0);
  });

  it("also when the account is disabled: nothing of theirs runs on, in whatever organization", async () => {
    const team = await makeTeam();
    const owner = await as(team.owner);
    const project = await makeProject(owner, team.organization.id);
    const testCase = await makeTestCase(owner, project.id);
    const theirs = await executeTestCase(await as(team.people.member), { testCaseId: testCase.id }, "api");
    const other = await executeTestCase(owner, { testCaseId: testCase.id }, "api");
    const root = await ctxOf(database.db, await makeUser(database.db, { platformRole: "admin" }));
    await changeUser(root, team.people.member.id, { disabled: true });
    assert.equal((await getExecution(owner, theirs.id)).status, "cancelled");
    assert.equal((await getExecution(owner, other.id)).status, "queued");
  });

  it("leaves an audit row that says who it was and what was stopped", async () => {
    const team = await makeTeam();
    const { id } = team.organization;
    await removeMember(await as(team.owner), id, team.people.member.id);
    const rows = await database.db.sql.begin(async (tx) => {
      await tx`select set_config('app.organizations', ${`{${id}}`}, true)`;
      return tx`select action, actor, before, after from audit where entity = 'member' order by id`;
    });
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [
        {
          action: "member.remove",
          actor: team.owner.email,
          before: { email: team.people.member.email, role: "member" },
          after: { stoppedExecutions: 0 },
        },
      ],
    );
  });
});

it("members are found by a part of their name or address, and nothing in what is typed is a pattern", async () => {
  const team = await makeTeam();
  const ctx = await as(team.owner);
  const found = async (search: string) =>
    (await listMembers(ctx, team.organization.id, { limit: 50, search })).items.map(({ name }) => name);
  assert.deepEqual(await found("VIEW"), ["viewer"]);
  assert.deepEqual(await found(team.people.member.email.slice(0, 20)), ["member"]);
  assert.deepEqual(await found("%"), []);
  assert.equal((await found("")).length, 5);
});
