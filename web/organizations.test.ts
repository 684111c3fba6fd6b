import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Person } from "../api/testing/app.ts";
import { listInvitations } from "../db/services/invitations.ts";
import { startSite, type TestSite } from "./testing/server.ts";

let site: TestSite;
before(async () => {
  site = await startSite();
});
after(() => site?.close());

type Sent = { status: number; text: string; headers: Headers };

/** As a browser without JavaScript: a page, or a form that is sent. */
async function send(cookie: string | null, path: string, form?: Record<string, string>): Promise<Sent> {
  const answer = await fetch(`${site.origin}${path}`, {
    method: form ? "POST" : "GET",
    redirect: "manual",
    headers: { ...(cookie ? { cookie } : {}), ...(form ? { origin: site.origin } : {}) },
    ...(form ? { body: new URLSearchParams(form) } : {}),
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}
const as = (who: Person) => site.t.cookie(who);
const organization = () => `/organizations/${site.t.world.a.id}`;

test("somebody is invited, makes an account by the link, and is a member; the token is in no log line", async () => {
  const alice = await as("alice");
  const refused = await send(alice, `${organization()}/invitations`, { email: "nonsense", role: "member" });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /must be an e-mail address/);
  const email = "<b>nora</b>@example.com";
  assert.equal((await send(alice, `${organization()}/invitations`, { email, role: "member" })).status, 422);
  const sent = await send(alice, `${organization()}/invitations`, {
    email: "nora@example.com",
    role: "member",
  });
  const [, path = "", token = ""] =
    /value="[^"]*(\/invitations\/accept\?token=([\w-]{20,}))"/.exec(sent.text) ?? [];
  assert.equal(sent.status, 200);
  assert.notEqual(token, "");
  assert.ok(!(await send(alice, `${organization()}/invitations`)).text.includes(token));

  const page = await send(null, path);
  assert.match(page.text, /nora@example\.com/);
  assert.equal(page.headers.get("referrer-policy"), "same-origin", "the address goes nowhere else");
  assert.match((await send(await as("charlie"), path)).text, /You are signed in as/);
  const weak = await send(null, "/invitations/accept", { token, name: "Nora", password: "short" });
  assert.equal(weak.status, 422);
  assert.ok(!weak.text.includes("short"));
  const joined = await send(null, "/invitations/accept", {
    token,
    name: "Nora",
    password: "correct horse battery",
  });
  assert.deepEqual([joined.status, joined.headers.get("location")], [303, `${organization()}/members`]);
  const nora = joined.headers.get("set-cookie")?.split(";")[0] ?? "";
  assert.match((await send(nora, `${organization()}/members`)).text, /Nora[\s\S]*\(you\)/);
  assert.equal((await send(null, path)).status, 404);
  assert.ok(!site.t.lines.some((line) => JSON.stringify(line).includes(token)));
});

test("roles are changed where they stand; what can't be is said, and viewers are offered nothing", async () => {
  const [alice, dora] = [await as("alice"), await as("dora")];
  const { bob, alice: owner } = site.t.people;
  const members = `${organization()}/members`;
  const changed = await send(alice, `${members}/${bob.id}`, { role: "admin" });
  assert.equal(changed.headers.get("location"), `${members}?saved`);
  const last = await send(alice, `${members}/${owner.id}`, { role: "viewer" });
  assert.equal(last.status, 409);
  assert.match(last.text, /is the only owner of this organization/);
  const seen = await send(dora, members);
  assert.equal(seen.status, 200);
  assert.doesNotMatch(seen.text, /<select class="select" name="role"|\/transfer"/);
  assert.doesNotMatch(seen.text, /audit-logs|\/invitations"/);
  assert.equal((await send(dora, `${members}/${bob.id}`, { role: "viewer" })).status, 403);
  assert.equal((await send(await as("charlie"), members)).status, 404);
});

test("a project is closed and its people are named", async () => {
  const [alice, pat] = [await as("alice"), await as("pat")];
  const project = `/projects/${site.t.world.project.id}`;
  const userId = site.t.people.pat.id;
  await send(alice, `${project}/access`, { access: "members" });
  assert.equal((await send(pat, project)).status, 404);
  assert.ok(!(await send(pat, "/projects")).text.includes(site.t.world.project.id));
  await send(alice, `${project}/members`, { userId, role: "viewer" });
  assert.equal((await send(pat, project)).status, 200);
  assert.equal((await send(pat, `${project}/members/${userId}`, { role: "owner" })).status, 403);
  await send(alice, `${project}/members/${userId}/remove`, {});
  assert.equal((await send(pat, project)).status, 404);
});

test("the audit is filtered by its address, and one entry shows what changed", async () => {
  const alice = await as("alice");
  const list = await send(alice, `${organization()}/audit-logs?action=member.update`);
  const [, path = ""] = /href="([^"]*\/audit-logs\/[0-9a-f-]{36})"/.exec(list.text) ?? [];
  const entry = await send(alice, path);
  assert.match(entry.text, /role[\s\S]*member[\s\S]*admin/);
  const wrong = await send(alice, `${organization()}/audit-logs?from=yesterday`);
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /The filter is not right/);
  const filtered = await send(alice, `${organization()}/audit-logs?actor=a%26b&from=2024-01-01`);
  assert.match(filtered.text, /export\?format=csv&amp;actor=a%26b&amp;from=2024-01-01T00%3A00%3A00Z/);
});

