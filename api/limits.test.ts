import assert from "node:assert/strict";
import { it } from "node:test";
import { Redis } from "ioredis";
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
