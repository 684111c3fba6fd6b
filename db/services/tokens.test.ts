import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SignJWT } from "jose";
import { newId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeUser, type TestUser } from "../testing/factories.ts";
import { deriveKey } from "./derived-keys.ts";
import { openTokens, type Tokens } from "./tokens.ts";

const secretKey = "a secret key of the tests, 32 bytes or more";
let database: TestDatabase;
let alice: TestUser;
let tokens: Tokens;
let time = Date.UTC(2030, 0, 1);
before(async () => {
  database = await testDatabase();
  alice = await makeUser(database.db);
  tokens = openTokens(database.db, secretKey, { now: () => new Date(time) });
});
after(() => database.drop());

const client = { address: "192.0.2.1", userAgent: "test" };
const ended = { code: "unauthenticated" };

test("an access token names its user for a quarter of an hour", async () => {
  const { accessToken, expiresIn } = await tokens.issue(alice.id, client);
  assert.equal(expiresIn, 900);
  assert.equal((await tokens.verify(accessToken))?.userId, alice.id);
  time += 899_000;
  assert.ok(await tokens.verify(accessToken));
  time += 1_000;
  assert.equal(await tokens.verify(accessToken), null);
});

test("no token is taken that another key, purpose, algorithm or hand has made", async () => {
  const { accessToken, refreshToken } = await tokens.issue(alice.id, client);
  const other = openTokens(database.db, `${secretKey}!`, { now: () => new Date(time) });
  assert.equal(await other.verify(accessToken), null);
  for (const token of [
    "",
    "x",
    refreshToken,
    `${accessToken}x`,
    accessToken.split(".").slice(0, 2).join("."),
  ]) {
    assert.equal(await tokens.verify(token), null, token);
  }
  const none = [
    { alg: "none", typ: "access" },
    { sub: alice.id, iss: "verdict", aud: "api" },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  assert.equal(await tokens.verify(`${none}.`), null);
  const key = deriveKey(secretKey, "access tokens");
  const sign = (typ: string, aud: string) =>
    new SignJWT({ sid: newId() })
      .setProtectedHeader({ alg: "HS256", typ })
      .setSubject(alice.id)
      .setIssuer("verdict")
      .setAudience(aud)
      .setExpirationTime(new Date(time + 60_000))
      .sign(key);
  assert.ok(await tokens.verify(await sign("access", "api")));
  assert.equal(await tokens.verify(await sign("JWT", "api")), null);
  assert.equal(await tokens.verify(await sign("access", "socket")), null);
});

test("while the key is changed, instances with either take each other's tokens and repeat each other's answers", async () => {
  const now = () => new Date(time);
  const next = `${secretKey} of the next`;
  const before = openTokens(database.db, secretKey, { now, others: [next] });
  const after = openTokens(database.db, next, { now, others: [secretKey] });
  const issued = await before.issue(alice.id, client);
  assert.equal((await after.verify(issued.accessToken))?.userId, alice.id);
  const renewed = await after.refresh(issued.refreshToken);
  assert.equal((await before.verify(renewed.accessToken))?.userId, alice.id);
  // The answer was lost, and the other instance is asked.
  const repeated = await before.refresh(issued.refreshToken);
  assert.equal(repeated.refreshToken, renewed.refreshToken);
  assert.ok((await before.refresh(renewed.refreshToken)).refreshToken);
  // Without the key of before its answers can't be repeated, and nothing else is answered in their place.
  const third = await before.issue(alice.id, client);
  await before.refresh(third.refreshToken);
  const alone = openTokens(database.db, next, { now });
  await assert.rejects(alone.refresh(third.refreshToken), ended);
  assert.equal(await alone.verify(third.accessToken), null);
});

test("a refresh token is used once and followed by another, also in the database only as a hash", async () => {
  const first = await tokens.issue(alice.id, client);
  const second = await tokens.refresh(first.refreshToken);
  assert.notEqual(second.refreshToken, first.refreshToken);
  assert.deepEqual(await tokens.verify(second.accessToken), await tokens.verify(first.accessToken));
  const stored = JSON.stringify(await database.db.sql`select * from refresh_token`);
  assert.ok(!stored.includes(first.refreshToken) && !stored.includes(second.refreshToken));
});

test("a repeat within ten seconds answers the same successor, also when both come at once", async () => {
  const { refreshToken } = await tokens.issue(alice.id, client);
  const answers = await Promise.all(Array.from({ length: 4 }, () => tokens.refresh(refreshToken)));
  time += 10_000;
  answers.push(await tokens.refresh(refreshToken));
  assert.equal(new Set(answers.map((answer) => answer.refreshToken)).size, 1);
  await tokens.refresh(answers[0]?.refreshToken ?? "");
});

test("a token that comes again later ends its whole family, and no other", async () => {
  const stolen = await tokens.issue(alice.id, client);
  const other = await tokens.issue(alice.id, client);
  const newest = await tokens.refresh(stolen.refreshToken);
  time += 10_001;
  await assert.rejects(tokens.refresh(stolen.refreshToken), ended);
  await assert.rejects(tokens.refresh(newest.refreshToken), ended);
  await assert.rejects(tokens.refresh(stolen.refreshToken), ended);
  assert.ok(await tokens.refresh(other.refreshToken));
  const told = await database.db.sql`select template from mail where recipient = ${alice.email}`;
  assert.deepEqual(
    told.map(({ template }) => template),
    ["token-reused"],
  );
});

test("a family ends seven days after the sign-in, however often it was refreshed", async () => {
  let { refreshToken } = await tokens.issue(alice.id, client);
  for (let day = 0; day < 6; day++) {
    time += limits.refreshTokenMs / 7;
    refreshToken = (await tokens.refresh(refreshToken)).refreshToken;
  }
  time += limits.refreshTokenMs / 7;
  await assert.rejects(tokens.refresh(refreshToken), ended);
});

test("signing out ends the family; unknown tokens are refused and ignored", async () => {
  const first = await tokens.issue(alice.id, client);
  const second = await tokens.refresh(first.refreshToken);
  await tokens.revoke(first.refreshToken);
  await assert.rejects(tokens.refresh(second.refreshToken), ended);
  await assert.rejects(tokens.refresh("unknown"), ended);
  await tokens.revoke("unknown");
});

test("a disabled account is not refreshed", async () => {
  const bob = await makeUser(database.db, { name: "Bob" });
  const { refreshToken } = await tokens.issue(bob.id, client);
  await database.db.sql`update app_user set disabled_at = now() where id = ${bob.id}`;
  await assert.rejects(tokens.refresh(refreshToken), ended);
});

test("a ticket opens one socket, once, within half a minute", async () => {
  const { ticket, expiresAt } = await tokens.issueTicket(alice.id, null);
  assert.equal(Date.parse(expiresAt), time + 30_000);
  const taken = await Promise.all([tokens.takeTicket(ticket), tokens.takeTicket(ticket)]);
  const owners = taken.flatMap((proof) => (proof ? [proof.userId] : []));
  assert.deepEqual(owners, [alice.id]);
  const late = await tokens.issueTicket(alice.id, null);
  time += 30_000;
  assert.equal(await tokens.takeTicket(late.ticket), null);
  assert.equal(await tokens.takeTicket("unknown"), null);
});

test("a sign-out and a refresh at the same time leave nothing that works", async () => {
  for (let round = 0; round < 5; round++) {
    const { refreshToken } = await tokens.issue(alice.id, client);
    const [refreshed] = await Promise.all([
      tokens.refresh(refreshToken).catch(() => null),
      tokens.revoke(refreshToken),
    ]);
    if (refreshed) await assert.rejects(tokens.refresh(refreshed.refreshToken), ended);
    await assert.rejects(tokens.refresh(refreshToken), ended);
  }
});

test("tokens of an instance of the version before, which knows no families, are refreshed", async () => {
  const { refreshToken } = await tokens.issue(alice.id, client);
  await database.db.sql`delete from token_family where user_id = ${alice.id}`;
  assert.ok(await tokens.refresh(refreshToken));
});
