import assert from "node:assert/strict";
import { it } from "node:test";
import { Redis } from "ioredis";
import { policies } from "../db/outside-calls/policies.ts";
import { OutsideCalls } from "../db/outside-calls.ts";
import { missingReason } from "../ops/testing/programs.ts";
import { startRedis } from "../ops/testing/redis.ts";
import { openRateLimits } from "./limits.ts";

it("each principal has an allowance of its own", async () => {
  const limits = openRateLimits({ redis: null, apiPerMinute: 3, signInPerMinute: 1 });
  const left: number[] = [];
  for (let i = 0; i < 3; i++) left.push((await limits.api("alice")).remaining);
  assert.deepEqual(left, [2, 1, 0]);
  const over = await limits.api("alice");
  assert.ok(over.isOver && over.resetSeconds > 0 && over.resetSeconds <= 60);
  assert.equal((await limits.api("bob")).isOver, false);
  assert.equal((await limits.signIn("alice")).isOver, false);
});

it("two processes share what Redis counts, and go on alone when it is gone", {
  skip: missingReason("redis-server"),
}, async () => {
  const server = await startRedis();
  const clients = [1, 2].map(
    () => new Redis(server.url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 }),
  );
  for (const client of clients) client.on("error", () => undefined);
  try {
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once("ready", resolve))));
    const [one, two] = clients.map((redis) => openRateLimits({ redis, apiPerMinute: 4 }));
    const left: number[] = [];
    for (const limits of [one, two, one, two]) left.push((await limits?.api("alice"))?.remaining ?? -1);
    assert.deepEqual(left, [3, 2, 1, 0]);
    assert.equal((await one?.api("alice"))?.isOver, true);
    await server.kill();
    assert.equal((await two?.api("alice"))?.isOver, false);
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
    apiPerMinute: 1_000,
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
    assert.equal((await limits.api("alice")).remaining, 999);
    server.freeze();
    for (let n = 0; n < 50; n++) assert.equal((await limits.api("alice")).isOver, false);
    assert.ok(asked <= 1 + redis.failuresMax, `it was asked ${asked} times`);
    assert.equal(calls.state("redis").breaker, "open");
    const { remaining } = await limits.api("alice");
    assert.ok(remaining > 0 && remaining <= 1_000 - 51, "meanwhile the process counts by itself");
  } finally {
    client.disconnect();
    await server.stop();
  }
});
