import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Secret, TOTP } from "otpauth";
import { newId } from "../../db/domain/ids.ts";
import { createUser } from "../../db/services/accounts.ts";
import { enableTwoFactor, setUpTwoFactor } from "../../db/services/two-factor.ts";
import { ctxOf, systemCtx } from "../../db/testing/factories.ts";
import { openRateLimits } from "../limits.ts";
import { publicUrl, testApp } from "../testing/app.ts";
import { assertProblem } from "../testing/common.ts";
import { startOpenIdProvider } from "../testing/openid-provider.ts";
import {
  cookieOf,
  password,
  type SignOnWorld,
  signOnOf,
  startSignOnWorld,
} from "../testing/sign-on-world.ts";

let world: SignOnWorld;
before(async () => {
  world = await startSignOnWorld();
});
after(() => world?.close());

describe("signing in by a provider", () => {
  it("is offered where one is configured", async () => {
    const { body } = await world.t.call(null, "GET", "/auth/oidc");
    assert.deepEqual(body, { provider: { name: "Test", issuer: world.provider.issuer } });
    const without = await testApp();
    assert.deepEqual((await without.call(null, "GET", "/auth/oidc")).body, { provider: null });
    assertProblem(await without.call(null, "GET", "/auth/oidc/start"), 404, "not-found");
    assertProblem(await without.call(null, "GET", "/auth/oidc/callback?code=x"), 404, "not-found");
    await without.close();
  });

  it("makes an account for whom an invitation stands, without a password; and knows it from then on", async () => {
    const who = world.person();
    await world.invite(who.email);
    const browser = world.newBrowser();
    assert.equal(
      await browser.signOn(who.subject, "?next=/invitations/accept%3Ftoken%3Dx"),
      "/invitations/accept?token=x",
    );
    const user = await world.me(browser);
    assert.deepEqual([user?.email, user?.name], [who.email, "Nora"]);
    const [row] = await world.t.deps.db
      .sql`select id, password_hash from app_user where email = ${who.email}`;
    assert.equal(row?.password_hash, null);
    // Another name and another address there: the same account here.
    world.provider.accounts.set(who.subject, {
      email: `${newId()}@example.com`,
      email_verified: false,
      name: "N.",
    });
    const other = world.newBrowser();
    assert.equal(await other.signOn(who.subject), "/");
    assert.equal((await world.me(other))?.email, who.email);
    const { body } = await world.t.call(null, "GET", "/auth/sessions", undefined, {
      headers: { cookie: cookieOf(other) },
    });
    assert.deepEqual(
      (body.items as { method: string }[]).map(({ method }) => method),
      ["sign-on", "sign-on"],
    );
    assert.deepEqual(await world.actions(String(row?.id)), [
      "user.create",
      "sign-on.link",
      "session.create-by-sign-on",
      "session.create-by-sign-on",
    ]);
  });

  it("makes none for anybody else, unless registration is open", async () => {
    const who = world.person();
    const browser = world.newBrowser();
    assert.equal(await browser.signOn(who.subject), "/sign-in?fault=no-account");
    const { invitation } = await world.invite(who.email);
    await world.t.deps.db.sql.begin(async (sql) => {
      await sql`select set_config('app.organizations', ${`{${world.t.world.a.id}}`}, true)`;
      await sql`update invitation set expires_at = now() where id = ${invitation.id}`;
    });
    assert.equal(await browser.signOn(who.subject), "/sign-in?fault=no-account", "an old invitation is none");
    assert.equal(await world.me(browser), null);
    await world.t.call("root", "PATCH", "/settings", { registrationOpen: true });
    assert.equal(await browser.signOn(who.subject), "/");
    await world.t.call("root", "PATCH", "/settings", { registrationOpen: false });
    assert.equal((await world.me(browser))?.email, who.email);
  });

  it("takes over no account by its address: neither by one that nobody has verified, nor by one that is", async () => {
    const victim = await world.account();
    const [attacker, same] = [
      world.person({ email: victim.email, email_verified: false }),
      world.person({ email: victim.email.toUpperCase() }),
    ];
    const browser = world.newBrowser();
    assert.equal(await browser.signOn(attacker.subject), "/sign-in?fault=address-unverified");
    const nobody = world.person({ email: `${newId()}@example.com`, email_verified: false });
    await world.invite(nobody.email);
    const other = world.newBrowser();
    assert.equal(
      await other.signOn(nobody.subject),
      "/sign-in?fault=address-unverified",
      "nothing tells whether the address has an account",
    );
    const third = world.newBrowser();
    assert.equal(await third.signOn(same.subject), "/sign-in/single-sign-on", "its password is asked for");
    for (const each of [browser, other, third]) assert.equal(await world.me(each), null);
    assert.equal(await world.linkedTo(victim.id), 0);
  });

  it("refuses who has come by the address of somebody who is linked, and who is disabled", async () => {
    const { subject, email } = await world.joined();
    const heir = world.person({ email });
    assert.equal(await world.newBrowser().signOn(heir.subject), "/sign-in?fault=other-account");
    await world.t.deps.db.sql`update app_user set disabled_at = now() where email = ${email}`;
    const browser = world.newBrowser();
    assert.equal(await browser.signOn(subject), "/sign-in?fault=disabled");
    assert.equal(await world.me(browser), null);
    const other = await world.account();
    await world.t.deps.db.sql`update app_user set disabled_at = now() where id = ${other.id}`;
    assert.equal(
      await world.newBrowser().signOn(world.person({ email: other.email }).subject),
      "/sign-in?fault=disabled",
    );
  });

  it("asks for the code of an account that has them on", async () => {
    const { subject, browser, email } = await world.joined();
    const cookie = cookieOf(browser);
    await world.t.deps.db.sql`update session set confirmed_at = now()`;
    const session = await world.t.deps.sessions.validate(cookie);
    const signIn = { kind: "session", id: session?.sessionId ?? "" } as const;
    const ctx = await ctxOf(
      world.t.deps.db,
      { id: session?.userId ?? "" },
      { signIn, keys: world.t.deps.keys },
    );
    const { secret } = await setUpTwoFactor(ctx);
    await enableTwoFactor(ctx, new TOTP({ secret: Secret.fromBase32(secret) }).generate());
    const again = world.newBrowser();
    assert.equal(await again.signOn(subject), "/sign-in/single-sign-on");
    assert.equal(await world.me(again), null);
    assert.equal((await world.me(browser))?.email, email);
  });

  it("is refused by the provider: nobody is in, and it is said", async () => {
    const browser = world.newBrowser();
    assert.equal(await browser.signOn("", "?next=/projects"), "/sign-in?fault=denied&next=%2Fprojects");
    assert.equal(await world.me(browser), null);
  });
});

