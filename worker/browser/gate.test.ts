import assert from "node:assert/strict";
import { test } from "node:test";
import { AttemptClock } from "./attempt-clock.ts";
import { Gate, type HoldWish } from "./gate.ts";

type Heard = { isPaused: boolean; by: string | null };

function openGate() {
  const heard: Heard[] = [];
  const ending = new AbortController();
  const gate = new Gate(new AttemptClock(), ending.signal, (isPaused, by) => heard.push({ isPaused, by }));
  return { gate, heard, ending };
}

const pause = (granted: number, more: Partial<HoldWish> = {}): HoldWish => ({
  wanted: "pause",
  granted,
  by: "Ann",
  ...more,
});
const run: HoldWish = { wanted: "run", granted: 0, by: "Bob" };

/** Whether the step has passed by now; all that can happen at once has happened. */
async function hasPassed(passing: Promise<void>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([passing.then(() => true), late]);
}

test("an open gate holds nobody up, and nobody is told", async () => {
  const { gate, heard } = openGate();
  await gate.pass(0);
  assert.deepEqual(heard, []);
});

test("each pause grants steps anew: one that was resumed and paused again takes a step when it is told to", async () => {
  const { gate, heard } = openGate();
  gate.hear(pause(0));
  const first = gate.pass(0);
  assert.equal(await hasPassed(first), false);
  gate.hear(pause(1));
  await first;
  gate.hear(pause(2));
  await gate.pass(1);
  gate.hear(run);
  await gate.pass(2);
  gate.hear(pause(0));
  const second = gate.pass(3);
  assert.equal(await hasPassed(second), false);
  gate.hear(pause(1));
  await second;
  assert.deepEqual(
    heard.map(({ isPaused }) => isPaused),
    [true, false, true, false],
  );
});

test("a step that is granted together with the pause, or after a pause that was missed, is not lost", async () => {
  const { gate } = openGate();
  gate.hear(pause(1));
  await gate.pass(0);
  assert.equal(await hasPassed(gate.pass(1)), false);
  const other = openGate().gate;
  other.hear(pause(2));
  await other.pass(0);
  await other.pass(1);
  // Resumed and paused again before anybody looked.
  other.hear(pause(0));
  const next = other.pass(2);
  assert.equal(await hasPassed(next), false);
  other.hear(pause(1));
  await next;
});

test("steps before the one that is waited for pass, also those inside of them", async () => {
  const { gate } = openGate();
  gate.hear(pause(0, { before: 2 }));
  await gate.pass(0);
  await gate.pass(1);
  await gate.pass(1);
  assert.equal(await hasPassed(gate.pass(2)), false);
});

test("the end of the attempt ends a pause", async () => {
  const { gate, heard, ending } = openGate();
  gate.hear(pause(0));
  const passing = gate.pass(0);
  ending.abort(new Error("stopped"));
  await assert.rejects(passing, /stopped/);
  assert.equal(gate.isPaused, false);
  assert.deepEqual(heard.at(-1), { isPaused: false, by: "Ann" });
});
