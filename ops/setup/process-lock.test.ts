import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { lock, startOf, tryLock } from "./process-lock.mjs";

const module = new URL("./process-lock.mjs", import.meta.url).href;
let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-lock-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a process that takes the lock, says so, and holds it until it is killed. */
async function holder(file: string): Promise<ChildProcess> {
  const script = `import { tryLock } from ${JSON.stringify(module)};
    process.send(tryLock(${JSON.stringify(file)}).taken); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [taken] = await once(child, "message");
  assert.equal(taken, true);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

describe("process lock", () => {
  it("has one holder, by name, until released", async () => {
    const file = join(folder, "one");
    const child = await holder(file);
    const refused = tryLock(file);
    assert.deepEqual(refused, { taken: false, holder: child.pid });
    await kill(child);
    const taken = tryLock(file);
    assert.equal(taken.taken, true);
    if (taken.taken) taken.release();
    assert.equal(existsSync(file), false);
  });

  it("passes from a killed holder to exactly one of many waiting", async () => {
    const file = join(folder, "many");
    await kill(await holder(file));
    const script = `import { tryLock } from ${JSON.stringify(module)};
      process.send(tryLock(${JSON.stringify(file)}).taken); process.once("message", () => process.exit());`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      }),
    );
    const answers = await Promise.all(children.map(async (child) => (await once(child, "message"))[0]));
    assert.equal(answers.filter(Boolean).length, 1);
    await Promise.all(children.map(kill));
  });

  it("does not believe a pid that now belongs to another process", () => {
    const file = join(folder, "reused");
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: "another time", token: "x" }));
    const result = tryLock(file);
    assert.equal(result.taken, true);
    if (result.taken) result.release();
  });

  it("takes a damaged lock file for a dead holder's", () => {
    const file = join(folder, "damaged");
    writeFileSync(file, "{");
    const result = tryLock(file);
    assert.equal(result.taken, true);
    assert.equal(JSON.parse(readFileSync(file, "utf8")).pid, process.pid);
    if (result.taken) result.release();
  });

  it("waits for a bounded time and then names the holder", async () => {
    const file = join(folder, "bounded");
    const child = await holder(file);
    const waitedFor: number[] = [];
    await assert.rejects(
      lock(file, { waitMs: 150, onWait: (pid) => waitedFor.push(pid) }),
      new RegExp(`process ${child.pid}`),
    );
    assert.deepEqual(waitedFor, [child.pid]);
    await kill(child);
    (await lock(file, { waitMs: 1000 }))();
  });

  it("leaves no files of its own", () => {
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes(".")),
      [],
    );
  });

  it("knows no start time for a dead process", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    assert.equal(startOf(child.pid ?? 0), null);
    assert.ok(startOf(process.pid));
  });
});
