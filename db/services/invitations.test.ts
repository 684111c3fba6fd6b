import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { composeMail } from "../domain/mail.ts";
import { type InvitationInput, invitationInputSchema, invitationSchema } from "../domain/tenancy.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import {
  addMember,
  ctxOf,
  handed,
  makeProject,
  makeUser,
  makeWorld,
  systemCtx,
  type World,
} from "../testing/factories.ts";
import { acceptInvitation, joinByInvitation, readInvitation } from "./accept-invitation.ts";
import type { Ctx } from "./context.ts";
import { checkCredentials } from "./credentials.ts";
import { createInvitation, listInvitations, resendInvitation, revokeInvitation } from "./invitations.ts";
import { mailToSend } from "./mail.ts";
import { listMembers, removeMember } from "./members.ts";
import { updateProject } from "./projects.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database.drop());

const DAY_MS = 24 * 3_600_000;
const visitor = (): Ctx => systemCtx(database.db);
const inDays = (ctx: Ctx, days: number): Ctx => ({ ...ctx, now: () => new Date(Date.now() + days * DAY_MS) });
const invite = async (over: Partial<InvitationInput> & { email: string }, ctx = world.as.alice) =>
  handed(await createInvitation(ctx, world.a.id, { role: "member", projectRoles: [], ...over }));

async function roleOf(userId: string): Promise<string | undefined> {
  const { items } = await listMembers(world.as.alice, world.a.id, { limit: 200 });
  return items.find((member) => member.userId === userId)?.role;
}

