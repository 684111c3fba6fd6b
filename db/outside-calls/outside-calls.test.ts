import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type CallOutcome, type OutsideCall, OutsideCalls } from "../outside-calls.ts";
import { type FaultyStore, startFaultyStore } from "../testing/faulty-store.ts";
import { OutsideFault } from "./outage.ts";
import { type CallPolicy, policies } from "./policies.ts";

let server: FaultyStore;
let outcomes: CallOutcome[];
let retries: number;
let trips: number;
beforeEach(async () => {
  server = await startFaultyStore();
  [outcomes, retries, trips] = [[], 0, 0];
});
afterEach(() => server.down());

const base: CallPolicy = {
  ...policies.webhook,
  tryMs: 20_000,
  totalMs: 30_000,
  triesMax: 3,
  pauseMs: 1,
  pauseMsMax: 5,
  failuresMax: 100,
  openMs: 100,
  openMsMax: 200,
};

function open(over: Partial<CallPolicy> = {}): OutsideCalls {
  return new OutsideCalls({
    policies: { webhook: { ...base, ...over } },
    metrics: {
      ended: (_, outcome) => void outcomes.push(outcome),
      retried: () => void retries++,
      tripped: () => void trips++,
    },
  });
}

const once = { repeat: false };
const again = { repeat: true };
const fetching = (path = "/") => {
  return async (signal: AbortSignal): Promise<string> => {
    const response = await fetch(`${server.url}${path}`, { signal });
    if (!response.ok)
      throw Object.assign(new Error(`status ${response.status}`), { status: response.status });
    return response.text();
  };
};
const fails = (call: Promise<unknown>, message: RegExp) =>
  assert.rejects(call, (error: Error & { code?: string; retryAfterSeconds?: number }) => {
    assert.equal(error.code, "unavailable", String(error));
    assert.ok((error.retryAfterSeconds ?? 0) >= 1);
    assert.match(error.message, message);
    assert.ok(!error.message.includes("127.0.0.1"), "no address is told");
    return true;
  });

async function until(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await ask())) {
    assert.ok(performance.now() < end, `${what}: not within 20 s`);
    await delay(5);
  }
}

describe("the breaker", () => {
  const trip = async (call: OutsideCall, times: number) => {
    for (let n = 0; n < times; n++)
      await fails(call(fetching(), once), /webhook is not available: it failed/);
  };

  test("opens after so many failures, stops asking, tries once, and closes when that succeeds", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const calls = open({ failuresMax: 3 });
    const call = calls.to("webhook");
    await server.down();
    await trip(call, 3);
    assert.equal(calls.state("webhook").breaker, "open");
    assert.match(calls.state("webhook").lastFailure ?? "", /fetch failed/);
    await server.up();
    await fails(call(fetching(), again), /is not asked for a moment.*ECONNREFUSED/);
    assert.equal(server.requests.length, 0, "it was not asked while the breaker was open");
    assert.deepEqual(outcomes, ["failed", "failed", "failed", "open"]);
    t.mock.timers.tick(base.openMs);
    assert.equal(await call(fetching(), once), "ok");
    assert.equal(calls.state("webhook").breaker, "closed");
    assert.equal(server.requests.length, 1);
    assert.equal(trips, 1);
  });

  test("half-open lets one trial through, refuses the others at once, and opens again when it fails", async () => {
    const calls = open({ failuresMax: 1, openMs: 50 });
    const call = calls.to("webhook");
    server.fault = "reset";
    await trip(call, 1);
    server.fault = "silent";
    let trial: Promise<unknown> = Promise.resolve();
    await until("a trial is underway", () => {
      if (calls.state("webhook").active === 0)
        trial = call(fetching(), once).catch((error: unknown) => error);
      return calls.state("webhook").breaker === "half-open";
    });
    await until("it has arrived", () => server.requests.length === 2);
    await Promise.all([1, 2, 3].map(() => fails(call(fetching(), once), /is not asked for a moment/)));
    assert.equal(server.requests.length, 2);
    await server.down();
    assert.match(String(await trial), /it failed/);
    assert.equal(calls.state("webhook").breaker, "open");
    assert.equal(trips, 2);
  });

  test("is not closed by a trial whose asker went away, and not opened by askers who do", async () => {
    const calls = open({ failuresMax: 2, openMs: 50 });
    const call = calls.to("webhook");
    server.fault = "silent";
    for (let n = 1; n <= 4; n++) {
      const leaving = new AbortController();
      const gone = call(fetching(), { repeat: true, signal: leaving.signal });
      await until("it has arrived", () => server.requests.length === n);
      leaving.abort(new Error("nobody waits"));
      await assert.rejects(gone, /nobody waits/);
    }
    assert.equal(calls.state("webhook").breaker, "closed");
    server.fault = "reset";
    await trip(call, 2);
    server.fault = "silent";
    const leaving = new AbortController();
    let trial: Promise<unknown> = Promise.resolve();
    await until("a trial is underway", () => {
      if (calls.state("webhook").active === 0)
        trial = call(fetching(), { repeat: false, signal: leaving.signal }).catch(() => undefined);
      return calls.state("webhook").breaker === "half-open";
    });
    leaving.abort();
    await trial;
    await until("the trial is over", () => calls.state("webhook").breaker === "open");
  });

  test("does not open for what it answered with a no, and each target has one of its own", async () => {
    const calls = open({ failuresMax: 2 });
    server.fault = "denied";
    for (let n = 0; n < 5; n++)
      await assert.rejects(calls.to("webhook", "a")(fetching(), again), /status 403/);
    assert.equal(server.requests.length, 5, "a no is not asked for again");
    assert.equal(calls.state("webhook").breaker, "closed");
    server.fault = "busy";
    await trip(calls.to("webhook", "b"), 2);
    await fails(calls.to("webhook", "b")(fetching(), once), /is not asked for a moment/);
    server.fault = "none";
    assert.equal(await calls.to("webhook", "a")(fetching(), once), "ok");
    assert.equal(calls.state("webhook").breaker, "open", "the worst of them is shown");
  });
});

