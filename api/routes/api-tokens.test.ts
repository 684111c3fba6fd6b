import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Secret, TOTP } from "otpauth";
import { newId } from "../../db/domain/ids.ts";
import { type Permission, platformPermissions, scopeOf } from "../../db/domain/permissions.ts";
import { createUser } from "../../db/services/accounts.ts";
import { systemCtx } from "../../db/testing/factories.ts";
import { type Person, type TestApp, testApp } from "../testing/app.ts";
import { assertProblem } from "../testing/common.ts";
import { makeFixture } from "../testing/fixture.ts";
import { matrixCases } from "../testing/matrix-cases.ts";

let t: TestApp;
before(async () => {
  t = await testApp();
});
after(() => t?.close());

type Wanted = { scopes?: string[]; organizationId?: string; expiresInDays?: number };

async function newToken(who: Person, wanted: Wanted = {}) {
  const { body } = await t.call(who, "POST", "/auth/tokens", { name: newId(), ...wanted });
  const token = String(body.token);
  const headers = { authorization: `Bearer ${token}` };
  const call = (method: string, path: string, sent?: unknown) =>
    t.call(null, method, path, sent, { headers });
  return { id: String(body.id), token, call };
}

describe("an API token", () => {
  it("is shown once and kept as a hash, opens what its person may see, and says when it was used", async () => {
    const { id, token, call } = await newToken("alice");
    assert.match(token, /^vdt_[\w-]{43}$/);
    const list = async () => {
      const { body, text } = await t.call("alice", "GET", "/auth/tokens");
      assert.ok(!text.includes(token));
      return (body.items as { id: string; lastUsedAt: string | null }[]).find((item) => item.id === id);
    };
    assert.equal((await list())?.lastUsedAt, null);
    assert.equal((await call("GET", `/projects/${t.world.project.id}`)).status, 200);
    assert.equal((await call("GET", `/projects/${t.world.foreign.id}`)).status, 404);
    assert.ok((await list())?.lastUsedAt);
    assert.ok(!JSON.stringify(await t.deps.db.sql`select * from api_token`).includes(token));
    const audits = await t.deps.db.sql.begin(async (tx) => {
      await tx`select set_config('app.organizations', ${`{${t.world.a.id}}`}, true)`;
      return tx`select after from audit where action = 'api-token.create'`;
    });
    assert.ok(audits.length > 0 && !JSON.stringify(audits).includes(token));
  });

  it("without a scope is refused what needs it, of every endpoint, though its person may", async () => {
    const reader = await newToken("alice", { scopes: ["read"] });
    const cases = matrixCases(t, await makeFixture(t));
    let refused = 0;
    for (const spec of t.endpoints) {
      const known = cases[spec.id];
      const needs = known?.needs ?? null;
      if (!known || needs === null || Object.hasOwn(platformPermissions, needs)) continue;
      if (scopeOf(needs as Permission) === "read") continue;
      const path = await known.path("alice");
      const answer = await reader.call(spec.method.toUpperCase(), path, await known.body?.("alice"));
      assertProblem(answer, 403, "forbidden");
      assert.match(String(answer.body.detail), /lacks the scope/, spec.id);
      refused++;
    }
    assert.ok(refused > 25, `only ${refused} endpoints change something`);
  });

  it("with a scope does what it is for and no more", async () => {
    const { call } = await newToken("alice", { scopes: ["run"] });
    const project = { projectId: t.world.project.id };
    const testCase = { ...project, name: newId(), steps: [{ type: "goto", url: "/" }] };
    assertProblem(await call("POST", "/test-cases", testCase), 403, "forbidden");
    const writer = await newToken("alice", { scopes: ["write"] });
    const made = await writer.call("POST", "/test-cases", testCase);
    assert.equal(made.status, 201);
    const run = { testCaseId: made.body.id };
    assertProblem(await writer.call("POST", "/executions", run), 403, "forbidden");
    assert.equal((await call("POST", "/executions", run)).status, 202);
    const secret = { name: "TOKEN", value: "a secret value" };
    const path = `/projects/${t.world.project.id}/secrets`;
    assertProblem(await writer.call("POST", path, secret), 403, "forbidden");
    const admin = await newToken("alice", { scopes: ["admin"] });
    const put = await admin.call("POST", path, secret);
    assert.ok(put.status === 200 || put.status === 201, put.text);
  });

  it("of an administrator of the installation is one only with the scope admin, for all organizations", async () => {
    assert.equal((await (await newToken("root", { scopes: ["admin"] })).call("GET", "/jobs")).status, 200);
    const lesser = await newToken("root", { scopes: ["write", "run"] });
    assertProblem(await lesser.call("GET", "/jobs"), 403, "forbidden");
  });

  it("for one organization knows of no other, and can't be for one of others", async () => {
    const foreign = t.world.b.id;
    const refused = await t.call("alice", "POST", "/auth/tokens", { name: "x", organizationId: foreign });
    assertProblem(refused, 404, "not-found");
    const second = await t.call("alice", "POST", "/organizations", { name: newId() });
    const { call } = await newToken("alice", { organizationId: String(second.body.id) });
    assert.equal((await call("GET", `/projects/${t.world.project.id}`)).status, 404);
    const { body } = await call("GET", "/organizations");
    assert.deepEqual(
      (body.items as { id: string }[]).map(({ id }) => id),
      [second.body.id],
    );
  });

  it("changes nothing of its person's account, and makes no other token", async () => {
    const { call } = await newToken("alice", { scopes: ["admin"] });
    for (const [method, path, sent] of [
      ["POST", "/auth/tokens", { name: "another" }],
      ["GET", "/auth/tokens", undefined],
      ["PATCH", "/users/me", { name: "Thief" }],
      ["PUT", "/users/me/password", { currentPassword: "x", newPassword: "12345678" }],
      ["POST", "/auth/confirm", { password: "x" }],
      ["POST", "/auth/2fa/setup", undefined],
      ["DELETE", "/auth/sessions", undefined],
    ] as const) {
      assertProblem(await call(method, path, sent), 403, "forbidden");
    }
    assert.equal((await call("GET", "/users/me")).status, 200);
  });

  it("ends when it is deleted, expires, or its person's account is disabled", async () => {
    const [first, second, third] = [await newToken("bob"), await newToken("bob"), await newToken("bob")];
    const foreign = await t.call("alice", "DELETE", `/auth/tokens/${first.id}`);
    assertProblem(foreign, 404, "not-found");
    assert.equal((await first.call("GET", "/users/me")).status, 200);
    assert.equal((await t.call("bob", "DELETE", `/auth/tokens/${first.id}`)).status, 204);
    assertProblem(await first.call("GET", "/users/me"), 401, "unauthenticated");
    await t.deps.db.sql`update api_token set expires_at = now() where id = ${second.id}`;
    assertProblem(await second.call("GET", "/users/me"), 401, "unauthenticated");
    await t.deps.db.sql`update app_user set disabled_at = now() where id = ${t.people.bob.id}`;
    assertProblem(await third.call("GET", "/users/me"), 401, "unauthenticated");
    await t.deps.db.sql`update app_user set disabled_at = null where id = ${t.people.bob.id}`;
  });

  it("is not made by a sign-in that has not shown a password for ten minutes", async () => {
    await t.bearer("dora");
    await t.deps.db.sql`update token_family set confirmed_at = now() - interval '11 minutes'
      where user_id = ${t.people.dora.id}`;
    const answer = await t.call("dora", "POST", "/auth/tokens", { name: "late" });
    assertProblem(answer, 403, "confirmation-required");
  });
});

it("with one-time codes on, the API asks for one and takes it", async () => {
  const password = "correct horse battery staple";
  const email = `${newId()}@example.com`;
  await createUser(systemCtx(t.deps.db), { email, name: "Erin", password, platformRole: "user" });
  const first = await t.call(null, "POST", "/auth/login", { email, password });
  const headers = { authorization: `Bearer ${first.body.accessToken}` };
  const setup = await t.call(null, "POST", "/auth/2fa/setup", undefined, { headers });
  const totp = new TOTP({ secret: Secret.fromBase32(String(setup.body.secret)), digits: 6, period: 30 });
  const enabled = await t.call(null, "POST", "/auth/2fa/enable", { code: totp.generate() }, { headers });
  const [recovery] = enabled.body.recoveryCodes as string[];
  assertProblem(await t.call(null, "POST", "/auth/login", { email, password }), 401, "totp-required");
  const wrong = await t.call(null, "POST", "/auth/login", { email, password, code: "no code" });
  assertProblem(wrong, 401, "invalid-credentials");
  const right = await t.call(null, "POST", "/auth/login", { email, password, code: recovery });
  assert.equal(right.status, 200);
});
