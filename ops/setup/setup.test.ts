import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { projectRoot } from "../config.ts";

function setup(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [join(projectRoot, "ops", "setup.mjs"), ...args], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, ...env },
  });
}

describe("set-up", () => {
  it("refuses an unknown command and names the known ones", () => {
    const { status, stderr } = setup(["strat"]);
    assert.equal(status, 1);
    assert.match(stderr, /"strat" is no command: expected one of start, test, check, bench, faults, verdict/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it("refuses a named browser that is not there, in words", () => {
    const { status, stderr } = setup(["test"], { PUPPETEER_EXECUTABLE_PATH: "/nowhere/chrome" });
    assert.equal(status, 1);
    assert.match(stderr, /PUPPETEER_EXECUTABLE_PATH is "\/nowhere\/chrome"/);
  });
});