describe("the bulkhead", () => {
  test("lets so many ask at once, so many wait, and refuses the rest with a clear error", async () => {
    const calls = open({ atOnceMax: 2, waitingMax: 3 });
    const call = calls.to("webhook");
    server.fault = "silent";
    const five = Array.from({ length: 5 }, () => call(fetching(), once));
    await until("two have arrived", () => server.requests.length === 2);
    assert.deepEqual(calls.state("webhook"), {
      breaker: "closed",
      active: 2,
      waiting: 3,
      lastFailure: null,
    });
    await fails(call(fetching(), once), /3 calls wait for it already/);
    assert.equal(server.requests.length, 2);
    server.fault = "none";
    server.release();
    assert.deepEqual(await Promise.all(five), Array(5).fill("ok"));
    assert.deepEqual(outcomes, ["full", "ok", "ok", "ok", "ok", "ok"]);
    await until("all is quiet", () => calls.state("webhook").active === 0);
  });
});

describe("time", () => {
  test("a try that takes too long is really ended: its request is aborted", async () => {
    const call = open({ tryMs: 1_000 }).to("webhook");
    server.fault = "silent";
    await fails(call(fetching(), once), /it did not answer in time/);
    assert.equal(server.requests.length, 1);
    await until("the server sees it go", () => server.abandoned === 1);
    assert.deepEqual(outcomes, ["timeout"]);
  });

  test("all tries together have a bound: nothing is asked after it", async () => {
    const calls = open({ tryMs: 60, totalMs: 300, triesMax: 1_000 });
    server.fault = "silent";
    await fails(calls.to("webhook")(fetching(), again), /it did not answer in time/);
    await until("the last try is over", () => calls.state("webhook").active === 0);
    assert.ok(server.requests.length < 1_000);
    await until("every request is aborted", () => server.abandoned === server.requests.length);
  });

  test("waiting for a place counts: who waits too long is told so", async () => {
    const call = open({ atOnceMax: 1, totalMs: 1_500 }).to("webhook");
    server.fault = "silent";
    const first = call(fetching(), once);
    await Promise.all([first, call(fetching(), once)].map((one) => fails(one, /it did not answer in time/)));
    assert.equal(server.requests.length, 1);
  });

  test("work that ignores its signal holds nobody up", async () => {
    const call = open({ tryMs: 50 }).to("webhook");
    await fails(
      call(() => new Promise(() => undefined), once),
      /it did not answer in time/,
    );
  });
});

describe("trying again", () => {
  test("what may be repeated is, after a pause; what may not is asked once", async () => {
    const call = open().to("webhook");
    server.fault = "busy";
    server.faultsLeft = 2;
    assert.equal(await call(fetching(), again), "ok");
    assert.equal(server.requests.length, 3);
    assert.equal(retries, 2);
    server.faultsLeft = 2;
    await fails(call(fetching(), once), /it failed \(status 503\)/);
    assert.equal(server.requests.length, 4);
  });

  test("an answer that can't be true counts as none", async () => {
    const call = open().to("webhook");
    let asked = 0;
    const lie = async () => {
      asked++;
      throw new OutsideFault("it says that two and two are five");
    };
    await fails(call(lie, again), /it failed/);
    assert.equal(asked, 3);
  });

  test("a mistake of ours is neither repeated nor held against it", async () => {
    const calls = open({ failuresMax: 1 });
    let asked = 0;
    const wrong = async () => {
      asked++;
      throw new TypeError("undefined is not a function");
    };
    await assert.rejects(calls.to("webhook")(wrong, again), TypeError);
    assert.equal(asked, 1);
    assert.equal(calls.state("webhook").breaker, "closed");
  });
});

test("every policy leaves room for all that it promises", () => {
  for (const [name, policy] of Object.entries(policies)) {
    assert.ok(policy.totalMs >= policy.tryMs, name);
    assert.ok(policy.triesMax >= 1 && policy.atOnceMax >= 1 && policy.waitingMax >= 1, name);
    assert.ok(policy.openMsMax >= policy.openMs && policy.pauseMsMax >= policy.pauseMs, name);
  }
});
