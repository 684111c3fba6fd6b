import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newId } from "../../db/domain/ids.ts";
import { limits } from "../../db/domain/limits.ts";
import { createUser } from "../../db/services/accounts.ts";
import { systemCtx } from "../../db/testing/factories.ts";
import { createWeb } from "../../web/index.tsx";
import { openRateLimits } from "../limits.ts";
import { publicUrl, read, type TestApp, testApp } from "../testing/app.ts";
import { assertProblem } from "../testing/common.ts";

let t: TestApp;
const password = "correct horse battery staple";
before(async () => {
  t = await testApp();
});
after(() => t?.close());

async function newUser(of: TestApp = t): Promise<string> {
  const email = `${newId()}@example.com`;
  await createUser(systemCtx(of.deps.db), { email, name: "Erin", password, platformRole: "user" });
  return email;
}

describe("signing in", () => {
  it("gives tokens that work, and the user", async () => {
    const email = await newUser();
    const { body } = await t.call(null, "POST", "/auth/login", { email, password });
    assert.equal(body.expiresIn, 900);
    assert.equal((body.user as { email: string }).email, email);
    const me = await t.call(null, "GET", "/users/me", undefined, {
      headers: { authorization: `Bearer ${body.accessToken}` },
    });
    assert.equal(me.body.email, email);
  });

  it("says the same about a wrong password and an unknown address", async () => {
    const email = await newUser();
    const wrong = await t.call(null, "POST", "/auth/login", { email, password: "wrong password" });
    const unknown = await t.call(null, "POST", "/auth/login", { email: "nobody@example.com", password });
    assertProblem(wrong, 401, "invalid-credentials");
    assertProblem(unknown, 401, "invalid-credentials");
    assert.equal(wrong.body.detail, unknown.body.detail);
  });

  it("is refused after five tries a minute for an address and e-mail, before the password is looked at", async () => {
    const own = await testApp({
      limits: openRateLimits({ redis: null, sql: null }),
      peerAddress: (env) => String((env as { peer?: string } | undefined)?.peer ?? "192.0.2.1"),
    });
    const email = await newUser(own);
    const attempt = (written: string, given: string, peer = "192.0.2.1") =>
      own.call(null, "POST", "/auth/login", { email: written, password: given }, { env: { peer } });
    for (let i = 1; i <= limits.signInPerMinute; i++) {
      const answer = await attempt(i % 2 ? email : email.toUpperCase(), "wrong password");
      assertProblem(answer, 401, "invalid-credentials");
      assert.equal(answer.headers.get("ratelimit-remaining"), String(limits.signInPerMinute - i));
    }
    const over = await attempt(email, password);
    assertProblem(over, 429, "rate-limited");
    assert.ok(Number(over.headers.get("retry-after")) > 0);
    assert.equal(over.headers.get("ratelimit-limit"), "5");
    assert.equal((await attempt(email, password, "192.0.2.2")).status, 200);
    assert.equal((await attempt(await newUser(own), password)).status, 200);
    await own.close();
  });

  it("looks at five passwords of sixty that come at once", async () => {
    const own = await testApp({ limits: openRateLimits({ redis: null, sql: null }) });
    const email = await newUser(own);
    const login = () => own.call(null, "POST", "/auth/login", { email, password: "wrong password" });
    const answers = await Promise.all(Array.from({ length: 60 }, login));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(5).fill(401), ...Array(55).fill(429)]);
    await own.close();
  });

  it("counts tries on the sign-in page together with those of the API", async () => {
    const own = await testApp({ limits: openRateLimits({ redis: null, sql: null }) });
    const { db, sessions, blobs, keys } = own.deps;
    const web = createWeb({
      db,
      sessions,
      blobs,
      keys,
      publicUrl,
      signOn: null,
      sendsMail: false,
      version: "test",
    });
    const paged = await testApp({ web, limits: own.deps.limits });
    const submit = () =>
      paged.app.request(`${publicUrl}/sign-in`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", origin: publicUrl },
        body: "email=Frank%40example.com&password=wrong",
      });
    for (let i = 0; i < 3; i++) assert.equal((await submit()).status, 401);
    for (let i = 0; i < 2; i++) {
      await paged.call(null, "POST", "/auth/login", { email: "frank@example.com", password: "wrong" });
    }
    assert.equal((await submit()).status, 429);
    await Promise.all([own.close(), paged.close()]);
  });
});

describe("refreshing", () => {
  it("gives a new pair; the old token's later use ends the family", async () => {
    const email = await newUser();
    const first = await t.call(null, "POST", "/auth/login", { email, password });
    const second = await t.call(null, "POST", "/auth/refresh", { refreshToken: first.body.refreshToken });
    assert.notEqual(second.body.refreshToken, first.body.refreshToken);
    const third = await t.call(null, "POST", "/auth/refresh", { refreshToken: second.body.refreshToken });
    assert.equal(third.status, 200);
  });

  it("is refused for what is no token, and after signing out", async () => {
    const answer = await t.call(null, "POST", "/auth/refresh", { refreshToken: "nonsense" });
    assertProblem(answer, 401, "unauthenticated");
    const email = await newUser();
    const { body } = await t.call(null, "POST", "/auth/login", { email, password });
    const { refreshToken } = body;
    assert.equal((await t.call(null, "POST", "/auth/logout", { refreshToken })).status, 204);
    assertProblem(await t.call(null, "POST", "/auth/refresh", { refreshToken }), 401, "unauthenticated");
  });
});

describe("the limit of the API", () => {
  it("lets exactly so many requests through, for each user, and tells what is left", async () => {
    const own = await testApp({ limits: openRateLimits({ redis: null, sql: null, most: { api: 10 } }) });
    for (let i = 1; i <= 10; i++) {
      const { status, headers } = await own.call("alice", "GET", "/users/me");
      assert.equal(status, 200);
      assert.equal(headers.get("ratelimit-remaining"), String(10 - i));
      assert.match(headers.get("ratelimit-policy") ?? "", /^"api";q=10;w=60$/);
    }
    const over = await own.call("alice", "GET", "/users/me");
    assertProblem(over, 429, "rate-limited");
    assert.ok(Number(over.headers.get("retry-after")) <= 60);
    const cookie = await own.cookie("alice");
    const byCookie = await own.app.request(`${publicUrl}/api/v1/users/me`, { headers: { cookie } });
    assert.equal(byCookie.status, 429);
    assert.equal((await own.call("bob", "GET", "/users/me")).status, 200);
    const health = await own.app.request(`${publicUrl}/health/live`, { headers: { cookie } });
    assert.equal(health.headers.get("ratelimit-limit"), null);
    await own.close();
  });
});

describe("a socket's ticket", () => {
  it("is a secret that ends soon", async () => {
    const { body } = await t.call("alice", "POST", "/ws-tickets");
    assert.ok(String(body.ticket).length >= 43);
    const leftMs = new Date(String(body.expiresAt)).getTime() - Date.now();
    assert.ok(leftMs > 0 && leftMs <= limits.socketTicketMs);
  });
});

it("an answer that holds a secret is never stored for an Idempotency-Key", async () => {
  const options = { headers: { "idempotency-key": newId() } };
  const first = await t.call("alice", "POST", "/ws-tickets", undefined, options);
  const second = await t.call("alice", "POST", "/ws-tickets", undefined, options);
  assert.notEqual(first.body.ticket, second.body.ticket);
  assert.equal(second.headers.get("idempotent-replayed"), null);
  const login = await read(await t.app.request(`${publicUrl}/api/v1/auth/login`, { method: "POST" }));
  assertProblem(login, 422, "invalid-input");
});