describe("an invitation", () => {
  it("makes the person who is signed in with its address a member, with the roles that it names", async () => {
    const dave = await makeUser(database.db, { name: "Dave" });
    const project = await makeProject(world.as.alice, world.a.id);
    await updateProject(world.as.alice, project.id, { access: "members" });
    const projectRoles = [{ projectId: project.id, role: "viewer" as const }];
    const { invitation, token } = await invite({ email: dave.email, role: "viewer", projectRoles });
    assert.deepEqual(invitationSchema.parse(invitation), invitation);
    assert.deepEqual([invitation.state, invitation.invitedBy], ["open", "Alice"]);
    const told = await readInvitation(visitor(), token);
    assert.deepEqual(
      [told.organization.name, told.email, told.role, told.hasAccount],
      [world.a.name, dave.email, "viewer", true],
    );
    await acceptInvitation(await ctxOf(database.db, dave), token);
    assert.equal(await roleOf(dave.id), "viewer");
    const { actor } = await ctxOf(database.db, dave);
    assert.deepEqual(actor.kind === "user" && actor.projects.get(project.id)?.role, "viewer");
    const { items } = await listInvitations(world.as.alice, world.a.id, { limit: 200 });
    assert.equal(items.find(({ id }) => id === invitation.id)?.state, "accepted");
  });

  it("makes an account for who has none", async () => {
    const email = "new-here@example.com";
    const { token } = await invite({ email });
    assert.equal((await readInvitation(visitor(), token)).hasAccount, false);
    const weak = joinByInvitation(visitor(), token, { name: "Nora", password: "short" });
    await assert.rejects(weak, { code: "invalid-input" });
    const password = "correct horse battery";
    const { userId } = await joinByInvitation(visitor(), token, { name: "Nora", password });
    assert.equal(await checkCredentials(database.db, { email, password }), userId);
    assert.equal(await roleOf(userId), "member");
    const again = joinByInvitation(visitor(), token, { name: "Eve", password });
    await assert.rejects(again, { code: "not-found" });
  });

  it("makes no second account for an address that has one", async () => {
    const dave = await makeUser(database.db);
    const { token } = await invite({ email: dave.email });
    const join = joinByInvitation(visitor(), token, { name: "Mallory", password: "long enough" });
    await assert.rejects(join, { code: "conflict", message: /sign in with it first/ });
  });

  it("is for one address and opens nothing for another", async () => {
    const dave = await makeUser(database.db);
    const { token } = await invite({ email: dave.email });
    await assert.rejects(acceptInvitation(world.as.charlie, token), { code: "forbidden" });
    assert.equal(await roleOf(world.charlie.id), undefined);
  });

  it("is used once, however many come with it at once", async () => {
    const email = "many@example.com";
    const { token } = await invite({ email });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        joinByInvitation(visitor(), token, { name: `N${n}`, password: "correct horse battery" }),
      ),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    const { items } = await listMembers(world.as.alice, world.a.id, { limit: 200 });
    assert.equal(items.filter((member) => member.email === email).length, 1);
  });

  it("ends after seven days, with its revocation, and with the membership of who invited", async () => {
    const late = await invite({ email: "late@example.com" });
    await readInvitation(inDays(visitor(), 6.9), late.token);
    await assert.rejects(readInvitation(inDays(visitor(), 7.1), late.token), { code: "not-found" });
    const revoked = await invite({ email: "revoked@example.com" });
    await revokeInvitation(world.as.alice, world.a.id, revoked.invitation.id);
    await assert.rejects(readInvitation(visitor(), revoked.token), { code: "not-found" });
    const admin = await makeUser(database.db);
    await addMember(database.db, world.a.id, admin.id, "admin");
    const orphaned = await invite({ email: "orphan@example.com" }, await ctxOf(database.db, admin));
    await removeMember(world.as.alice, world.a.id, admin.id);
    await assert.rejects(readInvitation(visitor(), orphaned.token), { code: "not-found" });
  });

  it("that is sent again has another token; the one before opens nothing", async () => {
    const first = await invite({ email: "again@example.com" });
    const later = inDays(world.as.alice, 3);
    const second = handed(await resendInvitation(later, world.a.id, first.invitation.id));
    await assert.rejects(readInvitation(visitor(), first.token), { code: "not-found" });
    assert.equal((await readInvitation(inDays(visitor(), 9), second.token)).email, "again@example.com");
  });

  it("is made once for an address, and anew when the one before has expired", async () => {
    const email = "twice@example.com";
    await invite({ email });
    await assert.rejects(invite({ email }), { code: "conflict", message: /is invited already/ });
    await invite({ email }, inDays(world.as.alice, 8));
    await assert.rejects(invite({ email: world.bob.email }), { code: "conflict", message: /is a member/ });
  });

  it("gives nothing that who invites could not give, and no role in a project of others", async () => {
    const admin = await makeUser(database.db);
    await addMember(database.db, world.a.id, admin.id, "admin");
    const ctx = await ctxOf(database.db, admin);
    await assert.rejects(invite({ email: "o@example.com", role: "owner" }, ctx), { code: "forbidden" });
    await assert.rejects(invite({ email: "o@example.com" }, world.as.bob), { code: "forbidden" });
    const projectRoles = [{ projectId: world.foreign.id, role: "viewer" as const }];
    await assert.rejects(invite({ email: "o@example.com", projectRoles }), {
      code: "invalid-input",
      message: /^projectRoles\.0\.projectId: this organization has no such project/,
    });
  });

  it("is mailed where mail leaves the installation, and then nobody else is shown the token", async () => {
    const email = "by.mail@example.com";
    const input = { email, role: "viewer" as const, projectRoles: [] };
    const { token } = await createInvitation(world.as.alice, world.a.id, input, "mail");
    assert.equal(token, null);
    const [mail] = await database.db.sql<{ id: string }[]>`select id from mail where recipient = ${email}`;
    const { content } = (await mailToSend(visitor(), mail?.id ?? "")) ?? {};
    assert.ok(content?.template === "invitation");
    assert.deepEqual([content.organization, content.invitedBy], [world.a.name, "Alice"]);
    assert.equal((await readInvitation(visitor(), content.token)).email, email);
    const { link, text } = composeMail({ ...content, organization: "A\nBcc: b@c.test" }, "https://v.test");
    assert.equal(link, `https://v.test/invitations/accept?token=${content.token}`);
    assert.doesNotMatch(text, /^Bcc/m);
  });

  it("is stored without its token, and no audit row holds it", async () => {
    const { token } = await invite({ email: "hidden@example.com" });
    const [row] = await database.db.sql.begin(async (tx) => {
      await tx`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`;
      return tx<{ found: number }[]>`select
        (select count(*)::int from invitation i where i::text like ${`%${token}%`}) +
        (select count(*)::int from audit a where a::text like ${`%${token}%`}) as found`;
    });
    assert.equal(row?.found, 0);
  });
});

it("an address is written in one way", () => {
  const parsed = invitationInputSchema.parse({ email: "  Dave@Example.COM ", role: "viewer" });
  assert.equal(parsed.email, "dave@example.com");
});
