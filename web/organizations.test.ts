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
    resultDays: "",
    artifactBytesMax: "",
  };
  const wrong = await send(root, tenant, { ...limits, retentionDays: "3" });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /name="retentionDays"|30/);
  assert.equal((await send(root, tenant, limits)).headers.get("location"), "/tenants?saved");
  assert.match((await send(alice, `${organization()}/plan`)).text, /Members[\s\S]*>9</);
});

test("an organization is renamed by those who run it; a short name that is taken or wrong is said beside the field", async () => {
  const [alice, pat] = [await as("alice"), await as("pat")];
  const settings = `${organization()}/settings`;
  const taken = await send(alice, settings, { name: "Acme", slug: site.t.world.b.slug });
  assert.equal(taken.status, 422);
  assert.match(taken.text, /id="f-slug-error"[\s\S]*is taken/);
  const wrong = await send(alice, settings, { name: " ", slug: "Not a slug" });
  assert.match(wrong.text, /id="f-name-error"[\s\S]*id="f-slug-error"[\s\S]*single hyphens/);
  assert.match(wrong.text, /value="Not a slug"/);
  const renamed = await send(alice, settings, { name: "<b>Acme</b>", slug: "acme-of-the-tests" });
  assert.equal(renamed.headers.get("location"), `${settings}?saved`);
  assert.match(
    (await send(alice, settings)).text,
    /&lt;b&gt;Acme&lt;\/b&gt;[\s\S]*value="acme-of-the-tests"/,
  );
  const seen = await send(pat, settings);
  assert.equal(seen.status, 200);
  assert.doesNotMatch(seen.text, /name="slug"|href="[^"]*\/organizations\/[^"]*\/settings"/);
  assert.equal((await send(pat, settings, { name: "Mine", slug: "mine" })).status, 403);
  assert.equal((await send(await as("charlie"), settings, { name: "Mine", slug: "mine" })).status, 404);
});

test("an administrator turns codes off for an account, with a reason and a proof of a moment ago", async () => {
  const { sql } = site.t.deps.db;
  const { pat, root } = site.t.people;
  const page = `/users/${pat.id}`;
  const admin = await as("root");
  assert.doesNotMatch((await send(admin, page)).text, /two-factor-reset/, "there is nothing to turn off");
  await sql`insert into two_factor (user_id, sealed, key_id, enabled_at) values (${pat.id}, '', 'k', now())`;
  const shown = await send(admin, page);
  assert.match(shown.text, /One-time codes[\s\S]*on since[\s\S]*action="[^"]*\/two-factor-reset"/);
  assert.equal((await send(await as("alice"), page)).status, 403);
  const reset = (cookie: string, reason: string) => send(cookie, `${page}/two-factor-reset`, { reason });
  assert.equal((await reset(await as("alice"), "because")).status, 403);
  const without = await reset(admin, "  ");
  assert.equal(without.status, 422);
  assert.match(without.text, /id="f-reason-error"[\s\S]*must not be empty/);
  await sql`update session set confirmed_at = 'epoch' where user_id = ${root.id}`;
  const asked = await reset(admin, "lost on a train");
  assert.equal(asked.headers.get("location"), `/account/confirm?next=${encodeURIComponent(page)}`);
  await sql`update session set confirmed_at = now() where user_id = ${root.id}`;
  const theirs = await as("pat");
  assert.equal((await send(theirs, "/projects")).status, 200);
  const done = await reset(admin, "lost on a train");
  assert.equal(done.headers.get("location"), `${page}?done=codes-off`);
  assert.equal((await send(theirs, "/projects")).headers.get("location"), "/sign-in?next=%2Fprojects");
  assert.match((await send(admin, `${page}?done=codes-off`)).text, /One-time codes are off; a mail tells/);
  assert.match((await send(admin, "/audit-logs?action=two-factor.reset")).text, /two-factor\.reset/);
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
