import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { endProcesses, leftFolders, leftProcesses } from "./leftovers.ts";

const noProc = process.platform !== "linux" && "needs /proc";

describe("what tests leave behind", () => {
  it("is found by the environment or the command line, and ended", { skip: noProc }, async () => {
    const scratch = mkdtempSync(join(tmpdir(), "verdict-leftovers-"));
    try {
      const wait = "process.send('up'); setInterval(() => {}, 1000)";
      const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
      const byEnvironment = spawn(process.execPath, ["-e", wait], {
        stdio: [...stdio],
        env: { TMPDIR: scratch },
      });
      const byCommand = spawn(process.execPath, ["-e", wait, scratch], { stdio: [...stdio], env: {} });
      const children = [byEnvironment, byCommand];
      await Promise.all(children.map((child) => once(child, "message")));
      const found = leftProcesses(scratch);
      assert.deepEqual(found.map(({ pid }) => pid).sort(), children.map(({ pid }) => pid).sort());
      const gone = Promise.all(children.map((child) => once(child, "exit")));
      endProcesses(found);
      await gone;
      assert.deepEqual(leftProcesses(scratch), []);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it("counts temporary folders by their name", () => {
    const scratch = mkdtempSync(join(tmpdir(), "verdict-leftovers-"));
    try {
      for (const name of ["verdict-x", "other"]) mkdirSync(join(scratch, name));
      assert.deepEqual(leftFolders(scratch), ["verdict-x"]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
