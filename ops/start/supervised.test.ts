import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startOf } from "../setup/process-lock.mjs";
import { RotatingLog } from "./rotating-log.ts";
import { Supervised } from "./supervised.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-supervised-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

function supervise(script: string, overrides: { graceMs?: number; onGiveUp?: (text: string) => void } = {}) {
  const said: string[] = [];
  const logFile = join(folder, `${Math.random()}.log`);
  const child = new Supervised({
    name: "child",
    command: [process.execPath, "-e", script],
    cwd: folder,
    env: process.env,
    logFile,
    graceMs: overrides.graceMs ?? 5_000,
    say: (line) => void said.push(line),
    onGiveUp: overrides.onGiveUp ?? (() => undefined),
  });
  return { child, said, logFile };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, "waited too long");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const logged = (file: string, text: string) => existsSync(file) && readFileSync(file, "utf8").includes(text);

describe("a supervised child", () => {
  it("is started again after a crash, with its last words told", async () => {
    const mark = join(folder, "once");
    const { child, said, logFile } = supervise(
      `const fs = require("fs");
       if (!fs.existsSync(${JSON.stringify(mark)})) {
         fs.writeFileSync(${JSON.stringify(mark)}, ""); console.error("last words"); process.exit(3);
       }
       console.log("second life"); setInterval(() => {}, 1000);`,
    );
    child.start();
    await until(() => logged(logFile, "second life"));
    await child.stop();
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /ended by itself \(exit code 3\).*0\.5 s[\s\S]*last words/);
  });

  it("that does not heed SIGTERM is killed after its grace", async () => {
    const { child, logFile } = supervise(
      'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000);',
      { graceMs: 100 },
    );
    child.start();
    await until(() => logged(logFile, "up"));
    const pid = child.pid ?? 0;
    await child.stop();
    assert.equal(startOf(pid), null);
  });

  it("does not outlive a stop during its back-off", async () => {
    const { child, said } = supervise("process.exit(1)");
    child.start();
    await until(() => said.length > 0);
    await child.stop();
    assert.equal(said.length, 1);
  });
});

describe("a rotating log", () => {
  it("stays within its bound and remembers the last lines", () => {
    const file = join(folder, "rotating.log");
    writeFileSync(file, "");
    const log = new RotatingLog(file, 100);
    for (let line = 0; line < 30; line++) log.write(`line ${line}\n`);
    log.close();
    assert.deepEqual(log.tail(2), ["line 28", "line 29"]);
    assert.ok(readFileSync(file, "utf8").length <= 100);
    assert.ok(readFileSync(`${file}.1`, "utf8").length <= 100);
  });
});
