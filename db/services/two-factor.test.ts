import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Secret, TOTP } from "otpauth";
import { composeMail } from "../domain/mail.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeUser, systemCtx, testKeys } from "../testing/factories.ts";
import { createUser } from "./accounts.ts";
import { listAudit } from "./audit-log.ts";
import type { Ctx, SignIn } from "./context.ts";
import { checkCredentials } from "./credentials.ts";
import { mailToSend } from "./mail.ts";
import { openSessions } from "./sessions.ts";
import {
  disableTwoFactor,
  enableTwoFactor,
  getTwoFactor,
  renewRecoveryCodes,
  resetTwoFactor,
  setUpTwoFactor,
  takeCode,
} from "./two-factor.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

const password = "correct horse battery staple";
const wrongCode = {
  code: "invalid-input",
  errors: [{ path: "code", message: "is wrong, or was used already" }],
};

/** Somebody who has signed in just now; the time stands still until it is moved. */
async function somebody() {
  const { db } = database;
  const email = `${crypto.randomUUID()}@example.com`;
  const { id } = await createUser(systemCtx(db), { email, name: "Toni", password, platformRole: "user" });
  const sessions = openSessions(db, { secure: false });
  const { cookie } = await sessions.create(id, { address: null, userAgent: null });
  const session = await sessions.validate(cookie.split(";")[0] ?? "");
  const signIn: SignIn = { kind: "session", id: session?.sessionId ?? "" };
  const clock = { at: Date.now() };
  const ctx: Ctx = await ctxOf(db, { id }, { signIn, keys: testKeys, now: () => new Date(clock.at) });
  return { id, email, ctx, clock };
}

function deviceOf(secret: string, clock: { at: number }) {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 });
  return (offsetMs = 0) => totp.generate({ timestamp: clock.at + offsetMs });
}

async function withCodes() {
  const person = await somebody();
  const { secret } = await setUpTwoFactor(person.ctx);
  const code = deviceOf(secret, person.clock);
  const recoveryCodes = await enableTwoFactor(person.ctx, code());
  const take = (given: string) =>
    takeCode(database.db, testKeys, person.id, given, () => new Date(person.clock.at));
  return { ...person, code, recoveryCodes, take };
}

test("codes are on when the device has shown a right one, and not before", async () => {
  const { ctx, clock, email } = await somebody();
  const { secret, otpauthUrl } = await setUpTwoFactor(ctx);
  assert.match(otpauthUrl, new RegExp(`^otpauth://totp/Verdict:${encodeURIComponent(email)}\\?.*${secret}`));
  assert.ok(await checkCredentials(database.db, { email, password }, testKeys));
  const code = deviceOf(secret, clock);
  const other = code() === "000000" ? "000001" : "000000";
  await assert.rejects(enableTwoFactor(ctx, other), wrongCode);
  assert.equal((await getTwoFactor(ctx)).enabledAt, null);
  const codes = await enableTwoFactor(ctx, code());
  assert.equal(new Set(codes).size, 10);
  for (const one of codes) assert.match(one, /^([a-z0-9]{4}-){3}[a-z0-9]{4}$/);
  assert.equal((await getTwoFactor(ctx)).recoveryCodesLeft, 10);
  await assert.rejects(setUpTwoFactor(ctx), { code: "conflict" });
});

test("a sign-in needs a code then, which works once, and neither tells of the other", async () => {
  const { db } = database;
  const { email, recoveryCodes } = await withCodes();
  const [first = ""] = recoveryCodes;
  const signIn = (given: string, code?: string) =>
    checkCredentials(db, { email, password: given, code }, testKeys);
  await assert.rejects(signIn(password), { code: "totp-required" });
  await assert.rejects(signIn("wrong password"), { code: "invalid-credentials" });
  await assert.rejects(signIn("wrong password", first), {
    message: "the e-mail address or the password is wrong",
  });
  assert.ok(await signIn(password, first.toUpperCase().replaceAll("-", " ")));
  await assert.rejects(signIn(password, first), { code: "invalid-credentials" });
});

test("a code is taken from half a minute before to half a minute after, and never again", async () => {
  const { code, clock, take } = await withCodes();
  assert.equal(await take(code()), false, "the code that turned them on");
  clock.at += 120_000;
  assert.equal(await take(code(-60_000)), false);
  assert.equal(await take(code(60_000)), false);
  assert.equal(await take(code()), true);
  assert.equal(await take(code()), false);
  assert.equal(await take(code(-30_000)), false, "one before a code that was used");
  assert.equal(await take(code(30_000)), true);
  clock.at += 90_000;
  const twins = await Promise.all([take(code()), take(code())]);
  assert.deepEqual(twins.toSorted(), [false, true]);
});

