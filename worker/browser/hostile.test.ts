import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { limits } from "../../db/domain/limits.ts";
import { goto, HostileBench, press } from "./testing/hostile-bench.ts";

/** Pages that do their worst, through the pool as in a worker; beside each of them another attempt in the same browser. */

let bench: HostileBench;

before(async () => {
  bench = await HostileBench.open("chromium");
});

afterEach(() => bench.assertNothingLeft());

after(() => bench.close());

test("a script that does not end while the page loads", async () => {
  await bench.meets([goto("loop-at-once", 3_000)], {
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
    await bench.meets([goto(path), { type: "click", target, timeoutMs: 3_000 }], {
      status: "failed",
      code: "page-not-responding",
      message: "the page did not answer within 3000 ms; its script may be in an endless loop",
    });
  }
});

test("dialog after dialog", async () => {
  await bench.meets([goto("alerts"), { ...press, timeoutMs: 100_000 }], {
    status: "failed",
    code: "dialog-flood",
    message: "the page opened more than 1000 dialogs",
  });
});

test("a thousand tabs", async () => {
  await bench.meets([goto("popups"), { ...press, timeoutMs: 100_000 }, { type: "waitFor", ms: 60_000 }], {
    status: "failed",
    code: "tab-flood",
    message: "the page opened more than 108 tabs",
  });
});

test("a document of a hundred megabytes", async () => {
  const { files } = await bench.meets(
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
    const { events } = await bench.meets([goto(path), { ...press, timeoutMs: 100_000 }], {
      status: "failed",
      code: "console-flood",
      message: `the page wrote more than ${most} to its console`,
    });
    assert.ok(events.length <= limits.eventsPerAttemptMax, `${events.length} events`);
  }
});

test("a download that does not end", async () => {
  const { events } = await bench.meets(
    [goto("download"), press, { type: "expectDownload", timeoutMs: 20_000 }],
    {
      status: "failed",
      code: "assertion-failed",
      message: "expected a download, got endless: it was refused (waited 20000 ms)",
    },
  );
  const said = events.flatMap((event) => (event.type === "log" ? [event.text] : []));
  assert.deepEqual(said, [
    `stopped the download of endless: it has more than ${limits.downloadBytesMax} bytes`,
  ]);
});

test("an address that leads to itself, by the server and by the page", async () => {
  await bench.meets([{ type: "goto", url: "/ring", timeoutMs: 60_000 }], {
    status: "failed",
    code: "navigation-failed",
    message: "could not open SITE/ring: too many redirects",
  });
  await bench.meets([goto("moves"), { type: "expectVisible", target: "text=Arrived", timeoutMs: 3_000 }], {
    status: "failed",
    // As it happens, in a document or between two of them.
    code: /^(target-not-found|timeout)$/,
    message:
      /^(expected text=Arrived to be visible, but no element matches it \(waited|the page had no document to look at within) 3000 ms\)?$/,
  });
});

test("a page that takes more and more memory", { skip: process.platform !== "linux" }, async () => {
  for (const path of ["memory", "heap"]) {
    await bench.meets(
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
  await bench.meets([goto("unload"), press, { type: "goto", url: "/next", timeoutMs: 3_000 }], {
    status: "failed",
    code: "timeout",
    message: "could not open SITE/next: no answer within 3000 ms",
  });
  await bench.meets([goto("unload"), press], { status: "passed" });
});
