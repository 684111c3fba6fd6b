import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eq, isNull } from "drizzle-orm";
import { newId } from "../domain/ids.ts";
import { composeMail } from "../domain/mail.ts";
import type { Identity } from "../domain/sign-on.ts";
import { invitations, users } from "../schema/identity.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, handed, makeUser, makeWorld, systemCtx, testKeys, type World } from "../testing/factories.ts";
import { joinByInvitation } from "./accept-invitation.ts";
import { type Door, forgotPassword, resetPassword } from "./account-links.ts";
import { createUser } from "./accounts.ts";
import type { Ctx, SignIn } from "./context.ts";
import { createInvitation } from "./invitations.ts";
import { mailToSend } from "./mail.ts";
import { changeSettings } from "./platform-settings.ts";
import { openSessions } from "./sessions.ts";
import { arrive } from "./sign-on.ts";
import { confirmBySignOn, getWaysIn, linkAtDoor, linkSignOn, unlinkSignOn } from "./sign-on-links.ts";
import { isAskOf, openFlow, openHalfway, sealAsk, sealSignOn } from "./sign-on-state.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database?.drop());

const issuer = "https://login.example.com";
const password = "correct horse battery staple";

function door(): Door {
  const nobody = { address: "192.0.2.1", userAgent: "test", requestId: null };
  return { db: database.db, keys: testKeys, now: () => new Date(), ...nobody };
}

function identityOf(over: Partial<Identity> = {}): Identity {
  const subject = newId();
  const email = `${subject}@example.com`;
  return { issuer, subject, email, emailVerified: true, authenticatedAt: null, ...over };
}

const invite = async (email: string | null) =>
  createInvitation(world.as.alice, world.a.id, { email: email ?? "", role: "member", projectRoles: [] });

/** Somebody with a session that has just shown a password. */
async function signedIn(user: { id: string }): Promise<Ctx> {
  const sessions = openSessions(database.db, { secure: false });
  const { cookie } = await sessions.create(user.id, { address: null, userAgent: null });
  const session = await sessions.validate(cookie.split(";")[0] ?? "");
  const signIn: SignIn = { kind: "session", id: session?.sessionId ?? "" };
  return ctxOf(database.db, user, { signIn, keys: testKeys });
}

async function newUser(email = `${newId()}@example.com`) {
  return createUser(systemCtx(database.db), { email, name: "Erin", password, platformRole: "user" });
}

test("of two browsers that bring the same new person at once both are in, in one account", async () => {
  const identity = identityOf();
  await invite(identity.email);
  const both = await Promise.all([arrive(door(), identity, "Nora"), arrive(door(), identity, "Nora")]);
  assert.deepEqual(
    both.map(({ state }) => state),
    ["in", "in"],
  );
  const ids = new Set(both.map((arrival) => arrival.state === "in" && arrival.userId));
  assert.equal(ids.size, 1);
});

test("the same subject at another issuer is somebody else", async () => {
  const identity = identityOf();
  await invite(identity.email);
  assert.equal((await arrive(door(), identity, null)).state, "in");
  const other = { ...identity, issuer: "https://evil.example" };
  assert.deepEqual(await arrive(door(), other, null), { state: "password" });
  assert.deepEqual(await arrive(door(), { ...other, email: null }, null), {
    state: "refused",
    fault: "address-unverified",
  });
});

test("whoever was given somebody's address with a password of their own does not get that person's sign-on", async () => {
  const identity = identityOf();
  const { token } = handed(await invite(identity.email));
  // A link that is handed on proves no address: somebody else has opened it.
  await joinByInvitation(systemCtx(database.db), token, { name: "Mallory", password });
  assert.deepEqual(await arrive(door(), identity, "Nora"), { state: "password" });
});

test("an address that is none makes no account, and a name is one line", async () => {
  await changeSettings(systemCtx(database.db), { registrationOpen: true });
  try {
    const odd = await arrive(door(), identityOf({ email: "no address" }), null);
    assert.deepEqual(odd, { state: "refused", fault: "address-unverified" });
    const identity = identityOf({ email: `${newId()}@EXAMPLE.com` });
    const arrival = await arrive(door(), identity, ` Nora\u2028\u0000\nWest ${"x".repeat(300)}`);
    assert.equal(arrival.state, "in");
    const email = identity.email?.toLowerCase() ?? "";
    const [user] = await database.db.orm.select().from(users).where(eq(users.email, email));
    assert.match(user?.name ?? "", /^Nora West x+$/);
    assert.equal(user?.name.length, 200);
    const nameless = identityOf();
    await arrive(door(), nameless, "\n");
    const [second] = await database.db.orm
      .select()
      .from(users)
      .where(eq(users.email, nameless.email ?? ""));
    assert.equal(second?.name, nameless.subject);
  } finally {
    await changeSettings(systemCtx(database.db), { registrationOpen: false });
  }
});

test("whoever comes with an address sees no invitation but those for it", async () => {
  const [mine, other] = [identityOf(), identityOf()];
  await invite(mine.email);
  await invite(other.email);
  const seen = await database.db.sql.begin(async (sql) => {
    await sql`select set_config('app.invited', ${mine.email}, true)`;
    return sql`select email from invitation`;
  });
  assert.deepEqual(
    seen.map(({ email }) => email),
    [mine.email],
  );
  const none = await database.db.orm.select().from(invitations).where(isNull(invitations.acceptedAt));
  assert.deepEqual(none, []);
});

