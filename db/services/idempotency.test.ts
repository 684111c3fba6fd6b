import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/ids.ts";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { ctxOf, makeProject, makeUser, makeWorld, type World } from "../testing/factories.ts";
import { afterCommit, type Ctx } from "./context.ts";
import { type Answer, answerAtMostOnce, answerOnce } from "./idempotency.ts";

let database: TestDatabase;
let world: World;
before(async () => {
  database = await testDatabase();
  world = await makeWorld(database.db);
});
after(() => database?.drop());

const requestOf = (requestHash = "h") => ({ key: newId(), requestHash });
const conflict = { code: "idempotency-conflict" };
const mismatch = { code: "idempotency-mismatch" };
const made = { status: 201, body: null, headers: {} };

const unasked = async (): Promise<Answer> => assert.fail("it was carried out before");

/** Makes a project of this name, which is what is done once. */
const making = (name: string) => async (ctx: Ctx) => {
  const project = await makeProject(ctx, world.a.id, { name });
  const headers = { Location: `/api/v1/projects/${project.id}` };
  // Keys in an order of their own.
  return { status: 201, body: { name, id: project.id, a: [{ z: 1, b: null }] }, headers };
};
const projectsOf = async (name: string): Promise<number> => {
  const [, rows] = await database.db.sql.begin((sql) => [
    sql`select set_config('app.organizations', ${`{${world.a.id}}`}, true)`,
    sql<{ count: number }[]>`select count(*)::int as count from project where name = ${name}`,
  ]);
  return (rows as { count: number }[])[0]?.count ?? -1;
};

test("a request that was carried out is answered again as it was, to the letter, and does nothing", async () => {
  const [request, name] = [requestOf(), newId()];
  const first = await answerOnce(world.as.alice, request, making(name));
  const again = await answerOnce(world.as.alice, request, making(name));
  assert.equal(first.isRepeated, false);
  assert.deepEqual(again, { ...first, isRepeated: true });
  assert.equal(JSON.stringify(again.body), JSON.stringify(first.body));
  assert.equal(await projectsOf(name), 1);
});

test("an answer without a body is one as well", async () => {
  const request = requestOf();
  const empty: Answer = { status: 204, body: null, headers: {} };
  await answerOnce(world.as.alice, request, async () => empty);
  assert.deepEqual(await answerOnce(world.as.alice, request, unasked), { ...empty, isRepeated: true });
});

test("of requests that come at once with one key one is carried out, and all are answered the same", async () => {
  const [request, name] = [requestOf(), newId()];
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => answerOnce(world.as.alice, request, making(name))),
  );
  assert.equal(answers.filter(({ isRepeated }) => !isRepeated).length, 1);
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
  assert.equal(await projectsOf(name), 1);
});

test("what fails after something was done undoes it, leaves the key free and tells nobody", async () => {
  const [request, name] = [requestOf(), newId()];
  let told = 0;
  const tell = async () => {
    told++;
  };
  const failing = answerOnce(world.as.alice, request, async (ctx) => {
    await making(name)(ctx);
    await afterCommit(ctx, tell);
    throw new Error("the answer can't be made");
  });
  await assert.rejects(failing, /can't be made/);
  assert.deepEqual([await projectsOf(name), told], [0, 0]);
  await answerOnce(world.as.alice, { ...request, requestHash: "corrected" }, async (ctx) => {
    await afterCommit(ctx, tell);
    return made;
  });
  assert.equal(told, 1);
});

test("who waits for a first request that takes too long is told when to come back", async () => {
  const request = requestOf();
  const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = answerOnce(world.as.alice, request, async () => {
    begun.resolve();
    await mayEnd.promise;
    return made;
  });
  await begun.promise;
  await assert.rejects(answerOnce(world.as.alice, request, unasked), {
    ...conflict,
    retryAfterSeconds: 1,
  });
  mayEnd.resolve();
  await first;
  assert.equal((await answerOnce(world.as.alice, request, unasked)).isRepeated, true);
});

test("what nobody waits for any more is not committed, and its key stays free", async () => {
  const [request, name] = [requestOf(), newId()];
  const gone = new AbortController();
  const late = answerOnce({ ...world.as.alice, signal: gone.signal }, request, async (ctx) => {
    const answer = await making(name)(ctx);
    gone.abort();
    return answer;
  });
  await assert.rejects(late, { code: "unavailable", retryAfterSeconds: 2 });
  assert.equal(await projectsOf(name), 0);
  assert.equal((await answerOnce(world.as.alice, request, making(name))).isRepeated, false);
});

test("a key is not taken for another request, but another person may have the same one", async () => {
  const request = requestOf();
  await answerOnce(world.as.alice, request, async () => made);
  const other = { ...request, requestHash: "other" };
  await assert.rejects(answerOnce(world.as.alice, other, unasked), mismatch);
  assert.equal((await answerOnce(world.as.bob, other, async () => made)).isRepeated, false);
});

test("a repeat has to meet what was demanded of the first: who has left is told nothing", async () => {
  const { db } = database;
  const dave = await makeUser(db, { name: "Dave" });
  const { id } = world.a;
  await db.sql.begin((sql) => [
    sql`select set_config('app.organizations', ${`{${id}}`}, true)`,
    sql`insert into member (organization_id, user_id, role) values (${id}, ${dave.id}, 'admin')`,
  ]);
  const request = requestOf();
  await answerOnce(await ctxOf(db, dave), request, making(newId()));
  const become = (sql: string) =>
    db.sql.begin((tx) => [
      tx`select set_config('app.organizations', ${`{${id}}`}, true)`,
      tx.unsafe(`${sql} where user_id = '${dave.id}'`),
    ]);
  await become("update member set role = 'viewer'");
  await assert.rejects(answerOnce(await ctxOf(db, dave), request, unasked), { code: "forbidden" });
  await become("delete from member");
  await assert.rejects(answerOnce(await ctxOf(db, dave), request, unasked), { code: "not-found" });
});

test("a key of yesterday may be used again, for anything", async () => {
  const request = requestOf();
  await answerOnce(world.as.alice, request, async () => made);
  await database.db
    .sql`update idempotency_key set created_at = now() - interval '25 hours' where key = ${request.key}`;
  const other = { ...request, requestHash: "other" };
  assert.equal((await answerOnce(world.as.alice, other, async () => made)).isRepeated, false);
});

test("what can't be one transaction is done once at most: a key whose process died stays taken", async () => {
  const request = requestOf();
  let done = 0;
  const work = async () => {
    done++;
    return made;
  };
  const silence = () => Promise.reject(new AppError("unavailable", "no answer"));
  await assert.rejects(answerAtMostOnce(world.as.alice, request, silence), { code: "unavailable" });
  await assert.rejects(answerAtMostOnce(world.as.alice, request, work), conflict);
  const refused = requestOf();
  const no = () => Promise.reject(new AppError("conflict", "not now"));
  await assert.rejects(answerAtMostOnce(world.as.alice, refused, no), { code: "conflict" });
  assert.equal((await answerAtMostOnce(world.as.alice, refused, work)).isRepeated, false);
  assert.equal((await answerAtMostOnce(world.as.alice, refused, work)).isRepeated, true);
  assert.equal(done, 1);
});
