import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "./installation.ts";
import { timelineOf } from "./job-timeline.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
const job: Job = {
  id: "1",
  kind: "execution",
  queue: "browser",
  projectId: null,
  state: "ready",
  explanation: "",
  priority: 100,
  attempt: 0,
  failures: 0,
  crashes: 0,
  interruptions: 0,
  attemptsMax: 3,
  organizationId: null,
  payload: {},
  workerId: null,
  worker: null,
  fence: null,
  leaseUntil: null,
  error: null,
  progress: null,
  result: null,
  history: [],
  runAt: at(0),
  createdAt: at(0),
  claimedAt: null,
  finishedAt: null,
  handledAt: null,
  handledBy: null,
  replayedAs: null,
};
const tried = (attempt: number, from: number, to: number, how: Job["history"][number]["how"]) => ({
  attempt,
  how,
  claimedAt: at(from),
  endedAt: at(to),
  workerId: "w",
  worker: "w1",
  fence: "abcd1234",
  error: `error ${attempt}`,
});
const told = (over: Partial<Job>, now = 100) =>
  timelineOf({ ...job, ...over }, new Date(at(now))).map(
    ({ what, forMs }) => `${what} ${forMs === null ? "-" : forMs / 1_000}`,
  );

test("a job that waits has only been enqueued, since then until now", () => {
  assert.deepEqual(told({}), ["enqueued 100"]);
});

test("one that runs says since when, and when its lease ends", () => {
  const running = { state: "running", claimedAt: at(5), workerId: "w", leaseUntil: at(110) } as const;
  assert.deepEqual(told(running), ["enqueued 5", "claimed 95", "lease-ends -"]);
});

test("one that was scheduled became available at its time, and one that is scheduled is due then", () => {
  const done = {
    state: "done",
    runAt: at(30),
    claimedAt: at(31),
    finishedAt: at(33),
    workerId: "w",
  } as const;
  assert.deepEqual(told(done), ["enqueued 30", "available 1", "claimed 2", "done -"]);
  assert.deepEqual(told({ state: "scheduled", runAt: at(200) }), ["enqueued 100", "due -"]);
});

test("each try is told, and the last one once, whether it ended the job or is in the history", () => {
  const history = [tried(1, 5, 6, "failed"), tried(2, 20, 40, "lost")];
  const again = { history, runAt: at(16), claimedAt: at(50), workerId: "w", finishedAt: at(52) };
  assert.deepEqual(told({ ...again, state: "done" }), [
    "enqueued 5",
    "claimed 1",
    "failed 14",
    "claimed 20",
    "lost 10",
    "claimed 2",
    "done -",
  ]);
  const buried = { history, claimedAt: at(20), workerId: null, finishedAt: at(40), error: "lost" };
  assert.deepEqual(told({ ...buried, state: "dead" }), [
    "enqueued 5",
    "claimed 1",
    "failed 14",
    "claimed 20",
    "lost 0",
    "dead -",
  ]);
});

test("a claim that was given back unbegun is not told", () => {
  assert.deepEqual(told({ claimedAt: at(9) }), ["enqueued 100"]);
});

test("what somebody did about a dead letter is the last word", () => {
  const dead = { state: "dead", finishedAt: at(10), handledAt: at(60), handledBy: "root" } as const;
  assert.deepEqual(told(dead), ["enqueued 10", "dead 50", "discarded -"]);
  assert.equal(timelineOf({ ...job, ...dead, replayedAs: "2" }, new Date(at(99))).at(-1)?.what, "replayed");
});
