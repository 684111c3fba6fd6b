import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AttemptClock } from "./attempt-clock.ts";
import { Deadline } from "./deadline.ts";

test("a time limit and a deadline get no older while the clock stands still, and end afterwards", async () => {
  const clock = new AttemptClock();
  const over = Promise.withResolvers<void>();
  let isOver = false;
  const countdown = clock.countdown(60, () => {
    isOver = true;
    over.resolve();
  });
  clock.standStill();
  const deadline = new Deadline(60, new AbortController().signal, clock);
  const before = clock.now();
  await delay(150);
  assert.equal(isOver, false);
  assert.equal(clock.now(), before);
  assert.equal(Math.round(deadline.remainingMs()), 60);
  clock.goOn();
  await over.promise;
  await delay(60);
  assert.equal(deadline.isOver, true);
  countdown.clear();
});

test("a time limit that was cleared never ends, also when the clock goes on", async () => {
  const clock = new AttemptClock();
  const countdown = clock.countdown(1, () => assert.fail("it ended"));
  countdown.clear();
  clock.standStill();
  clock.goOn();
  await delay(20);
});
