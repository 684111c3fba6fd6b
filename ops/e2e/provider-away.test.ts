import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort } from "../embedded-postgres.ts";
import { startSystem, type TestSystem } from "../testing/system.ts";

let system: TestSystem;
before(async () => {
  // Nobody listens there.
  const issuer = `http://127.0.0.1:${await freePort()}`;
  system = await startSystem({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: "verdict", OIDC_NAME: "Example Login" });
});
after(() => system?.stop());

test("with an OpenID provider that is away the API starts, is ready, and signs people in with their passwords", async () => {
  const { status, body } = await system.call("GET", "/users/me");
  assert.deepEqual([status, (body as { email: string }).email], [200, system.email]);
  assert.equal((await fetch(`${system.origin}/health/ready`)).status, 200);
  const page = await (await fetch(`${system.origin}/sign-in`)).text();
  const [, href = ""] = /href="([^"]+)"[^>]*><span>Sign in with <bdi>Example Login</.exec(page) ?? [];
  assert.ok(href.startsWith(`${system.origin}/api/v1/auth/oidc/start`), page);
  const answer = await fetch(href, { redirect: "manual" });
  assert.equal(answer.status, 303);
  assert.equal(answer.headers.get("location"), "/sign-in?fault=unavailable");
  const told = await (await fetch(`${system.origin}/sign-in?fault=unavailable`)).text();
  assert.match(told, /Example Login does not answer now\. Try again in a moment, or use your password\./);
  const metrics = await (await fetch(`${system.origin}/metrics`)).text();
  assert.match(metrics, /verdict_outside_call_seconds_count\{[^}]*dependency="sign-on"[^}]*\} [1-9]/);
});
