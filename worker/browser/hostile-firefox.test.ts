import { after, afterEach, before, describe, test } from "node:test";
import { findFirefox, noFirefox } from "./testing/find-browser.ts";
import { goto, HostileBench, press } from "./testing/hostile-bench.ts";

/**
 * The same on Firefox, where each attempt has a browser of its own: those that one step does not get back from by itself. All of
 * them with VERDICT_ALL_CASES=1.
 */

const all = process.env.VERDICT_ALL_CASES === "1";
const only = all ? {} : { skip: "runs with VERDICT_ALL_CASES=1" };

describe("hostile pages on firefox", { skip: findFirefox() === null ? noFirefox : false }, () => {
  let bench: HostileBench;

  before(async () => {
    bench = await HostileBench.open("firefox");
  });

  afterEach(() => bench.assertNothingLeft());

  after(() => bench.close());

  test("a script that does not end when a button is pressed", async () => {
    await bench.meets([goto("loop"), { type: "click", target: "css=button", timeoutMs: 3_000 }], {
      status: "failed",
      code: "page-not-responding",
      message: "the page did not answer within 3000 ms; its script may be in an endless loop",
    });
  });

  test("dialog after dialog", async () => {
    // Firefox takes so long over each that time is up before there are too many.
    await bench.meets([goto("alerts"), { ...press, timeoutMs: 5_000 }], {
      status: "failed",
      code: /^(page-not-responding|dialog-flood)$/,
      message: /^(the page did not answer within 5000 ms|the page opened more than 1000 dialogs)/,
    });
  });

  test("a console that is written to without end", only, async () => {
    await bench.meets([goto("console"), { ...press, timeoutMs: 100_000 }], {
      status: "failed",
      code: "console-flood",
      message: "the page wrote more than 20000 lines to its console",
    });
  });

  test("a script that does not end while the page loads", only, async () => {
    await bench.meets([goto("loop-at-once", 5_000)], {
      status: "failed",
      code: "timeout",
      message:
        /^(SITE\/hostile\/loop-at-once was opened, but its load event did not come|could not open .*) within 5000 ms$/,
    });
  });

  test("a thousand tabs", only, async () => {
    await bench.meets([goto("popups"), { ...press, timeoutMs: 100_000 }, { type: "waitFor", ms: 60_000 }], {
      status: "failed",
      code: "tab-flood",
      message: "the page opened more than 108 tabs",
    });
  });

  test("a script that does not end when its page is left, or closed", only, async () => {
    await bench.meets([goto("unload"), press], { status: "passed" });
  });

  test("an address that leads to itself, by the server and by the page", only, async () => {
    await bench.meets([{ type: "goto", url: "/ring", timeoutMs: 60_000 }], {
      status: "failed",
      code: "navigation-failed",
      message: "could not open SITE/ring: too many redirects",
    });
    await bench.meets([goto("moves"), { type: "expectVisible", target: "text=Arrived", timeoutMs: 5_000 }], {
      status: "failed",
      code: /^(target-not-found|timeout)$/,
    });
  });

  test("a document of a hundred megabytes", only, async () => {
    await bench.meets(
      [
        goto("large"),
        { ...press, timeoutMs: 100_000 },
        { type: "expectTitle", title: "Large", timeoutMs: 60_000 },
      ],
      { status: "passed" },
      { screenshots: "each-step", evidence: { replay: "on", network: "on" } },
    );
  });
});
