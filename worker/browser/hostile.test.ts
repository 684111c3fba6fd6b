import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { limits } from "../../db/domain/limits.ts";
import { PoolBench } from "../testing/pool-bench.ts";
import type { AttemptOutcome, AttemptPlan } from "./protocol.ts";
import { hostilePages } from "./testing/hostile-pages.ts";
import type { Written } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";

/** Pages that do their worst, through the pool as in a worker; beside each of them another attempt in the same browser. */

let bench: PoolBench;
let site: Site;

before(async () => {
  bench = await PoolBench.open({ threads: 1, attemptsMax: 2 });
  site = await startSite(hostilePages);
});

afterEach(() => {
  assert.deepEqual(bench.leftOfAttempts(), [], "what the attempts had is gone with them");
});

after(async () => {
  const { processes, profiles } = await bench.close();
  await site.close();
  assert.deepEqual(processes, []);
  assert.deepEqual(profiles, []);
});

const patience = { timeoutMs: 60_000 };
const press: Written = { type: "click", target: "css=button, a" };
/** An honest page, and enough of it to be there from the beginning to the end of what the other one does. */
const neighbour: Written[] = [
  { type: "goto", url: "/form", ...patience },
  {
    type: "repeat",
    times: 8,
    steps: [
      { type: "fill", target: "label=Name", value: "Ada", ...patience },
      { type: "waitFor", ms: 200 },
      { type: "expectValue", target: "label=Name", value: "Ada", ...patience },
    ],
    ...patience,
  },
  { type: "click", target: "css=#send", ...patience },
  { type: "expectText", target: "css=#query", text: "name=Ada", ...patience },
];

type Told = { status: AttemptOutcome["status"]; code?: string | RegExp; message?: string | RegExp };

/** Runs the hostile steps and, from when the last of them begins, the neighbour. */
async function hostile(
  steps: Written[],
  told: Told,
  plan: Omit<Partial<AttemptPlan>, "browser"> & { browser?: Partial<AttemptPlan["browser"]> } = {},
) {
  const attempt = bench.start(steps, { baseUrl: site.url, ...plan });
  await Promise.race([attempt.begun(steps.length), attempt.outcome]);
  const beside = bench.start(neighbour, {
    baseUrl: site.url,
    ...(plan.browser ? { browser: plan.browser } : {}),
  });
  const [outcome, other] = await Promise.all([attempt.outcome, beside.outcome]);
  assert.equal(other.failure, null, "the neighbour");
  assert.equal(other.status, "passed");
  assert.equal(outcome.status, told.status, JSON.stringify(outcome));
  assertSays(outcome.failure?.code, told.code, outcome);
  assertSays(outcome.failure?.message.replaceAll(site.url, "SITE"), told.message, outcome);
  return attempt;
}

function assertSays(
  said: string | undefined,
  wanted: string | RegExp | undefined,
  outcome: AttemptOutcome,
): void {
  if (wanted instanceof RegExp) assert.match(said ?? "", wanted);
  else assert.equal(said, wanted, JSON.stringify(outcome));
}

const goto = (path: string, timeoutMs = 60_000): Written => ({
  type: "goto",
  url: `/hostile/${path}`,
  timeoutMs,
});

test("a script that does not end while the page loads", async () => {
  await hostile([goto("loop-at-once", 3_000)], {
    status: "failed",
    code: "timeout",
    message: "SITE/hostile/loop-at-once was opened, but its load event did not come within 3000 ms",
  });
});

test("a script that does not end when a button is pressed, in the page and in a frame of it", async () => {
  for (const [path, target] of [
    ["loop", "css=button"],
    ["loop-in-frame", "frame=iframe >> css=button"],
  ] as const) {
    await hostile([goto(path), { type: "click", target, timeoutMs: 3_000 }], {
      status: "failed",
      code: "page-not-responding",
      message: "the page did not answer within 3000 ms; its script may be in an endless loop",
    });
  }
});

test("dialog after dialog", async () => {
  await hostile([goto("alerts"), { ...press, timeoutMs: 100_000 }], {
    status: "failed",
    code: "dialog-flood",
    message: "the page opened more than 1000 dialogs",
  });
});

test("a thousand tabs", async () => {
  await hostile([goto("popups"), { ...press, timeoutMs: 100_000 }, { type: "waitFor", ms: 60_000 }], {
    status: "failed",
    code: "tab-flood",
    message: "the page opened more than 108 tabs",
  });
});

test("a document of a hundred megabytes", async () => {
  const { files } = await hostile(
    [
      goto("large"),
      { ...press, timeoutMs: 100_000 },
      { type: "expectTitle", title: "Large", timeoutMs: 60_000 },
    ],
    { status: "passed" },
    { screenshots: "each-step", evidence: { replay: "on", network: "on" } },
  );
  assert.ok(files.bytes < limits.artifactBytesMax, `${files.bytes} bytes of files`);
});

test("a console that is written to without end, in lines and in characters", async () => {
  const paths = { console: "20000 lines", "console-large": "50000000 characters" };
  for (const [path, most] of Object.entries(paths)) {
    const { events } = await hostile([goto(path), { ...press, timeoutMs: 100_000 }], {
      status: "failed",
      code: "console-flood",
      message: `the page wrote more than ${most} to its console`,
    });
    assert.ok(events.length <= limits.eventsPerAttemptMax, `${events.length} events`);
  }
});

test("a download that does not end", async () => {
  const { events } = await hostile([goto("download"), press, { type: "expectDownload", timeoutMs: 20_000 }], {
    status: "failed",
    code: "assertion-failed",
    message: "expected a download, got endless: it was refused (waited 20000 ms)",
  });
  const said = events.flatMap((event) => (event.type === "log" ? [event.text] : []));
  assert.deepEqual(said, [
    `stopped the download of endless: it has more than ${limits.downloadBytesMax} bytes`,
  ]);
});

test("an address that leads to itself, by the server and by the page", async () => {
  await hostile([{ type: "goto", url: "/ring", timeoutMs: 60_000 }], {
    status: "failed",
    code: "navigation-failed",
    message: "could not open SITE/ring: too many redirects",
  });
  await hostile([goto("moves"), { type: "expectVisible", target: "text=Arrived", timeoutMs: 3_000 }], {
    status: "failed",
    // As it happens, in a document or between two of them.
    code: /^(target-not-found|timeout)$/,
    message:
      /^(expected text=Arrived to be visible, but no element matches it \(waited|the page had no document to look at within) 3000 ms\)?$/,
  });
});

test("a page that takes more and more memory", { skip: process.platform !== "linux" }, async () => {
  for (const path of ["memory", "heap"]) {
    await hostile(
      [goto(path), { ...press, timeoutMs: 100_000 }],
      {
        status: "failed",
        code: "page-memory",
        message: `the page took more than 500 MB of memory and was ended (SITE/hostile/${path})`,
      },
      { browser: { pageMemoryBytesMax: 500_000_000 } },
    );
  }
});

test("a script that does not end when its page is left, or closed", async () => {
  // Without a press of somebody a page may not hold those who leave.
  await hostile([goto("unload"), press, { type: "goto", url: "/next", timeoutMs: 3_000 }], {
    status: "failed",
    code: "timeout",
    message: "could not open SITE/next: no answer within 3000 ms",
  });
  await hostile([goto("unload"), press], { status: "passed" });
});
