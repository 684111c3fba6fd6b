import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { limits } from "../domain/limits.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeUser, type TestUser } from "../testing/factories.ts";
import { openSessions, type Sessions } from "./sessions.ts";

let database: TestDatabase;
let sessions: Sessions;
let alice: TestUser;
before(async () => {
  database = await testDatabase();
  sessions = openSessions(database.db, { secure: false });
  alice = await makeUser(database.db);
});
after(() => database.drop());

const client = { address: "192.0.2.1", userAgent: "test" };
const pairOf = (setCookie: string) => setCookie.split(";")[0] ?? "";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("a session's cookie is taken back, and holds only for its user", async () => {
  const { cookie, token } = await sessions.create(alice.id, client);
  assert.match(cookie, /^verdict_session=[a-z2-7]{40}; HttpOnly; Max-Age=1209600; Path=\/; SameSite=Lax$/);
  const session = await sessions.validate(`theme=dark; bad=%zz; ${pairOf(cookie)}; other=1`);
  assert.deepEqual(session, { userId: alice.id, sessionId: sha256(token), cookie: null });
});

test("over https the cookie is bound to the host and never sent in the clear", async () => {
  const { cookie } = await openSessions(database.db, { secure: true }).create(alice.id, client);
  assert.match(cookie, /^__Host-verdict_session=/);
  assert.match(cookie, /; Path=\/; SameSite=Lax; Secure$/);
});

test("the database holds the hash of a cookie's token and not the token", async () => {
  const { token } = await sessions.create(alice.id, client);
  const rows = await database.db.sql`select * from session`;
  assert.ok(rows.some(({ id }) => id === sha256(token)));
  assert.ok(!JSON.stringify(rows).includes(token));
});

test("what is not a cookie of ours opens nothing, and neither does the hash from the database", async () => {
  const { token } = await sessions.create(alice.id, client);
  for (const header of [
    null,
    "",
    "verdict_session",
    "verdict_session=",
    "verdict_session=x",
    `other=${token}`,
  ]) {
    assert.equal(await sessions.validate(header), null, String(header));
  }
  assert.equal(await sessions.validate(`verdict_session=${sha256(token)}`), null);
});

test("a revoked session is no more, and its cookie is cleared", async () => {
  const { cookie } = await sessions.create(alice.id, client);
  const other = await sessions.create(alice.id, client);
  const blank = await sessions.revoke(pairOf(cookie));
  assert.match(blank, /^verdict_session=; HttpOnly; Max-Age=0;/);
  assert.equal(await sessions.validate(pairOf(cookie)), null);
  assert.ok(await sessions.validate(pairOf(other.cookie)));
  assert.equal(await sessions.revoke(null), blank);
});

test("a session that is used is noted to within a minute, and ends after three months all the same", async () => {
  const { sql } = database.db;
  const { cookie, token } = await sessions.create(alice.id, client);
  const row = async () => (await sql`select used_at from session where id = ${sha256(token)}`)[0];
  await sql`update session set used_at = now() - interval '30 seconds' where id = ${sha256(token)}`;
  const before = await row();
  await sessions.validate(pairOf(cookie));
  assert.deepEqual(await row(), before);
  await sql`update session set used_at = now() - interval '1 hour' where id = ${sha256(token)}`;
  await sessions.validate(pairOf(cookie));
  assert.ok(Number((await row())?.used_at) > Date.now() - 60_000);
  assert.equal(await sessions.isLive(sha256(token)), true);
  await sql`update session set created_at = now() - interval '90 days' where id = ${sha256(token)}`;
  assert.equal(await sessions.validate(pairOf(cookie)), null);
  assert.equal(await sessions.isLive(sha256(token)), false);
});

test("a session in the second half of its life is prolonged, one that has ended is not", async () => {
  const { sql } = database.db;
  const { cookie, token } = await sessions.create(alice.id, client);
  const setEnd = (ms: number) =>
    sql`update session set expires_at = now() + ${ms} * interval '1 millisecond' where id = ${sha256(token)}`;
  await setEnd(limits.sessionMs / 2 - 60_000);
  const renewed = await sessions.validate(pairOf(cookie));
  assert.equal(renewed?.cookie, cookie);
  assert.equal((await sessions.validate(pairOf(cookie)))?.cookie, null);
  await setEnd(-1);
  assert.equal(await sessions.validate(pairOf(cookie)), null);
  assert.equal((await sql`select 1 from session where id = ${sha256(token)}`).length, 0);
});

test("a disabled account has no session", async () => {
  const carol = await makeUser(database.db, { name: "Carol" });
  const { cookie } = await sessions.create(carol.id, client);
  await database.db.sql`update app_user set disabled_at = now() where id = ${carol.id}`;
  assert.equal(await sessions.validate(pairOf(cookie)), null);
});