test("whoever runs the installation disables accounts and changes plans, and nobody else", async () => {
  const [root, alice] = [await as("root"), await as("alice")];
  const { dora, root: admin } = site.t.people;
  const session = await as("dora");
  assert.equal((await send(alice, "/users")).status, 403);
  assert.equal((await send(alice, "/tenants")).status, 403);
  assert.match((await send(root, "/users?search=dora")).text, new RegExp(dora.email));
  await send(root, `/users/${dora.id}`, { disabled: "true" });
  assert.equal((await send(session, "/projects")).status, 303);
  await send(root, `/users/${dora.id}`, { disabled: "false" });
  assert.equal((await send(session, "/projects")).status, 303, "the sign-in of before is over for good");
  const last = await send(root, `/users/${admin.id}`, { role: "user" });
  assert.match(last.text, /is the only administrator of this installation/);
  const tenant = `/tenants/${site.t.world.a.id}`;
  const limits = {
    membersMax: "9",
    projectsMax: "",
    parallelMax: "",
    retentionDays: "",
    artifactBytesMax: "",
  };
  const wrong = await send(root, tenant, { ...limits, retentionDays: "3" });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /name="retentionDays"|30/);
  assert.equal((await send(root, tenant, limits)).headers.get("location"), "/tenants?saved");
  assert.match((await send(alice, `${organization()}/plan`)).text, /Members[\s\S]*>9</);
});

test("an invitation gives roles in projects, keeps what was chosen when it is refused, and is found by its address", async () => {
  const [alice, bob] = [await as("alice"), site.t.world.as.bob];
  const { project } = site.t.world;
  const path = `${organization()}/invitations`;
  const page = await send(alice, path);
  assert.match(page.text, new RegExp(`name="projectId" value="${project.id}"`));
  const grant = { projectId: project.id, projectRole: "developer", role: "viewer" };
  const refused = await send(alice, path, { email: "nonsense", ...grant });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /<option value="developer" selected/);
  const email = `${project.id}@example.com`;
  assert.equal((await send(alice, path, { email, ...grant })).status, 200);
  const listed = await send(alice, `${path}?search=${project.id}`);
  assert.match(listed.text, /viewer<span class="dim"> and in 1 projects?</);
  const { items } = await listInvitations(site.t.world.as.alice, site.t.world.a.id, {
    limit: 10,
    search: email,
  });
  assert.deepEqual(
    items.map((invitation) => invitation.projectRoles),
    [[{ projectId: project.id, role: "developer" }]],
  );
  assert.match(
    (await send(alice, `${path}?search=nobody-like-this`)).text,
    /Nobody with an address like this/,
  );
  await assert.rejects(listInvitations(bob, site.t.world.a.id, { limit: 10, search: email }), {
    code: "forbidden",
  });
});

test("members are found by their names", async () => {
  const found = await send(await as("alice"), `${organization()}/members?search=dora`);
  assert.match(found.text, /Dora/);
  assert.doesNotMatch(found.text, /Bob/);
  const none = await send(await as("alice"), `${organization()}/members?search=${encodeURIComponent("<b>")}`);
  assert.match(none.text, /Nobody found/);
  assert.match(none.text, /value="&lt;b&gt;"/);
});
