import assert from "node:assert/strict";
import { test } from "node:test";
import { type WorkerAbility, whyNobody } from "./workers.ts";

const worker = (over: Partial<WorkerAbility> = {}): WorkerAbility => ({
  ...{ state: "active", browsers: ["chromium"], refuses: "nothing", refusal: null },
  ...over,
});
const short = { refuses: "executions", refusal: "its memory is short" } as const;

test("a job that some worker takes needs no explanation", () => {
  assert.equal(whyNobody([worker({ state: "quiet" }), worker()], "chromium"), null);
  assert.equal(whyNobody([worker({ browsers: [] })], null), null);
  assert.equal(whyNobody([worker(short)], null), null, "memory is no matter to jobs without a browser");
});

test("a job that none takes says in one sentence why, whatever the reason", () => {
  const cases: [readonly WorkerAbility[], string | null, number | null, string][] = [
    [[], "chromium", null, "no worker is connected"],
    [[worker({ state: "lost" })], "chromium", 2, "2 waiting, no worker is connected"],
    [[worker(), worker()], "firefox", 12, "12 waiting, 0 workers have firefox"],
    [
      Array.from({ length: 3 }, () => worker({ state: "quiet" })),
      "chromium",
      null,
      "3 workers have chromium, all quiet",
    ],
    [
      [worker({ state: "quarantined" })],
      "chromium",
      1,
      "1 waiting, 1 worker has chromium, which is quarantined",
    ],
    [
      [worker({ state: "quiet" }), worker({ state: "quiet" }), worker(short)],
      "chromium",
      null,
      "3 workers have chromium, 2 quiet, 1 refusing: its memory is short",
    ],
    [[worker({ state: "draining" })], null, null, "1 worker is connected, which is draining"],
  ];
  for (const [workers, browser, waiting, sentence] of cases) {
    assert.equal(whyNobody(workers, browser, waiting), sentence);
  }
});
