import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createApiToken } from "../../db/services/api-tokens.ts";
import { listAudit } from "../../db/services/audit-log.ts";
import { ctxOf, makeProject } from "../../db/testing/factories.ts";
import { createApp } from "../app.ts";
import { type Person, publicUrl, type TestApp, testApp } from "../testing/app.ts";

let t: TestApp;
before(async () => {
  t = await testApp();
});
after(() => t?.close());

const exported = (format: string, query = "") =>
  t.call("alice", "GET", `/organizations/${t.world.a.id}/audit-logs/export?format=${format}${query}`);

test("no cell of the CSV is a formula, whatever people call things", async () => {
  const hostile = ['=HYPERLINK("http://evil.test")', "+1", "-1", "@SUM(A1)", "\t=1"];
  for (const userAgent of hostile) {
    await makeProject({ ...t.world.as.alice, userAgent }, t.world.a.id);
  }
  const answer = await exported("csv", "&entity=project");
  assert.equal(answer.headers.get("content-type"), "text/csv; charset=utf-8");
  assert.match(answer.headers.get("content-disposition") ?? "", /^attachment; filename="audit-.*\.csv"$/);
  const lines = answer.text.trimEnd().split("\r\n");
  assert.match(lines[0] ?? "", /^at,actor,actorId,action,/);
  assert.equal(lines.length, 1 + hostile.length + 1);
  for (const userAgent of hostile) {
    const cell = `'${userAgent}`.replaceAll('"', '""');
    assert.ok(answer.text.includes(`,${cell},`) || answer.text.includes(`,"${cell}",`), userAgent);
  }
  assert.doesNotMatch(answer.text, /(?:^|,)"?[=+\-@\t]/m);
});

test("the JSON is a list of what the endpoint of the list answers, also when there is nothing", async () => {
  const answer = await exported("json", "&entity=project");
  const { body } = await t.call(
    "alice",
    "GET",
    `/organizations/${t.world.a.id}/audit-logs?entity=project&limit=200`,
  );
  assert.deepEqual(JSON.parse(answer.text), body.items);
  assert.deepEqual(JSON.parse((await exported("json", "&entity=nothing")).text), []);
});

test("who may not read it is told so instead of being given a file", async () => {
  const path = `/organizations/${t.world.a.id}/audit-logs/export?format=csv`;
  assert.equal((await t.call("bob", "GET", path)).status, 403);
  assert.equal((await t.call("charlie", "GET", path)).status, 404);
});

test("the audit of the installation is exported by those who run it, and by nobody else", async () => {
  const about = "/audit-logs/export?format=";
  await t.call("root", "PATCH", `/users/${t.people.pat.id}`, { disabled: true });
  await t.call("root", "PATCH", `/users/${t.people.pat.id}`, { disabled: false });
  const csv = await t.call("root", "GET", `${about}csv&entity=user`);
  assert.equal(csv.status, 200);
  assert.match(csv.headers.get("content-disposition") ?? "", /^attachment; filename="audit-.*\.csv"$/);
  assert.equal(csv.text.trimEnd().split("\r\n").length, 3);
  const json = JSON.parse((await t.call("root", "GET", `${about}json&entity=user`)).text);
  const { body } = await t.call("root", "GET", "/audit-logs?entity=user&limit=200");
  assert.deepEqual(json, body.items);
  const exports = await t.call("root", "GET", "/audit-logs?action=audit.export");
  assert.equal((exports.body.items as unknown[]).length, 2);
  assert.equal((await t.call("alice", "GET", `${about}json`)).status, 403);
});

test("it is filtered by the account, exactly", async () => {
  const path = `/organizations/${t.world.a.id}/audit-logs?actorId=`;
  const { body } = await t.call("alice", "GET", `${path}${t.people.alice.id}`);
  const items = body.items as { actorId: string }[];
  assert.ok(items.length > 0 && items.every(({ actorId }) => actorId === t.people.alice.id));
  assert.deepEqual((await t.call("alice", "GET", `${path}${t.people.charlie.id}`)).body.items, []);
  assert.equal((await t.call("alice", "GET", `${path}alice`)).status, 422);
});

type Refused = {
  id: string;
  actorId: string;
  entity: string;
  entityId: string | null;
  after: { permission: string; reason: string };
};

/** What is written down of refusals: in Alice's organization, or in the installation. */
async function refusals(organizationId: string | null, who: Person): Promise<Refused[]> {
  const reader = await ctxOf(t.deps.db, t.people[organizationId ? "alice" : "root"]);
  const query = { limit: 100, action: "access.refused", actorId: t.people[who].id };
  return (await listAudit(reader, organizationId, query)).items as Refused[];
}

test("what somebody is refused is written down once a minute for each permission and place, however often they try", async () => {
  let now = Date.now();
  const deps = { ...t.deps, now: () => new Date(now) };
  // Two instances: neither knows what the other has written.
  const instances = [createApp(deps), createApp(deps)];
  const authorization = await t.bearer("dora");
  const project = `/projects/${t.world.project.id}`;
  const probe = async (method: string, path: string) => {
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify({ name: "mine" });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        instances[n % 2]?.request(`${publicUrl}/api/v1${path}`, { method, headers, body }),
      ),
    );
    for (const answer of answers) assert.equal(answer?.status, 403, await answer?.text());
  };
  await probe("PATCH", project);
  await probe("PATCH", `/organizations/${t.world.a.id}`);
  const first = await refusals(t.world.a.id, "dora");
  assert.deepEqual(first.map(({ entity, entityId, after }) => [entity, entityId, after.permission]).sort(), [
    ["organization", t.world.a.id, "organization.update"],
    ["project", t.world.project.id, "project.update"],
  ]);
  assert.match(first[0]?.after.reason ?? "", /your role "viewer" does not include the permission/);
  now += 60_000;
  await probe("PATCH", project);
  assert.equal((await refusals(t.world.a.id, "dora")).length, 3);
});