test("after ten wrong codes none is taken for a quarter of an hour, wherever it comes from", async () => {
  const { code, clock, take, recoveryCodes } = await withCodes();
  for (let i = 0; i < 10; i++) assert.equal(await take("no code"), false);
  await assert.rejects(take(recoveryCodes[0] ?? ""), { code: "rate-limited" });
  clock.at += 15 * 60_000;
  assert.equal(await take("no code"), false);
  await assert.rejects(take(code()), { code: "rate-limited" });
  clock.at += 15 * 60_000;
  assert.equal(await take(code()), true);
  assert.equal(await take("no code"), false);
});

test("turning them off, and new recovery codes, need a proof of a moment ago; old recovery codes end", async () => {
  const { ctx, clock, code, recoveryCodes, take } = await withCodes();
  const renewed = await renewRecoveryCodes(ctx);
  assert.equal(await take(recoveryCodes[0] ?? ""), false);
  assert.equal(await take(renewed[0] ?? ""), true);
  await assert.rejects(disableTwoFactor(ctx, "no code"), wrongCode);
  clock.at += 11 * 60_000;
  const stale = { code: "confirmation-required" };
  await assert.rejects(disableTwoFactor(ctx, code()), stale);
  await assert.rejects(renewRecoveryCodes(ctx), stale);
  clock.at -= 5 * 60_000;
  await disableTwoFactor(ctx, code());
  assert.deepEqual(await getTwoFactor(ctx), { enabledAt: null, recoveryCodesLeft: 0 });
});

test("neither the secret nor a recovery code is in the database in the clear, and a change is told by mail", async () => {
  const { email, ctx, recoveryCodes } = await withCodes();
  const { db } = database;
  const rows = JSON.stringify([
    await db.sql`select * from recovery_code`,
    (await db.sql`select sealed from two_factor`).map(({ sealed }) => Buffer.from(sealed).toString("latin1")),
  ]);
  for (const code of recoveryCodes) assert.ok(!rows.includes(code.replaceAll("-", "")));
  assert.equal((await db.sql`select 1 from mail where recipient = ${email}`).length, 1);
  const root = await ctxOf(db, await makeUser(db, { platformRole: "admin" }));
  const rootId = root.actor.kind === "user" ? root.actor.userId : "";
  await assert.rejects(resetTwoFactor(ctx, rootId, { reason: "because" }), { code: "forbidden" });
});

test("an administrator helps whoever has lost device and recovery codes: sign-ins end, and a mail says why", async () => {
  const { id, email, ctx } = await withCodes();
  const { db } = database;
  const sessions = openSessions(db, { secure: false });
  const lives = () => sessions.isLive(ctx.signIn?.id ?? "");
  const admin = await makeUser(db, { platformRole: "admin" });
  const { cookie } = await sessions.create(admin.id, { address: null, userAgent: null });
  const session = await sessions.validate(cookie.split(";")[0] ?? "");
  const signIn: SignIn = { kind: "session", id: session?.sessionId ?? "" };
  const root = await ctxOf(db, admin, { signIn });
  const reason = { reason: "lost on a train\nSubject: of another mail" };
  await assert.rejects(resetTwoFactor({ ...root, signIn: null }, id, reason), {
    code: "confirmation-required",
  });
  await assert.rejects(resetTwoFactor(root, crypto.randomUUID(), reason), { code: "not-found" });
  assert.equal(await lives(), true);
  await resetTwoFactor(root, id, reason);
  assert.equal(await lives(), false);
  assert.equal(await sessions.isLive(signIn.id), true);
  assert.equal(await checkCredentials(db, { email, password }, testKeys), id);
  await assert.rejects(resetTwoFactor(root, id, reason), { code: "conflict" });
  const [mail] =
    await db.sql`select id, template from mail where recipient = ${email} order by id desc limit 1`;
  assert.equal(mail?.template, "two-factor-reset");
  const made = await mailToSend(systemCtx(db), String(mail?.id));
  assert.ok(made);
  const { text } = composeMail(made.content, "https://verdict.example.com");
  assert.match(text, /"lost on a train Subject: of another mail"/);
  const { items } = await listAudit({ ...root, keys: testKeys }, null, {
    action: "two-factor.reset",
    limit: 10,
  });
  assert.deepEqual(
    items.map(({ entityId, after }) => ({ entityId, after })),
    [{ entityId: id, after: { email, ...reason } }],
  );
});
