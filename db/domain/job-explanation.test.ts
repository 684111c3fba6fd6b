import assert from "node:assert/strict";
import { test } from "node:test";
import { explainJob, type JobFacts, type JobPlace } from "./job-explanation.ts";
import type { JobTry } from "./job-tries.ts";
import { jobOutcomes, jobStates } from "./states.ts";

const facts: JobFacts = {
  kind: "execution",
  state: "ready",
  failures: 0,
  crashes: 0,
  interruptions: 0,
  worker: null,
  cancelReason: null,
  error: null,
  progress: null,
  history: [],
  shareRunning: 0,
  shareMax: null,
  rate: null,
  ahead: null,
  handledBy: null,
  replayedAs: null,
  dueS: 12,
  heldS: null,
  leaseS: null,
  endedS: null,
};
const open = { name: "browser", paused: false, changedBy: null, reason: null, slotsMax: null };
const place: JobPlace = { nobody: null, workers: 1, slots: 4, running: 4, suspects: 0, queue: open };
const sentence = (job: Partial<JobFacts>, where: Partial<JobPlace> = {}) =>
  explainJob({ ...facts, ...job }, { ...place, ...where });
const snoozed: JobTry = {
  attempt: 1,
  how: "snoozed",
  claimedAt: null,
  endedAt: "2026-01-01T00:00:00.000Z",
  workerId: null,
  worker: null,
  fence: null,
  error: null,
};