test("of the installation, of a token with too little scope, and of a foreign page it is written down as well", async () => {
  assert.equal((await t.call("bob", "GET", "/users")).status, 403);
  const origin = await t.app.request(`${publicUrl}/api/v1/projects/${t.world.project.id}`, {
    method: "PATCH",
    headers: {
      cookie: await t.cookie("bob"),
      origin: "https://evil.test",
      "content-type": "application/json",
    },
    body: "{}",
  });
  assert.equal(origin.status, 403);
  assert.deepEqual(
    (await refusals(null, "bob")).map(({ entity, after }) => [entity, after.permission]).sort(),
    [
      ["installation", "PATCH /api/v1/projects/:id"],
      ["installation", "users.manage"],
    ],
  );
  const session = await t.deps.sessions.validate(await t.cookie("pat"));
  const signIn = { kind: "session", id: session?.sessionId ?? "" } as const;
  const pat = await ctxOf(t.deps.db, t.people.pat, { signIn, keys: t.deps.keys });
  const common = { name: "reads", expiresInDays: 1, organizationId: null };
  const { token } = await createApiToken(pat, { ...common, scopes: ["read"] });
  const headers = { authorization: `Bearer ${token}` };
  const answer = await t.call(null, "POST", "/test-cases", caseOf("Not made"), { headers });
  assert.equal(answer.status, 403);
  const [entry] = await refusals(t.world.a.id, "pat");
  assert.deepEqual([entry?.entity, entry?.after.permission], ["project", "testCase.write"]);
  assert.match(entry?.after.reason ?? "", /lacks the scope "write"/);
});

test("what is not found, not signed in or simply wrong is no refusal", async () => {
  const count = async () =>
    (await refusals(null, "charlie")).length + (await refusals(t.world.a.id, "charlie")).length;
  assert.equal((await t.call("charlie", "GET", `/projects/${t.world.project.id}`)).status, 404);
  assert.equal((await t.call("charlie", "POST", "/projects", {})).status, 422);
  assert.equal((await t.call(null, "GET", "/users/me")).status, 401);
  assert.equal(await count(), 0);
});

const caseOf = (name: string) => ({
  projectId: t.world.project.id,
  name,
  steps: [{ type: "goto", url: "/" }],
});
