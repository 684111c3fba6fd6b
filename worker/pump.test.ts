import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ClaimedJob } from "../db/outbox/claim.ts";
import { noLog } from "./metrics.ts";
import { type Ask, Pump, type PumpOptions, type RunResult } from "./pump.ts";
import { until } from "./testing/wait.ts";

const pumps: Pump[] = [];
afterEach(() => Promise.all(pumps.splice(0).map((pump) => pump.close())));

/** A queue in memory in the place of the database: what a pump asks of it, and how often. */
class Queue {
  waiting: ClaimedJob[] = [];
  readonly asks: Ask[] = [];
  readonly completed: string[] = [];
  readonly returned: string[] = [];
  readonly refuse = new Set<string>();
  idleSaid = 0;
  busySaid = 0;
  isAway = false;
  #isIdle = false;
  #next = 0;

  add(count: number, over: Partial<ClaimedJob> = {}): void {
    for (let n = 0; n < count; n++) {
      const jobId = `job-${this.#next++}`;
      const counts = { attempt: 1, failures: 0, crashes: 0, waitedMs: 0 };
      this.waiting.push({
        ...{ jobId, leaseToken: "t", kind: "housekeeping", payload: {}, organizationId: null, key: null },
        ...counts,
        ...over,
      });
    }
  }

  pump(run: () => Promise<RunResult>, over: Partial<PumpOptions> = {}): Pump {
    const pump = new Pump({
      slots: 4,
      pollMs: 60_000,
      prefetchMs: 20,
      exchange: async (ended, ask) => {
        if (this.isAway) throw new Error("the database is away");
        await delay(2);
        this.asks.push(ask);
        const refused = ended.filter(({ jobId }) => this.refuse.has(jobId));
        return { claimed: this.waiting.splice(0, ask.slots), refused };
      },
      run,
      onCompleted: ({ jobId }, isAccepted) => void (isAccepted && this.completed.push(jobId)),
      giveBack: async (jobs) => void this.returned.push(...jobs.map(({ jobId }) => jobId)),
      sayIdle: async () => {
        const isNews = !this.#isIdle;
        this.#isIdle = true;
        if (isNews) this.idleSaid++;
        return isNews;
      },
      sayBusy: async () => {
        if (this.#isIdle) this.busySaid++;
        this.#isIdle = false;
      },
      wakeNext: async () => undefined,
      log: noLog,
      ...over,
    });
    pumps.push(pump);
    pump.start();
    return pump;
  }
}

const done = async (): Promise<RunResult> => "done";

test("tiny jobs are claimed ahead by the thousand and completed in batches", async () => {
  const queue = new Queue();
  queue.add(20_000);
  queue.pump(done);
  await until("all are completed", 10_000, () => queue.completed.length === 20_000);
  assert.equal(new Set(queue.completed).size, 20_000);
  assert.ok(queue.asks.length < 400, `${queue.asks.length} round trips`);
  assert.ok(queue.asks.some(({ slots }) => slots > 500));
});

test("what takes long is never claimed ahead, and never more runs than there are slots", async () => {
  const queue = new Queue();
  queue.add(12);
  let [running, most] = [0, 0];
  queue.pump(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 40));
    running--;
    return "done";
  });
  await until("all are completed", 10_000, () => queue.completed.length === 12);
  assert.equal(most, 4);
  assert.ok(queue.asks.every(({ slots }) => slots <= 4));
});

test("what was claimed ahead goes back when the jobs before it turn out to be long", async () => {
  const queue = new Queue();
  queue.add(400);
  let count = 0;
  queue.pump(() => (++count <= 300 ? done() : new Promise(() => {})));
  await until("they are given back", 5_000, () => queue.returned.length > 0);
  assert.ok(queue.asks.some(({ slots }) => slots > 4));
  assert.ok(queue.completed.length >= 300 - 4);
});

test("with nothing to do it says so once, looks once more, and waits until it is woken", async () => {
  const queue = new Queue();
  const pump = queue.pump(done);
  await until("it is idle", 2_000, () => queue.idleSaid === 1 && queue.asks.length === 2);
  queue.add(3);
  assert.equal(queue.completed.length, 0);
  pump.wake();
  await until("they are done", 2_000, () => queue.completed.length === 3);
  assert.equal(queue.idleSaid, 1);
});

