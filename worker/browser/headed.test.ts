import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { findProgram } from "../../ops/testing/programs.ts";
import { findFirefox, noFirefox } from "./testing/find-browser.ts";
import { Bench } from "./testing/run.ts";
import { closeBrowsers } from "./thread.ts";

/** Browsers with a window, on a display that nobody looks at. */

const xvfb = findProgram("Xvfb");
const chromium = process.env.VERDICT_CHROMIUM_PATH ?? findProgram("chromium");
const firefox = findFirefox();
let display: ChildProcess | null = null;
let bench: Bench;
const displayBefore = process.env.DISPLAY;

before(async () => {
  if (xvfb === null) return;
  bench = await Bench.open();
  display = spawn(xvfb, ["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let number = "";
  for await (const chunk of display.stdout ?? []) {
    number += String(chunk);
    if (number.includes("\n")) break;
  }
  process.env.DISPLAY = `:${number.trim()}`;
});

after(async () => {
  if (display === null) return;
  await closeBrowsers();
  const ended = once(display, "exit");
  display.kill("SIGTERM");
  await ended;
  if (displayBefore === undefined) delete process.env.DISPLAY;
  else process.env.DISPLAY = displayBefore;
  await bench.close();
});

for (const [name, executablePath, missing] of [
  ["chromium", chromium, "no full Chromium is installed"],
  ["firefox", firefox, noFirefox],
] as const) {
  const lacking = xvfb === null ? "Xvfb is not installed" : executablePath === null ? missing : false;
  test(`${name} has a window where it is to have one`, { skip: lacking }, async () => {
    const { outcome, pids } = await bench.run([{ type: "goto", url: "data:text/html,<h1>Hello" }], {
      timeoutMs: 90_000,
      browser: {
        name,
        executablePath: executablePath ?? "",
        isHeaded: true,
        sandbox: process.getuid?.() !== 0,
        profilesDirectory: bench.folder,
      },
    });
    assert.equal(outcome.failure, null);
    assert.doesNotMatch(readFileSync(`/proc/${pids[0]}/cmdline`, "utf8"), /headless/);
  });
}
