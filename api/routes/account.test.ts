import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newId } from "../../db/domain/ids.ts";
import { limits } from "../../db/domain/limits.ts";
import { createUser } from "../../db/services/accounts.ts";
import { mailToSend } from "../../db/services/mail.ts";
import { systemCtx } from "../../db/testing/factories.ts";
import { openRateLimits } from "../limits.ts";
import { type Answer, type TestApp, testApp } from "../testing/app.ts";
import { assertFaults, assertProblem } from "../testing/common.ts";

let t: TestApp;
const password = "correct horse battery staple";
before(async () => {
  t = await testApp();
});
after(() => t?.close());

async function newUser(): Promise<string> {
  const email = `${newId()}@example.com`;
  await createUser(systemCtx(t.deps.db), { email, name: "Erin", password, platformRole: "user" });
  return email;
}

async function signedIn(email: string, given = password) {
  const { body } = await t.call(null, "POST", "/auth/login", { email, password: given });
  const headers = { authorization: `Bearer ${body.accessToken}` };
  return {
    refreshToken: String(body.refreshToken),
    call: (method: string, path: string, sent?: unknown) => t.call(null, method, path, sent, { headers }),
  };
}

/** What a request leaves behind: how many rows of what, whoever it was for. */
async function traces(): Promise<Record<string, unknown>> {
  const [row] = await t.deps.db.sql`select
    (select count(*)::int from account_link) as links, (select count(*)::int from mail) as mails,
    (select count(*)::int from outbox where kind = 'mail') as jobs`;
  return { ...row };
}

/** The token in the newest mail to an address, as the worker would make it. */
async function mailedToken(email: string): Promise<string> {
  const [mail] = await t.deps.db.sql`select id from mail where recipient = ${email} order by id desc limit 1`;
  const made = await mailToSend(systemCtx(t.deps.db), String(mail?.id));
  assert.ok(made && "token" in made.content);
  return made.content.token;
}

describe("registering", () => {
  it("is closed until an administrator opens it", async () => {
    const registration = { email: "early@example.com", name: "Early", password };
    assertProblem(await t.call(null, "POST", "/auth/register", registration), 403, "forbidden");
    assertProblem(await t.call("alice", "PATCH", "/settings", { registrationOpen: true }), 403, "forbidden");
    const opened = await t.call("root", "PATCH", "/settings", { registrationOpen: true });
    assert.deepEqual(opened.body, { registrationOpen: true });
    assert.equal((await t.call(null, "POST", "/auth/register", registration)).status, 202);
    const [row] = await t.deps.db.sql`select value, updated_by from platform_setting`;
    assert.deepEqual({ ...row }, { value: true, updated_by: t.people.root.id });
  });

  it("makes an account once the address is confirmed, and signs nobody in before", async () => {
    await t.call("root", "PATCH", "/settings", { registrationOpen: true });
    const email = `${newId()}@example.com`;
    await t.call(null, "POST", "/auth/register", { email, name: "Nora", password });
    assertProblem(await t.call(null, "POST", "/auth/login", { email, password }), 401, "invalid-credentials");
    const token = await mailedToken(email);
    const confirmed = await t.call(null, "POST", "/auth/verify-email", { token });
    assert.equal(confirmed.body.email, email);
    assertProblem(await t.call(null, "POST", "/auth/verify-email", { token }), 422, "invalid-input");
    assert.equal((await t.call(null, "POST", "/auth/login", { email, password })).status, 200);
  });

  it("does and answers the same for an address that has an account and for one that has none", async () => {
    await t.call("root", "PATCH", "/settings", { registrationOpen: true });
    for (const path of ["/auth/register", "/auth/forgot-password"]) {
      const answers: unknown[] = [];
      for (const email of [await newUser(), `${newId()}@example.com`]) {
        const before = await traces();
        const sent = path.endsWith("register") ? { email, name: "Nora", password } : { email };
        const { status, text } = await t.call(null, "POST", path, sent);
        const after = await traces();
        const more = Object.keys(after).map((name) => Number(after[name]) - Number(before[name]));
        answers.push({ status, text, more });
      }
      assert.deepEqual(answers[0], answers[1]);
      assert.deepEqual((answers[0] as { more: number[] }).more, [1, 1, 1]);
    }
  });
});

