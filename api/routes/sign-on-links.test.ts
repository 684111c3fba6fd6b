import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { assertProblem } from "../testing/common.ts";
import { cookieOf, type SignOnWorld, startSignOnWorld } from "../testing/sign-on-world.ts";

let world: SignOnWorld;
before(async () => {
  world = await startSignOnWorld();
});
after(() => world?.close());

describe("linking an account at the provider", () => {
  it("is begun by a page of the session alone, and finished by the same session", async () => {
    const user = await world.account();
    const { browser, query } = await world.signedIn(user.cookie, "link");
    const who = world.person({ email: "somebody@else.example", email_verified: false });
    for (const forged of ["?purpose=link", "?purpose=link&ask=x.y", query.replace("link", "confirm")]) {
      assert.match(await browser.toCallback(who.subject, forged), /fault=expired/, forged);
    }
    const other = await world.signedIn((await world.account()).cookie, "link");
    assert.match(await other.browser.toCallback(who.subject, query), /fault=expired/, "another session");
    const back = await browser.toCallback(who.subject, query);
    const session = browser.cookies.get("verdict_session") ?? "";
    browser.cookies.set("verdict_session", other.browser.cookies.get("verdict_session") ?? "");
    const begun = browser.cookies.get("verdict_sign_on") ?? "";
    assert.match((await browser.follow(back)).url, /\/account\/security\?fault=expired$/);
    browser.cookies.set("verdict_session", session);
    browser.cookies.set("verdict_sign_on", begun);
    // The code was used by then.
    assert.match((await browser.follow(back)).url, /\/account\/security\?fault=not-valid$/);
    assert.equal(await world.linkedTo(user.id), 0);
  });

  it("opens the account from then on, is told by mail, and is undone", async () => {
    const user = await world.account();
    const { browser, query } = await world.signedIn(user.cookie, "link");
    const who = world.person({ email: "somebody@else.example", email_verified: false });
    assert.equal(await browser.signOn(who.subject, query), "/account/security?done=linked");
    const other = world.newBrowser();
    assert.equal(await other.signOn(who.subject), "/");
    assert.equal((await world.me(other))?.email, user.email);
    const headers = { cookie: user.cookie, "sec-fetch-site": "same-origin" };
    const { body } = await world.t.call(null, "GET", "/auth/oidc/links", undefined, { headers });
    const [link] = body.items as { id: string; email: string; isUsable: boolean }[];
    assert.deepEqual([link?.email, link?.isUsable], ["somebody@else.example", true]);
    await world.t.deps.db
      .sql`update session set confirmed_at = now() - interval '1 hour' where user_id = ${user.id}`;
    const unlink = () => world.t.call(null, "DELETE", `/auth/oidc/links/${link?.id}`, undefined, { headers });
    assertProblem(await unlink(), 403, "confirmation-required");
    await world.t.deps.db.sql`update session set confirmed_at = now() where user_id = ${user.id}`;
    assert.equal((await unlink()).status, 204);
    assert.equal(await world.me(other), null, "other sign-ins have ended");
    assert.equal(await world.newBrowser().signOn(who.subject), "/sign-in?fault=address-unverified");
    const mails = await world.t.deps.db.sql`select template from mail where recipient = ${user.email}`;
    assert.deepEqual(
      mails.map(({ template }) => template),
      ["sign-on-changed", "sign-on-changed"],
    );
    assert.deepEqual(
      (await world.actions(user.id)).filter((action) => action.startsWith("sign-on")),
      ["sign-on.link", "sign-on.unlink"],
    );
    assertProblem(await unlink(), 404, "not-found");
  });

  it("needs a proof of a moment ago, an account there that opens no other, and one of a provider is enough", async () => {
    const user = await world.account();
    await world.t.deps.db
      .sql`update session set confirmed_at = now() - interval '1 hour' where user_id = ${user.id}`;
    const first = await world.signedIn(user.cookie, "link");
    const who = world.person();
    assert.equal(
      await first.browser.signOn(who.subject, first.query),
      "/account/security?fault=confirmation-required",
    );
    await world.t.deps.db.sql`update session set confirmed_at = now() where user_id = ${user.id}`;
    const { subject } = await world.joined();
    const second = await world.signedIn(user.cookie, "link");
    assert.equal(await second.browser.signOn(subject, second.query), "/account/security?fault=other-account");
    const third = await world.signedIn(user.cookie, "link");
    assert.equal(await third.browser.signOn(who.subject, third.query), "/account/security?done=linked");
    const fourth = await world.signedIn(user.cookie, "link");
    assert.equal(
      await fourth.browser.signOn(world.person().subject, fourth.query),
      "/account/security?fault=linked-already",
    );
    assert.equal(await world.linkedTo(user.id), 1);
  });

  it("is not undone where nothing else opens the account", async () => {
    const { browser, subject } = await world.joined();
    const cookie = cookieOf(browser);
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    const listed = await world.t.call(null, "GET", "/auth/oidc/links", undefined, { headers });
    const path = `/auth/oidc/links/${(listed.body.items as { id: string }[])[0]?.id}`;
    assertProblem(
      await world.t.call(null, "DELETE", path, undefined, { headers }),
      403,
      "confirmation-required",
    );
    // Who has no password shows at the provider, anew, who they are.
    const again = await world.signedIn(cookie, "confirm");
    assert.equal(await again.browser.signOn(subject, again.query), "/account/tokens");
    const refused = await world.t.call(null, "DELETE", path, undefined, { headers });
    assertProblem(refused, 409, "conflict");
    assert.match(refused.text, /set a password first/);
    assert.ok(await world.me(browser));
    const stranger = await world.signedIn(cookie, "confirm");
    assert.equal(
      await stranger.browser.signOn(world.person().subject, stranger.query),
      "/account/confirm?fault=other-account&next=%2Faccount%2Ftokens",
    );
  });
});
