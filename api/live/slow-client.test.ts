import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addEvents, logEvent, makeExecution } from "../testing/fixture.ts";
import { liveApp, upTo } from "../testing/sockets.ts";

describe("a slow client", () => {
  const line = "x".repeat(8_000);
  const count = 3_000;

  it("that takes nothing is closed, and no more than a little was kept for it", async () => {
    const strict = await liveApp({
      bufferedBytesMax: 200_000,
      stalledMs: 300,
      drainCheckMs: 20,
      goodbyeMs: 200,
    });
    const execution = await makeExecution(strict);
    for (let first = 1; first <= count; first += 500) {
      await addEvents(
        strict,
        execution,
        first,
        Array.from({ length: 500 }, () => logEvent(line)),
      );
    }
    const topic = `execution:${execution.id}`;
    const stuck = await strict.as("alice");
    stuck.subscribe(topic);
    await stuck.until(({ type }) => type === "subscribed");
    stuck.socket.pause();
    const quick = await strict.as("bob");
    quick.subscribe(topic);
    await quick.untilSeq(topic, count);
    assert.deepEqual(quick.seqs(topic), upTo(count));
    const deadline = performance.now() + 10_000;
    while (strict.hub.socketCount > 1 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(strict.hub.socketCount, 1);
    stuck.socket.resume();
    await stuck.closed;
    const seqs = stuck.seqs(topic);
    assert.ok(seqs.length < count, "the rest was never read for it");
    assert.deepEqual(seqs, upTo(seqs.length));
    await strict.stop();
  });

  it("that takes a little now and then gets everything", async () => {
    const patient = await liveApp({ bufferedBytesMax: 100_000, stalledMs: 2_000, drainCheckMs: 10 });
    const execution = await makeExecution(patient);
    for (let first = 1; first <= count; first += 500) {
      await addEvents(
        patient,
        execution,
        first,
        Array.from({ length: 500 }, () => logEvent(line)),
      );
    }
    const topic = `execution:${execution.id}`;
    const slow = await patient.as("alice");
    const turns = setInterval(() => {
      if (slow.socket.isPaused) slow.socket.resume();
      else slow.socket.pause();
    }, 15);
    slow.subscribe(topic);
    try {
      await slow.untilSeq(topic, count);
    } finally {
      clearInterval(turns);
    }
    assert.deepEqual(slow.seqs(topic), upTo(count));
    await patient.stop();
  });
});
