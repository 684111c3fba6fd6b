import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, systemCtx, testKeys } from "../testing/factories.ts";
import { createUser, findActor } from "./accounts.ts";
import type { Ctx, SignIn } from "./context.ts";
import { transaction } from "./context.ts";
import { changePassword, confirmPassword } from "./own-account.ts";
import { openSessions, type Sessions } from "./sessions.ts";
import { endOtherSignIns, endSignIn, listSignIns, requireConfirmed } from "./sign-ins.ts";
import { openTokens, type Tokens } from "./tokens.ts";

let database: TestDatabase;
let sessions: Sessions;
let tokens: Tokens;
before(async () => {
  database = await testDatabase();
  sessions = openSessions(database.db, { secure: false });
  tokens = openTokens(database.db, "a secret key of the tests, 32 bytes or more");
});
after(() => database.drop());

const password = "correct horse battery staple";
const client = { address: "192.0.2.1", userAgent: "Mozilla/5.0 test" };
const pairOf = (setCookie: string) => setCookie.split(";")[0] ?? "";

/** Somebody with a browser, another browser and a program; `ctx` is of the first browser. */
async function signedIn() {
  const { db } = database;
  const email = `${crypto.randomUUID()}@example.com`;
  const user = await createUser(systemCtx(db), { email, name: "Sam", password, platformRole: "user" });
  const first = pairOf((await sessions.create(user.id, client)).cookie);
  const second = pairOf((await sessions.create(user.id, client)).cookie);
  const program = await tokens.issue(user.id, client);
  const of = await sessions.validate(first);
  assert.ok(of);
  const signIn: SignIn = { kind: "session", id: of.sessionId };
  const ctx: Ctx = await ctxOf(db, user, { signIn, keys: testKeys });
  const verified = await tokens.verify(program.accessToken);
  const alive = async () => ({
    first: (await sessions.validate(first)) !== null,
    second: (await sessions.validate(second)) !== null,
    program: (await findActor(db, user.id, verified?.familyId ?? null)) !== null,
  });
  return { user, ctx, first, second, program, familyId: verified?.familyId ?? "", alive };
}

test("browsers and programs are listed, with where they are and which one asks", async () => {
  const { ctx, familyId } = await signedIn();
  const list = await listSignIns(ctx);
  assert.deepEqual(list.map(({ kind }) => kind).toSorted(), ["browser", "browser", "program"]);
  assert.equal(list.filter(({ isCurrent }) => isCurrent).length, 1);
  assert.equal(list.find(({ isCurrent }) => isCurrent)?.id, ctx.signIn?.id);
  const program = list.find(({ kind }) => kind === "program");
  assert.equal(program?.id, familyId);
  for (const { address, userAgent } of list) assert.deepEqual({ address, userAgent }, client);
});

test("a sign-in that is ended is over at once, its access tokens too, and nobody else's is", async () => {
  const own = await signedIn();
  const other = await signedIn();
  await endSignIn(own.ctx, own.familyId);
  assert.deepEqual(await own.alive(), { first: true, second: true, program: false });
  await assert.rejects(tokens.refresh(own.program.refreshToken), { code: "unauthenticated" });
  await assert.rejects(endSignIn(own.ctx, own.familyId), { code: "not-found" });
  await assert.rejects(endSignIn(own.ctx, other.familyId), { code: "not-found" });
  await assert.rejects(endSignIn(own.ctx, other.ctx.signIn?.id ?? ""), { code: "not-found" });
  assert.deepEqual(await other.alive(), { first: true, second: true, program: true });
});

test("all others can be ended", async () => {
  const { ctx, alive } = await signedIn();
  await endOtherSignIns(ctx);
  assert.deepEqual(await alive(), { first: true, second: false, program: false });
});

test("a changed password ends every other sign-in, and is told to its owner", async () => {
  const { user, ctx, alive } = await signedIn();
  const change = { currentPassword: password, newPassword: "another good password", keepApiTokens: false };
  await assert.rejects(changePassword(ctx, { ...change, currentPassword: "wrong" }), {
    code: "invalid-input",
    errors: [{ path: "currentPassword", message: "is not your password" }],
  });
  assert.deepEqual(await alive(), { first: true, second: true, program: true });
  await changePassword(ctx, change);
  assert.deepEqual(await alive(), { first: true, second: false, program: false });
  const mail = await database.db.sql`select template from mail where recipient = ${user.email}`;
  assert.deepEqual(
    mail.map(({ template }) => template),
    ["password-changed"],
  );
});

test("a proof of who one is holds for ten minutes", async () => {
  const { ctx } = await signedIn();
  const minutesLater = (minutes: number): Ctx => ({
    ...ctx,
    now: () => new Date(Date.now() + minutes * 60_000),
  });
  const demand = (of: Ctx) => transaction(of, requireConfirmed);
  await demand(minutesLater(9));
  await assert.rejects(demand(minutesLater(11)), { code: "confirmation-required" });
  await assert.rejects(confirmPassword(minutesLater(11), "wrong"), { code: "invalid-input" });
  await confirmPassword(minutesLater(11), password);
  await demand(minutesLater(20));
  await assert.rejects(demand({ ...ctx, signIn: null }), { code: "confirmation-required" });
});
