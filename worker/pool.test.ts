import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { AttemptPlan } from "./browser/protocol.ts";
import { noLog, noMetrics } from "./metrics.ts";
import { BrowserPool, type Patience } from "./pool.ts";
import { startOf } from "./processes.ts";
import { openRunFolder, type RunFolder, sweepRunFolders } from "./run-folder.ts";
import { until } from "./testing/wait.ts";

const home = mkdtempSync(join(tmpdir(), "verdict-pool-"));
after(() => rmSync(home, { recursive: true, force: true }));
const threadFile = fileURLToPath(new URL("./testing/odd-thread.ts", import.meta.url));

const planOf = (variables: Record<string, string>, timeoutMs = 30_000): AttemptPlan => ({
  executionId: "execution",
  attempt: 1,
  organizationId: "organization",
  workerName: "worker",
  steps: [],
  variables,
  secrets: {},
  baseUrl: null,
  browser: { name: "chromium", executablePath: "", sandbox: true, profilesDirectory: home },
  viewport: { width: 800, height: 600 },
  timeoutMs,
  screenshots: "never",
});

let folders = 0;
async function withPool(
  patience: Partial<Patience>,
  work: (pool: BrowserPool, folder: RunFolder) => Promise<void>,
): Promise<void> {
  const folder = await openRunFolder(home, `test-${folders++}`);
  const options = {
    threads: 1,
    attemptsMax: 2,
    folder,
    metrics: noMetrics,
    log: noLog,
    threadFile,
    patience,
  };
  const pool = new BrowserPool(options);
  try {
    await work(pool, folder);
  } finally {
    await pool.close();
    await folder.remove();
  }
}

const firstBrowser = (folder: RunFolder) => until("a browser", 10_000, () => folder.browsers()[0]);
const gone = (pid: number) => until("the browser is gone", 2_000, () => startOf(pid) === null);
const ignore = () => undefined;

describe("the pool", { concurrency: true }, () => {
  test("an attempt that ends gives its outcome, after everything it said, in order", () =>
    withPool({}, async (pool) => {
      const heard: string[] = [];
      const { outcome } = pool.run(planOf({ mode: "talk", count: "200" }), (message, taken) => {
        if (message.type === "events")
          for (const event of message.events) if (event.type === "log") heard.push(event.text);
        taken();
      });
      assert.equal((await outcome).status, "passed");
      assert.deepEqual(
        heard,
        Array.from({ length: 200 }, (_, index) => `${index + 1}`),
      );
    }));

  test("a thread that crashes is an error of ours, its browser is killed, and the next attempt runs", () =>
    withPool({}, async (pool, folder) => {
      const running = pool.run(planOf({ mode: "crash" }), ignore);
      const { status, failure } = await running.outcome;
      assert.equal(status, "error");
      assert.equal(failure?.code, "runner-crashed");
      await until("no browser is left", 2_000, () => folder.browsers().length === 0);
      assert.equal((await pool.run(planOf({}), ignore).outcome).status, "passed");
    }));

  test("a thread that throws is an error of ours", () =>
    withPool({}, async (pool) => {
      const { failure } = await pool.run(planOf({ mode: "throw" }), ignore).outcome;
      assert.match(failure?.message ?? "", /the thread threw/);
    }));

  test("an attempt that does not obey loses its browser", () =>
    withPool({ obeyMs: 100, dieMs: 10_000 }, async (pool, folder) => {
      const running = pool.run(planOf({ mode: "deaf" }), ignore);
      const pid = await firstBrowser(folder);
      running.stop("enough", "ask");
      assert.equal((await running.outcome).status, "cancelled");
      await gone(pid);
    }));

  test("killing takes the browser away at once", () =>
    withPool({ obeyMs: 60_000, dieMs: 60_000 }, async (pool, folder) => {
      const running = pool.run(planOf({ mode: "deaf" }), ignore);
      const pid = await firstBrowser(folder);
      running.stop("the lease is lost", "kill");
      await gone(pid);
      assert.equal((await running.outcome).status, "cancelled");
    }));

  test("a thread that hangs is replaced, and the next attempt runs", () =>
    withPool({ obeyMs: 50, dieMs: 50 }, async (pool, folder) => {
      const running = pool.run(planOf({ mode: "stubborn" }), ignore);
      await firstBrowser(folder);
      running.stop("enough", "ask");
      assert.equal((await running.outcome).status, "cancelled");
      assert.equal((await pool.run(planOf({}), ignore).outcome).status, "passed");
    }));

  test("an attempt that goes on beyond its own time is stuck: an error of ours", () =>
    withPool({ overtimeMs: 0, dieMs: 50 }, async (pool) => {
      const { status, failure } = await pool.run(planOf({ mode: "stubborn" }, 1_500), ignore).outcome;
      assert.equal(status, "error");
      assert.equal(failure?.code, "runner-stuck");
    }));
});

describe("the sweep", () => {
  const sleepers: ChildProcess[] = [];
  after(() => {
    for (const child of sleepers) child.kill("SIGKILL");
  });
  const sleeper = () => {
    const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
    sleepers.push(child);
    child.unref();
    return child.pid ?? 0;
  };
  const leave = (name: string, owner: unknown, browsers: { pid: number; start: string | null }[]) => {
    const path = join(home, "run", name);
    mkdirSync(join(path, "profiles", "browser-x"), { recursive: true });
    if (owner) writeFileSync(join(path, "owner"), JSON.stringify(owner));
    for (const browser of browsers)
      writeFileSync(join(path, `browser-${browser.pid}`), JSON.stringify(browser));
    return path;
  };

  test("kills the browsers of a dead worker and removes its folder; those of a living one and strangers stay", async () => {
    const [orphan, stranger, theirs] = [sleeper(), sleeper(), sleeper()];
    const dead = leave("dead", { pid: process.pid, start: "another start" }, [
      { pid: orphan, start: startOf(orphan) },
      { pid: stranger, start: "a process that had this number before" },
    ]);
    const alive = leave("alive", { pid: process.pid, start: startOf(process.pid) }, [
      { pid: theirs, start: startOf(theirs) },
    ]);
    assert.deepEqual(await sweepRunFolders(home), { folders: 1, browsers: 1 });
    await gone(orphan);
    assert.equal(existsSync(dead), false);
    assert.equal(existsSync(alive), true);
    assert.notEqual(startOf(stranger), null);
    assert.notEqual(startOf(theirs), null);
    rmSync(alive, { recursive: true });
  });

  test("a damaged file never makes us kill, and a folder that is just being made is left alone", async () => {
    const damaged = leave("damaged", { pid: process.pid, start: "another start" }, [{ pid: 0, start: "1" }]);
    writeFileSync(join(damaged, "browser-x"), "{");
    const fresh = leave("fresh", null, []);
    const old = leave("old", null, []);
    utimesSync(old, 0, 0);
    assert.deepEqual(await sweepRunFolders(home), { folders: 2, browsers: 0 });
    assert.deepEqual(readdirSync(join(home, "run")).sort(), ["fresh"]);
    rmSync(fresh, { recursive: true });
  });
});