describe("an answer of the provider", () => {
  it("works once: neither again in the same browser, nor with the cookie that it came with", async () => {
    const who = await world.joined();
    const browser = world.newBrowser();
    const back = await browser.toCallback(who.subject);
    const begun = browser.cookies.get("verdict_sign_on") ?? "";
    assert.equal((await browser.follow(back)).url, `${publicUrl}/`);
    assert.equal(browser.cookies.has("verdict_sign_on"), false);
    browser.cookies.delete("verdict_session");
    assert.equal((await browser.follow(back)).url, `${publicUrl}/sign-in?fault=expired`);
    browser.cookies.set("verdict_sign_on", begun);
    assert.equal((await browser.follow(back)).url, `${publicUrl}/sign-in?fault=not-valid`);
    assert.equal(await world.me(browser), null);
  });

  it("works in no other browser: not in one that has not begun, nor in one that has begun for itself", async () => {
    const who = await world.joined();
    const back = await world.newBrowser().toCallback(who.subject);
    const other = world.newBrowser();
    assert.equal((await other.follow(back)).url, `${publicUrl}/sign-in?fault=expired`);
    const third = world.newBrowser();
    await third.toCallback(world.person().subject);
    assert.equal((await third.follow(back)).url, `${publicUrl}/sign-in?fault=not-valid`);
    for (const each of [other, third]) assert.equal(await world.me(each), null);
  });

  it("of another issuer, or with a changed state or cookie, is refused", async () => {
    const who = await world.joined();
    for (const change of [{ iss: "https://evil.example" }, { state: "another" }, { iss: null }]) {
      const browser = world.newBrowser();
      const url = new URL(await browser.toCallback(who.subject));
      for (const [name, value] of Object.entries(change)) {
        if (value === null) url.searchParams.delete(name);
        else url.searchParams.set(name, value);
      }
      assert.equal((await browser.follow(url.href)).url, `${publicUrl}/sign-in?fault=not-valid`);
    }
    const browser = world.newBrowser();
    const back = await browser.toCallback(who.subject);
    const sealed = browser.cookies.get("verdict_sign_on") ?? "";
    browser.cookies.set("verdict_sign_on", `${sealed.slice(0, -4)}AAAA`);
    assert.equal((await browser.follow(back)).url, `${publicUrl}/sign-in?fault=expired`);
    assert.equal(await world.me(browser), null);
  });

  it("leads to a page of ours, whatever was asked for, and leaves neither code nor state in a log line", async () => {
    const who = await world.joined();
    for (const next of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "javascript:alert(1)",
      "/sign-out",
    ]) {
      const browser = world.newBrowser();
      assert.equal(await browser.signOn(who.subject, `?next=${encodeURIComponent(next)}`), "/", next);
    }
    const browser = world.newBrowser();
    const back = await browser.toCallback(who.subject, "?next=/projects%3Fq%3Dx");
    assert.equal((await browser.follow(back)).url, `${publicUrl}/projects?q=x`);
    const written = JSON.stringify(world.t.lines);
    for (const name of ["code", "state"]) {
      const value = new URL(back).searchParams.get(name) ?? "";
      assert.ok(value.length > 10 && !written.includes(value), name);
    }
  });

  it("is kept in a cookie that no script reads and that ends soon", async () => {
    const answer = await world.t.call(null, "GET", "/auth/oidc/start");
    const line = answer.headers.getSetCookie().find((cookie) => cookie.startsWith("verdict_sign_on=")) ?? "";
    for (const wanted of [/HttpOnly/, /SameSite=Lax/, /Path=\//, /Max-Age=600/]) assert.match(line, wanted);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const url = new URL(answer.headers.get("location") ?? "");
    assert.ok(!line.includes(url.searchParams.get("state") ?? ""), "it is sealed");
    const secure = await testApp({ signOn: signOnOf(world.provider), publicUrl: "https://verdict.test" });
    const over = await secure.call(null, "GET", "/auth/oidc/start");
    assert.match(over.headers.getSetCookie().join(), /__Host-verdict_sign_on=[^;]+;.*Secure/);
    await secure.close();
  });

  it("is limited for one address of the network", async () => {
    const limits = openRateLimits({ redis: null, sql: null, most: { "sign-on": 2 } });
    const own = await testApp({ signOn: signOnOf(world.provider), limits });
    const where = async () => (await own.call(null, "GET", "/auth/oidc/start")).headers.get("location") ?? "";
    for (let i = 0; i < 2; i++) assert.ok((await where()).startsWith(world.provider.issuer));
    assert.equal(await where(), "/sign-in?fault=too-many");
    await own.close();
  });
});

describe("a provider that is away", () => {
  it("hinders nobody who has a password", async () => {
    const gone = await startOpenIdProvider(publicUrl);
    const own = await testApp({ signOn: signOnOf(gone) });
    await gone.close();
    const answer = await own.call(null, "GET", "/auth/oidc/start?next=/projects");
    assert.equal(answer.headers.get("location"), "/sign-in?fault=unavailable&next=%2Fprojects");
    const email = `${newId()}@example.com`;
    await createUser(systemCtx(own.deps.db), { email, name: "Erin", password, platformRole: "user" });
    assert.equal((await own.call(null, "POST", "/auth/login", { email, password })).status, 200);
    await own.close();
  });
});