describe("links in mails", () => {
  it("are asked for ten times a minute from one address of the network, whoever they are for", async () => {
    const own = await testApp({ limits: openRateLimits({ redis: null, sql: null }) });
    const ask = () => own.call(null, "POST", "/auth/forgot-password", { email: `${newId()}@example.com` });
    for (let i = 0; i < limits.linksPerMinute; i++) assert.equal((await ask()).status, 202);
    assertProblem(await ask(), 429, "rate-limited");
    await own.close();
  });

  it("end every sign-in when one sets a new password", async () => {
    const email = await newUser();
    const program = await signedIn(email);
    await t.call(null, "POST", "/auth/forgot-password", { email });
    const token = await mailedToken(email);
    const short = await t.call(null, "POST", "/auth/reset-password", { token, password: "short" });
    assertProblem(short, 422, "invalid-input");
    const next = "another good password";
    const reset = await t.call(null, "POST", "/auth/reset-password", { token, password: next });
    assert.equal(reset.status, 204);
    assertProblem(await program.call("GET", "/users/me"), 401, "unauthenticated");
    assertProblem(
      await t.call(null, "POST", "/auth/refresh", { refreshToken: program.refreshToken }),
      401,
      "unauthenticated",
    );
    assert.equal((await t.call(null, "POST", "/auth/login", { email, password: next })).status, 200);
    const twice = await t.call(null, "POST", "/auth/reset-password", { token, password: next });
    assertProblem(twice, 422, "invalid-input");
  });
});

describe("a password that is guessed first", () => {
  it("is refused wherever one is chosen, and uses up neither link nor invitation", async () => {
    const common = "Password123";
    const refuse = (answer: Answer, path: string) => {
      assertFaults(answer, [path]);
      assert.match(answer.text, /guessed first; take another/);
    };
    await t.call("root", "PATCH", "/settings", { registrationOpen: true });
    const newcomer = { email: `${newId()}@example.com`, name: "Nora" };
    refuse(await t.call(null, "POST", "/auth/register", { ...newcomer, password: common }), "password");
    const email = await newUser();
    const program = await signedIn(email);
    const change = { currentPassword: password, newPassword: common };
    refuse(await program.call("PUT", "/users/me/password", change), "newPassword");
    await t.call(null, "POST", "/auth/forgot-password", { email });
    const token = await mailedToken(email);
    const reset = (given: string) => t.call(null, "POST", "/auth/reset-password", { token, password: given });
    refuse(await reset(common), "password");
    assert.equal((await reset("another good password")).status, 204);
    const invitation = { email: newcomer.email, role: "member" };
    const path = `/organizations/${t.world.a.id}/invitations`;
    const invited = await t.call("alice", "POST", path, invitation);
    const opens = new URL(String(invited.body.link)).searchParams.get("token");
    const join = (given: string) =>
      t.call(null, "POST", "/invitations/join", { token: opens, name: "Nora", password: given });
    refuse(await join(common), "password");
    assert.equal((await join("another good password")).status, 201);
  });
});

describe("a sign-in", () => {
  it("is over at once when it is ended: its access token opens nothing any more", async () => {
    const email = await newUser();
    const [first, second] = [await signedIn(email), await signedIn(email)];
    const { items } = (await first.call("GET", "/auth/sessions")).body as {
      items: { id: string; isCurrent: boolean }[];
    };
    assert.equal(items.length, 2);
    const other = items.find(({ isCurrent }) => !isCurrent)?.id;
    assert.equal((await first.call("DELETE", `/auth/sessions/${other}`)).status, 204);
    assertProblem(await second.call("GET", "/users/me"), 401, "unauthenticated");
    await t.call(null, "POST", "/auth/logout", { refreshToken: first.refreshToken });
    assertProblem(await first.call("GET", "/users/me"), 401, "unauthenticated");
  });

  it("stays when its own password changes, and the others end", async () => {
    const email = await newUser();
    const [first, second] = [await signedIn(email), await signedIn(email)];
    const change = { currentPassword: password, newPassword: "another good password" };
    assert.equal((await first.call("PUT", "/users/me/password", change)).status, 204);
    assert.equal((await first.call("GET", "/users/me")).status, 200);
    assertProblem(await second.call("GET", "/users/me"), 401, "unauthenticated");
  });

  it("guesses its own password five times a minute", async () => {
    const own = await testApp({ limits: openRateLimits({ redis: null, sql: null }) });
    for (let i = 0; i < limits.signInPerMinute; i++) {
      const answer = await own.call("alice", "POST", "/auth/confirm", { password: "wrong password" });
      assertProblem(answer, 422, "invalid-input");
    }
    const over = await own.call("alice", "POST", "/auth/confirm", { password: "wrong password" });
    assertProblem(over, 429, "rate-limited");
    await own.close();
  });
});

describe("mail that was not sent", () => {
  it("is opened by administrators, which is in the audit, and can be tried again", async () => {
    const { unsentMail } = await import("../testing/account-cases.ts");
    const id = await unsentMail(t);
    const opened = await t.call("root", "GET", `/mail/${id}`);
    assert.equal(opened.body.link, "http://verdict.test/reset-password?token=a-token");
    const list = await t.call("root", "GET", "/mail?limit=1");
    assert.ok(!list.text.includes("a-token"));
    assert.equal((await t.call("root", "POST", `/mail/${id}/retry`)).status, 202);
    const [job] = await t.deps.db.sql`select payload from outbox where kind = 'mail'
      and unique_key = ${`again ${id}`}`;
    assert.deepEqual(job?.payload, { mailId: id });
  });
});