test("a password that is set by a link unlinks every sign-on", async () => {
  const user = await newUser();
  await linkAtDoor(door(), user.id, identityOf());
  assert.equal((await getWaysIn(await signedIn(user), issuer)).signOns.length, 1);
  await forgotPassword(door(), user);
  const [mail] = await database.db
    .sql`select id from mail where recipient = ${user.email} and template = 'link'`;
  const made = await mailToSend(systemCtx(database.db), String(mail?.id));
  assert.ok(made && "token" in made.content);
  await resetPassword(door(), made.content.token, "another good password");
  assert.deepEqual((await getWaysIn(await signedIn(user), issuer)).signOns, []);
});

test("whose account is linked or unlinked is told, with what it was and from where", async () => {
  const user = await newUser();
  await linkAtDoor(door(), user.id, identityOf({ email: "else@example.org\nBcc: x" }));
  const ctx = await signedIn(user);
  await unlinkSignOn(ctx, (await getWaysIn(ctx, issuer)).signOns[0]?.id ?? "", issuer);
  const mails = await database.db.sql`select id from mail where recipient = ${user.email} order by id`;
  const texts = await Promise.all(
    mails.map(async ({ id }) => {
      const made = await mailToSend(systemCtx(database.db), String(id));
      assert.ok(made);
      return composeMail(made.content, "https://verdict.example.com");
    }),
  );
  assert.deepEqual(
    texts.map(({ subject }) => subject),
    ["Single sign-on opens your account", "A single sign-on was unlinked"],
  );
  const [linked, unlinked] = texts.map(({ text }) => text);
  assert.match(
    linked ?? "",
    /^An account at https:\/\/login\.example\.com \(else@example\.org Bcc: x\) was linked to .* from 192\.0\.2\.1, and signs you in/,
  );
  assert.match(unlinked ?? "", /was unlinked from your account at https:\/\/verdict\.example\.com/);
});

test("of two that take the last ways but one at the same time, one is refused", async () => {
  const user = await makeUser(database.db);
  const ctx = await signedIn(user);
  await linkSignOn(ctx, identityOf());
  await linkSignOn(ctx, identityOf({ issuer: "https://old.example" }));
  const { signOns, hasPassword } = await getWaysIn(ctx, issuer);
  assert.equal(hasPassword, false);
  assert.deepEqual(
    signOns.map(({ isUsable }) => isUsable),
    [true, false],
  );
  const [current, old] = signOns.map(({ id }) => id);
  await assert.rejects(unlinkSignOn(ctx, current ?? "", issuer), { code: "conflict" });
  const results = await Promise.allSettled([
    unlinkSignOn(ctx, old ?? "", issuer),
    unlinkSignOn(ctx, current ?? "", issuer),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
  assert.deepEqual(
    (await getWaysIn(ctx, issuer)).signOns.map(({ id }) => id),
    [current],
  );
  await assert.rejects(unlinkSignOn(await signedIn(await newUser()), current ?? "", issuer), {
    code: "not-found",
  });
});

test("a proof at the provider counts from when it was made, and not when it was long ago or is not told", async () => {
  const user = await makeUser(database.db);
  const ctx = await signedIn(user);
  const identity = identityOf();
  await linkSignOn(ctx, identity);
  await database.db.sql`update session set confirmed_at = 'epoch' where user_id = ${user.id}`;
  const ago = (ms: number) => ({ ...identity, authenticatedAt: new Date(Date.now() - ms).toISOString() });
  await assert.rejects(confirmBySignOn(ctx, identity), { code: "confirmation-required" });
  await assert.rejects(confirmBySignOn(ctx, ago(3_600_000)), { code: "confirmation-required" });
  await assert.rejects(confirmBySignOn(ctx, { ...ago(0), subject: "another" }), { code: "not-found" });
  await confirmBySignOn(ctx, ago(60_000));
  const [row] = await database.db.sql`select confirmed_at from session where user_id = ${user.id}`;
  assert.ok(Math.abs(Number(row?.confirmed_at) - (Date.now() - 60_000)) < 30_000);
});

test("what a browser keeps is sealed, ends, and is good for one thing", () => {
  const now = new Date();
  const later = (ms: number) => new Date(now.getTime() + ms);
  const checks = { state: "s", nonce: "n", verifier: "v", next: "/", sessionId: null };
  const sealed = sealSignOn(testKeys, { step: "away", purpose: "sign-in", ...checks }, now);
  assert.equal(openFlow(testKeys, sealed, later(9 * 60_000))?.verifier, "v");
  assert.equal(openFlow(testKeys, sealed, later(11 * 60_000)), null);
  assert.equal(openHalfway(testKeys, sealed, now), null);
  for (const odd of [undefined, "", "x", "a.b", `${sealed}xxxx`, sealed.slice(0, 40)]) {
    assert.equal(openFlow(testKeys, odd, now), null, odd);
  }
  const ask = sealAsk(testKeys, "link", "one");
  assert.equal(isAskOf(testKeys, ask, "link", "one"), true);
  assert.equal(isAskOf(testKeys, ask, "confirm", "one"), false);
  assert.equal(isAskOf(testKeys, ask, "link", "two"), false);
  assert.equal(isAskOf(testKeys, sealed, "link", "one"), false);
  assert.equal(openFlow(testKeys, ask, now), null);
});
