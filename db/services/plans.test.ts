import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { and, eq, isNull } from "drizzle-orm";
import { newId } from "../domain/ids.ts";
import { noRoomForFile, type PlanChange } from "../domain/tenancy.ts";
import { artifacts } from "../schema/runs.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  addMember,
  ctxOf,
  handed,
  makeOrganization,
  makeProject,
  makeTestCase,
  makeUser,
} from "../testing/factories.ts";
import { acceptInvitation } from "./accept-invitation.ts";
import { type Ctx, transaction } from "./context.ts";
import { createInvitation } from "./invitations.ts";
import { listMembers } from "./members.ts";
import { changePlan, getPlan, withinPlan } from "./plans.ts";
import { updateProject } from "./projects.ts";
import { executeTestCase } from "./runs.ts";
import { listTenants } from "./tenants.ts";

let database: TestDatabase;
let root: Ctx;
before(async () => {
  database = await testDatabase();
  root = await ctxOf(database.db, await makeUser(database.db, { name: "Root", platformRole: "admin" }));
});
after(() => database.drop());

async function makeTenant(limits: PlanChange): Promise<{ id: string; owner: Ctx }> {
  const user = await makeUser(database.db);
  const { id } = await makeOrganization(database.db, user);
  await changePlan(root, id, limits);
  return { id, owner: await ctxOf(database.db, user) };
}

const isFulfilled = ({ status }: { status: string }) => status === "fulfilled";

describe("the plan of an organization", () => {
  it("is without limits until somebody who runs the installation sets them, and says so in the audit", async () => {
    const user = await makeUser(database.db);
    const { id } = await makeOrganization(database.db, user);
    const owner = await ctxOf(database.db, user);
    const before = await getPlan(owner, id);
    assert.ok(Object.values(before.limits).every((limit) => limit === null));
    assert.deepEqual(before.use, { members: 1, projects: 0, parallel: 0, artifactBytes: 0 });
    await assert.rejects(changePlan(owner, id, { membersMax: 5 }), { code: "forbidden" });
    await changePlan(root, id, { membersMax: 5, parallelMax: 2 });
    await changePlan(root, id, { parallelMax: null });
    assert.deepEqual((await getPlan(owner, id)).limits, { ...before.limits, membersMax: 5 });
    const rows = await database.db.sql.begin(async (tx) => {
      await tx`select set_config('app.organizations', ${`{${id}}`}, true)`;
      return tx`select actor, before->>'parallelMax' as before, after->>'parallelMax' as after from audit
        where action = 'plan.change' order by id`;
    });
    const by = root.actor.kind === "user" ? root.actor.email : "";
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [
        { actor: by, before: null, after: "2" },
        { actor: by, before: "2", after: null },
      ],
    );
  });

  it("lets exactly as many projects in as it says, of twenty that come at once", async () => {
    const { id, owner } = await makeTenant({ projectsMax: 7 });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => makeProject(owner, id)));
    assert.equal(outcomes.filter(isFulfilled).length, 7);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.match(String(outcome.reason), /has room for 7 projects/);
    }
    assert.equal((await getPlan(owner, id)).use.projects, 7);
  });

  it("counts a project that is restored, and none that is archived", async () => {
    const { id, owner } = await makeTenant({ projectsMax: 1 });
    const first = await makeProject(owner, id);
    await updateProject(owner, first.id, { archived: true });
    await makeProject(owner, id);
    await assert.rejects(updateProject(owner, first.id, { archived: false }), { code: "conflict" });
    await updateProject(owner, first.id, { name: "Still here" });
  });

  it("lets exactly as many members in as it says, of twenty that accept at once", async () => {
    const { id, owner } = await makeTenant({ membersMax: 6 });
    const people = await Promise.all(Array.from({ length: 20 }, () => makeUser(database.db)));
    const tokens: string[] = [];
    for (const { email } of people) {
      const sent = await createInvitation(owner, id, { email, role: "viewer", projectRoles: [] });
      tokens.push(handed(sent).token);
    }
    const contexts = await Promise.all(people.map((person) => ctxOf(database.db, person)));
    const outcomes = await Promise.allSettled(
      contexts.map((ctx, i) => acceptInvitation(ctx, tokens[i] ?? "")),
    );
    assert.equal(outcomes.filter(isFulfilled).length, 5);
    assert.equal((await listMembers(owner, id, { limit: 50 })).items.length, 6);
    const more = createInvitation(owner, id, { email: "one@more.test", role: "viewer", projectRoles: [] });
    await assert.rejects(more, { code: "conflict", message: /has room for 6 members/ });
  });

  it("keeps exactly as many files as fit, of twenty that come at once, and records the others as lost", async () => {
    const { id, owner } = await makeTenant({ artifactBytesMax: 750 });
    const project = await makeProject(owner, id);
    const testCase = await makeTestCase(owner, project.id);
    const { id: executionId } = await executeTestCase(owner, { testCaseId: testCase.id }, "api");
    const record = () =>
      transaction(owner, async (ctx) => {
        const file = { kind: "screenshot", name: "s.png", contentType: "image/png", sizeBytes: 100 } as const;
        const kept: typeof file & { lostReason?: string } = await withinPlan(ctx, id, file);
        const place = {
          id: newId(),
          organizationId: id,
          executionId,
          attempt: 1,
          sha256: "00",
          storageKey: "k",
        };
        await ctx.tx.insert(artifacts).values({ ...place, ...kept });
        return kept.lostReason ?? "kept";
      });
    const outcomes = await Promise.all(Array.from({ length: 20 }, record));
    assert.equal(outcomes.filter((outcome) => outcome === "kept").length, 7);
    assert.deepEqual([...new Set(outcomes)].sort(), ["kept", noRoomForFile]);
    assert.equal((await getPlan(owner, id)).use.artifactBytes, 700);
    await transaction(owner, ({ tx }) =>
      tx.delete(artifacts).where(and(eq(artifacts.executionId, executionId), isNull(artifacts.lostReason))),
    );
    assert.equal((await getPlan(owner, id)).use.artifactBytes, 0);
    assert.equal(await record(), "kept");
  });

  it("is shown with its use to members, and of all organizations to those who run the installation", async () => {
    const { id, owner } = await makeTenant({ artifactBytesMax: 1_000 });
    const viewer = await makeUser(database.db);
    await addMember(database.db, id, viewer.id, "viewer");
    assert.equal((await getPlan(await ctxOf(database.db, viewer), id)).limits.artifactBytesMax, 1_000);
    await assert.rejects(listTenants(owner, { limit: 10 }), { code: "forbidden" });
    const { items } = await listTenants(root, { limit: 200 });
    assert.equal(items.find((tenant) => tenant.id === id)?.plan.use.members, 2);
    const named = await listTenants(root, { limit: 10, search: "no%such_organization" });
    assert.deepEqual(named.items, []);
  });
});
