import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { openDb } from "../db/client.ts";
import { deleteExpired } from "../db/outbox/housekeeping.ts";
import { policies } from "../db/outside-calls/policies.ts";
import { OutsideCalls } from "../db/outside-calls.ts";
import { type TestDatabase, testDatabase } from "../db/testing/database.ts";
import { missingReason } from "../ops/testing/programs.ts";
import { startRedis } from "../ops/testing/redis.ts";
import { openRateLimits, type RateLimits } from "./limits.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database.drop());

it("each principal has an allowance of its own", async () => {
  const limits = openRateLimits({ redis: null, sql: null, most: { api: 3, "sign-in": 1 } });
  const left: number[] = [];
  for (let i = 0; i < 3; i++) left.push((await limits("api", "alice")).remaining);
  assert.deepEqual(left, [2, 1, 0]);
  const over = await limits("api", "alice");
  assert.ok(over.isOver && over.resetSeconds > 0 && over.resetSeconds <= 60);
  assert.equal((await limits("api", "bob")).isOver, false);
  assert.equal((await limits("sign-in", "alice")).isOver, false);
});

/** How many of so many requests at once, spread over instances, are let through. */
async function letThrough(instances: readonly RateLimits[], key: string, requests: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, n) => instances[n % instances.length]?.("uploads", key)),
  );
  return answers.filter((answer) => answer?.isOver === false).length;
}

describe("without Redis, PostgreSQL counts", () => {
  it("exactly, however many instances are asked at once, and by nothing that names anybody", async () => {
    const instances = [1, 2, 3].map(() => {
      const db = openDb({ url: database.url, connectionsMax: 4, name: "limits" });
      return { db, limits: openRateLimits({ redis: null, sql: db.sql }) };
    });
    try {
      const all = instances.map(({ limits }) => limits);
      assert.equal(await letThrough(all, "alice@example.com", 60), 20);
      assert.equal(await letThrough(all, "bob\0".repeat(200), 60), 20);
      assert.equal(await letThrough(all, "alice@example.com", 60), 0);
      const rows = await database.db.sql`select key from rate_limit`;
      assert.equal(rows.length, 2);
      assert.doesNotMatch(JSON.stringify(rows), /alice|bob/);
    } finally {
      for (const { db } of instances) await db.close();
    }
  });

  it("and what it says is true: the same second later a request is let through, and old counts are deleted", async () => {
    const limits = openRateLimits({ redis: null, sql: database.db.sql, most: { api: 2 }, windowSeconds: 3 });
    const count = () => limits("api", "carol");
    let answer = await count();
    // On a slow machine a window may end between two of them.
    for (let n = 0; n < 20 && !answer.isOver; n++) answer = await count();
    assert.deepEqual([answer.isOver, answer.limit, answer.remaining], [true, 2, 0]);
    await delay(answer.resetSeconds * 1_000);
    assert.equal((await count()).isOver, false);
    await database.db.sql`update rate_limit set expire = expire - 60000 where key like 'api:%'`;
    const deleted = await deleteExpired(database.db.sql, new AbortController().signal);
    assert.ok((deleted.rate_limit ?? 0) >= 1);
  });

  it("and where it is away too, each process goes on by itself", async () => {
    const db = openDb({ url: database.url, connectionsMax: 1, name: "away" });
    await db.close();
    const limits = openRateLimits({ redis: null, sql: db.sql });
    assert.equal(await letThrough([limits], "dave", 30), 20);
  });
});

it("two processes share what Redis counts, exactly, and go on in PostgreSQL when it is gone", {
  skip: missingReason("redis-server"),
}, async () => {
  const server = await startRedis();
  const clients = [1, 2].map(
    () => new Redis(server.url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 }),
  );
  for (const client of clients) client.on("error", () => undefined);
  try {
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once("ready", resolve))));
    const [one, two] = clients.map((redis) =>
      openRateLimits({ redis, sql: database.db.sql, most: { api: 4 } }),
    );
    const left: number[] = [];
    for (const limits of [one, two, one, two]) left.push((await limits?.("api", "alice"))?.remaining ?? -1);
    assert.deepEqual(left, [3, 2, 1, 0]);
    assert.equal((await one?.("api", "alice"))?.isOver, true);
    const both = [one, two].filter((limits) => limits !== undefined);
    assert.equal(await letThrough(both, "many", 60), 20);
    await server.kill();
    // From then on both count in PostgreSQL.
    assert.equal(await letThrough(both, "others", 60), 20);
  } finally {
    for (const client of clients) client.disconnect();
    await server.stop();
  }
});

it("a Redis that hangs costs a few requests a moment, and then nobody waits for it", {
  skip: missingReason("redis-server"),
}, async () => {
  const server = await startRedis();
  const client = new Redis(server.url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  client.on("error", () => undefined);
  const redis = { ...policies.redis, tryMs: 100, openMs: 60_000, openMsMax: 60_000 };
  const calls = new OutsideCalls({ policies: { redis } });
  const toRedis = calls.to("redis");
  let asked = 0;
  const limits = openRateLimits({
    redis: client,
    sql: null,
    most: { api: 1_000 },
    ask: (work) =>
      toRedis(
        () => {
          asked++;
          return work();
        },
        { repeat: false },
      ),
  });
  try {
    await new Promise((resolve) => client.once("ready", resolve));
    assert.equal((await limits("api", "alice")).remaining, 999);
    server.freeze();
    for (let n = 0; n < 50; n++) assert.equal((await limits("api", "alice")).isOver, false);
    assert.ok(asked <= 1 + redis.failuresMax, `it was asked ${asked} times`);
    assert.equal(calls.state("redis").breaker, "open");
    const { remaining } = await limits("api", "alice");
    assert.ok(remaining > 0 && remaining <= 1_000 - 51, "meanwhile the process counts by itself");
  } finally {
    client.disconnect();
    await server.stop();
  }
});