const cases: [string, string, string][] = [
  ["waits for a slot", sentence({}), "Waits since 12 s: all 4 slots of the connected worker are taken"],
  [
    "waits for its turn",
    sentence({ ahead: 3 }, { workers: 2 }),
    "Waits since 12 s: all 4 slots of the 2 connected workers are taken, and 3 jobs of its project are before it",
  ],
  [
    "waits for its turn where there are no projects",
    sentence({ kind: "housekeeping", shareRunning: null, ahead: 1 }),
    "Waits since 12 s: all 4 slots of the connected worker are taken, and 1 job is before it",
  ],
  [
    "is about to be taken",
    sentence({}, { running: 1 }),
    "Waits since 12 s: 3 of 4 slots are free, so a worker takes it within a second",
  ],
  [
    "is about to be taken with those before it",
    sentence({ ahead: 2 }, { running: 1 }),
    "Waits since 12 s: 3 of 4 slots are free, so a worker takes it within a second",
  ],
  [
    "has more before it than slots are free",
    sentence({ ahead: 1_200 }, { running: 1 }),
    "Waits since 12 s: 3 of 4 slots are free, and 1200 jobs of its project are before it",
  ],
  [
    "nobody takes although somebody could",
    sentence({ dueS: 300 }, { running: 1 }),
    "Waits since 5 min: 3 of 4 slots are free and yet no worker has taken it: look at the workers and their logs",
  ],
  [
    "waits for its project's share",
    sentence({ shareRunning: 64 }, { slots: 100 }),
    "Waits since 12 s: its project has 64 such jobs running, which is all that it may have at once",
  ],
  [
    "waits for the share that somebody gave its project",
    sentence({ shareRunning: 1, shareMax: 1, ahead: 2 }, { slots: 100 }),
    "Waits since 12 s: its project has 1 such job running, which is all that it may have at once, and 2 jobs of its project are before it",
  ],
  [
    "waits for its project's rate",
    sentence({ rate: { jobs: 30, perMs: 60_000, started: 30 } }, { slots: 100 }),
    "Waits since 12 s: its project has started 30 such jobs in the last 60 s, which is all that it may",
  ],
  [
    "waits below its project's rate",
    sentence({ rate: { jobs: 30, perMs: 60_000, started: 29 } }, { running: 3 }),
    "Waits since 12 s: 1 of 4 slots are free, so a worker takes it within a second",
  ],
  [
    "waits for the queue's limit",
    sentence({}, { running: 2, queue: { ...open, slotsMax: 2 } }),
    "Waits since 12 s: 2 jobs of the queue browser run, which is all that it may have at once",
  ],
  [
    "waits in a paused queue",
    sentence(
      {},
      { queue: { ...open, paused: true, changedBy: "root@example.com", reason: "the disk is full" } },
    ),
    "Waits since 12 s: the queue browser is paused by root@example.com (the disk is full)",
  ],
  [
    "has no worker",
    sentence({}, { nobody: "no worker is connected" }),
    "Waits since 12 s: no worker is connected",
  ],
  [
    "has no worker that can do it",
    sentence({}, { nobody: "12 jobs wait for firefox, and 0 workers have it" }),
    "Waits since 12 s: 12 jobs wait for firefox, and 0 workers have it",
  ],
  [
    "was lost with two workers",
    sentence({ crashes: 2 }, { running: 2, suspects: 1 }),
    "Waits since 12 s: it was lost with 2 workers, and each worker that could take it has one such job already, which it has alone (before: 2 lost workers)",
  ],
  [
    "has come due and waits for its project's share",
    sentence({ state: "scheduled", dueS: 5, shareRunning: 64 }, { slots: 100 }),
    "Has waited until its time; it is due since 5 s, and its project has 64 such jobs running, which is all that it may have at once",
  ],
  [
    "was handed back before",
    sentence({ interruptions: 1, crashes: 2 }, { running: 0 }),
    "Waits since 12 s: 4 of 4 slots are free, so a worker takes it within a second (before: 2 lost workers, handed back once)",
  ],
  ["waits until a time", sentence({ state: "scheduled", dueS: -600 }), "Waits another 10 min until its time"],
  [
    "waits until a time in a paused queue",
    sentence({ state: "scheduled", dueS: -600 }, { queue: { ...open, paused: true } }),
    "Waits another 10 min until its time; the queue browser is paused by somebody",
  ],
  [
    "has come due",
    sentence({ state: "scheduled", dueS: 0.4 }, { nobody: "no worker is connected" }),
    "Has waited until its time; it is due since 400 ms, and no worker is connected",
  ],
  [
    "waits to be tried again",
    sentence({ state: "scheduled", dueS: -8, failures: 1, error: "the disk is full" }),
    "Waits another 8 s until its try 2 of 3 after 1 failed try: the disk is full",
  ],
  [
    "was put off",
    sentence({ state: "scheduled", dueS: -8, failures: 1, history: [snoozed] }),
    "Waits another 8 s until the time it asked for",
  ],
  [
    "runs",
    sentence({ state: "running", worker: "w1", heldS: 3, leaseS: 14 }),
    "Runs on worker w1 since 3 s, lease for another 14 s",
  ],
  [
    "runs on a worker that is silent",
    sentence({ state: "running", worker: "w1", heldS: 30, leaseS: -3 }),
    "Was running on worker w1 since 30 s, which has not been heard of: its lease ended 3 s ago and another worker takes over",
  ],
  [
    "is being stopped",
    sentence({
      state: "running",
      worker: "w1",
      heldS: 3,
      leaseS: 9,
      cancelReason: "stopped by ada@example.com",
    }),
    "Is being stopped on worker w1 since 3 s: stopped by ada@example.com",
  ],
  [
    "is done",
    sentence({ state: "done", worker: "w1", endedS: 7_300, heldS: 4, failures: 2 }),
    "Done 2 h ago by worker w1 in 4 s (before: 2 failed tries)",
  ],
  [
    "was cancelled",
    sentence({ state: "cancelled", endedS: 60, error: "cancelled by root@example.com" }),
    "Cancelled 60 s ago: cancelled by root@example.com",
  ],
  [
    "was given up",
    sentence({ state: "dead", endedS: 60, failures: 3, crashes: 1, error: "the disk is full" }),
    "Given up 60 s ago after 3 failed tries and 1 lost worker: the disk is full",
  ],
  [
    "was given up and tried again",
    sentence({ state: "dead", endedS: 60, failures: 3, error: "full", handledBy: "root", replayedAs: "x" }),
    "Given up 60 s ago after 3 failed tries and 0 lost workers: full (tried again as another job by root)",
  ],
  [
    "was given up and discarded",
    sentence({ state: "dead", endedS: 60, failures: 3, error: "full", handledBy: "root" }),
    "Given up 60 s ago after 3 failed tries and 0 lost workers: full (discarded by root)",
  ],
];

for (const [title, actual, expected] of cases) {
  test(`a job that ${title} says so`, () => assert.equal(actual, expected));
}

test("every state has a sentence even where nothing is known", () => {
  for (const state of [...jobStates, ...jobOutcomes]) assert.match(sentence({ state }), /^[A-Z].{8,}$/);
});