test("one that finds something each time says that it is busy, and then that it is idle again", async () => {
  const queue = new Queue();
  const pump = queue.pump(done);
  await until("it is idle", 10_000, () => queue.idleSaid === 1);
  queue.add(5_000);
  pump.wake();
  // It may find nothing more while its last completions are on their way.
  const isOver = () => queue.idleSaid === 2 && queue.completed.length === 5_000;
  await until("it was busy, has done it all and is idle again", 10_000, isOver);
  assert.equal(queue.busySaid, 1);
});

test("once idle it looks again by itself, for what was added by who did not know it yet", async () => {
  const queue = new Queue();
  queue.pump(done);
  await until("it is idle", 10_000, () => queue.idleSaid === 1);
  queue.add(1);
  await until("it is done", 10_000, () => queue.completed.length === 1);
});

test("on stop nothing is claimed, what has not begun goes back, and what has is completed", async () => {
  const queue = new Queue();
  queue.add(300);
  let count = 0;
  const gate = Promise.withResolvers<void>();
  const pump = queue.pump(async () => {
    if (++count > 200) await gate.promise;
    return "done";
  });
  await until("it is in the middle", 2_000, () => count >= 204);
  await pump.stop();
  gate.resolve();
  await pump.idle();
  assert.equal(queue.completed.length + queue.returned.length + queue.waiting.length, 300);
  assert.equal(queue.completed.length, 204);
});

test("completions wait while the database is away; one that is refused is told and not repeated", async () => {
  const queue = new Queue();
  queue.add(4);
  const gate = Promise.withResolvers<void>();
  const told: string[] = [];
  const pump = queue.pump(
    async () => {
      await gate.promise;
      return "done";
    },
    { pollMs: 20, onCompleted: ({ jobId }, isAccepted) => void told.push(`${jobId} ${isAccepted}`) },
  );
  await until("they run", 2_000, () => queue.waiting.length === 0);
  queue.isAway = true;
  queue.refuse.add("job-1");
  gate.resolve();
  await until("they have ended", 2_000, () => pump.knows("job-3"));
  assert.deepEqual(told, []);
  queue.isAway = false;
  await until("all are told", 5_000, () => told.length === 4);
  assert.deepEqual(told.sort(), ["job-0 true", "job-1 false", "job-2 true", "job-3 true"]);
});

test("a job that was lost with two workers runs beside no other such job", async () => {
  const queue = new Queue();
  queue.add(1, { crashes: 2 });
  const gate = Promise.withResolvers<void>();
  queue.pump(async () => {
    await gate.promise;
    return "done";
  });
  await until("it runs", 2_000, () => queue.asks.length >= 2);
  assert.equal(queue.asks[0]?.suspects, 1);
  assert.ok(queue.asks.slice(1).every(({ suspects }) => suspects === 0));
  gate.resolve();
});

test("told to be quiet it hands back what waits, claims nothing, and goes on when told so", async () => {
  const queue = new Queue();
  queue.add(400);
  let count = 0;
  const gate = Promise.withResolvers<void>();
  const pump = queue.pump(async () => {
    if (++count > 200) await gate.promise;
    return "done";
  });
  await until("it is in the middle", 5_000, () => count >= 204);
  await pump.quiet();
  assert.equal(pump.isEmpty, false);
  gate.resolve();
  await until("it is empty", 5_000, () => pump.isEmpty);
  assert.equal(count, 204);
  assert.equal(queue.completed.length + queue.returned.length + queue.waiting.length, 400);
  const asks = queue.asks.filter(({ slots }) => slots > 0).length;
  queue.add(3);
  pump.wake();
  await until("it has looked", 5_000, () => pump.isEmpty);
  assert.equal(queue.asks.filter(({ slots }) => slots > 0).length, asks);
  pump.resume();
  await until("the rest is done", 5_000, () => queue.waiting.length === 0 && pump.isEmpty);
  assert.equal(queue.completed.length + queue.returned.length, 403);
});

test("no more is claimed than is admitted, whatever slots are free", async () => {
  const queue = new Queue();
  queue.add(3);
  let admitted = 1;
  const pump = queue.pump(() => new Promise(() => {}), { admits: () => admitted, pollMs: 20 });
  await until("one is claimed", 5_000, () => queue.waiting.length === 2);
  admitted = 0;
  pump.wake();
  const asks = queue.asks.length;
  admitted = 5;
  await until("the poll finds room", 5_000, () => queue.waiting.length === 0);
  assert.ok(queue.asks.slice(0, asks).every(({ slots }) => slots === 1));
});
