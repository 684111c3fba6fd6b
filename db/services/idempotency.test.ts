import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type TestDatabase, testDatabase } from "../testing/database.ts";
import { makeUser } from "../testing/factories.ts";
import { beginRequest, finishRequest, forgetRequest } from "./idempotency.ts";

let database: TestDatabase;
let userId: string;
before(async () => {
  database = await testDatabase();
  userId = (await makeUser(database.db)).id;
});
after(() => database.drop());

const conflict = { code: "idempotency-conflict" };

test("a request that was carried out is answered again with what it was answered", async () => {
  const { db } = database;
  for (const [key, body] of [
    ["object", { id: 1 }],
    ["nothing", null],
    ["text", "a"],
  ] as const) {
    const request = { userId, key, requestHash: "h" };
    assert.deepEqual(await beginRequest(db, request), { state: "new" });
    await finishRequest(db, { userId, key, status: 201, body });
    assert.deepEqual(await beginRequest(db, request), { state: "done", status: 201, body });
  }
});

test("of requests that come at once with one key, one is carried out", async () => {
  const request = { userId, key: "at-once", requestHash: "h" };
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, () => beginRequest(database.db, request)),
  );
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  for (const result of results) {
    if (result.status === "rejected") assert.equal(result.reason.code, "idempotency-conflict");
  }
});

test("a key is not taken for another request, but another user may have the same one", async () => {
  const { db } = database;
  await beginRequest(db, { userId, key: "k", requestHash: "h" });
  await finishRequest(db, { userId, key: "k", status: 200, body: {} });
  await assert.rejects(beginRequest(db, { userId, key: "k", requestHash: "other" }), conflict);
  const bob = await makeUser(db, { name: "Bob" });
  assert.deepEqual(await beginRequest(db, { userId: bob.id, key: "k", requestHash: "other" }), {
    state: "new",
  });
});

test("a request that failed by our fault may be sent again", async () => {
  const { db } = database;
  const request = { userId, key: "failed", requestHash: "h" };
  await beginRequest(db, request);
  await forgetRequest(db, request);
  assert.deepEqual(await beginRequest(db, request), { state: "new" });
});

test("a request whose process died, and a key of yesterday, may be used again", async () => {
  const { db } = database;
  const request = { userId, key: "died", requestHash: "h" };
  await beginRequest(db, request);
  await db.sql`update idempotency_key set created_at = now() - interval '3 minutes' where key = 'died'`;
  await assert.rejects(beginRequest(db, { ...request, requestHash: "other" }), conflict);
  assert.deepEqual(await beginRequest(db, request), { state: "new" });
  await finishRequest(db, { ...request, status: 200, body: {} });
  await db.sql`update idempotency_key set created_at = now() - interval '25 hours' where key = 'died'`;
  assert.deepEqual(await beginRequest(db, { ...request, requestHash: "other" }), { state: "new" });
});
