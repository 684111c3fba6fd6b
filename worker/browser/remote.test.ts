import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, beforeEach, test } from "node:test";
import { findBrowser } from "./testing/find-browser.ts";
import { Bench } from "./testing/run.ts";
import { type Site, startSite } from "./testing/site.ts";
import { closeBrowsers } from "./thread.ts";

/** A browser that runs elsewhere: here a Chromium of its own that listens on the loopback address. */

let bench: Bench;
let site: Site;
let chromium: ChildProcess | null = null;
let endpoint = "";

before(async () => {
  bench = await Bench.open();
  site = await startSite();
});

beforeEach(async () => {
  if (chromium === null) [chromium, endpoint] = await startElsewhere();
});

after(async () => {
  await closeBrowsers();
  if (chromium) await end(chromium);
  await site.close();
  await bench.close();
});

const remote = () => ({
  baseUrl: site.url,
  browser: {
    name: "chromium" as const,
    executablePath: "",
    endpoint,
    sandbox: true,
    profilesDirectory: bench.folder,
  },
});

test("attempts run in a remote browser, files are given to it, and it outlives them", async () => {
  const steps = [
    { type: "goto", url: "/form" },
    { type: "upload", target: "css=#file", files: [{ name: "a.txt", content: "hello" }] },
    { type: "expectText", target: "css=#out", text: "a.txt:5" },
  ] as const;
  for (let round = 1; round <= 2; round++) {
    const { outcome, pids } = await bench.run([...steps], remote());
    assert.equal(outcome.failure, null);
    assert.deepEqual(pids, [], "there is no process here to kill");
  }
  await closeBrowsers();
  assert.equal(chromium?.exitCode, null);
});

test("a remote browser that is lost is an error, never a failure", async () => {
  const running = bench.start(
    [
      { type: "goto", url: "/" },
      { type: "waitFor", ms: 60_000 },
    ],
    { ...remote(), timeoutMs: 90_000 },
  );
  await running.seen("step-finished", ({ stepType }) => stepType === "goto");
  if (chromium) await end(chromium);
  chromium = null;
  const outcome = await running.outcome;
  assert.equal(outcome.status, "error");
  assert.equal(outcome.failure?.code, "browser-crashed");
});

test("one that can't be reached is an error that does not show the key in its address", async () => {
  const { browser, baseUrl } = remote();
  const away = { ...browser, endpoint: "ws://127.0.0.1:9/devtools?token=hush-hush" };
  const { outcome } = await bench.run([{ type: "goto", url: "/" }], { baseUrl, browser: away });
  assert.equal(outcome.status, "error");
  assert.equal(outcome.failure?.code, "browser-unreachable");
  assert.match(outcome.failure?.message ?? "", /127\.0\.0\.1:9/);
  assert.doesNotMatch(JSON.stringify(outcome), /hush-hush/);
});

async function startElsewhere(): Promise<[ChildProcess, string]> {
  const flags = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${bench.folder}/elsewhere`];
  if (process.getuid?.() === 0) flags.push("--no-sandbox");
  const child = spawn(await findBrowser(), flags, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const address = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`Chromium ended: ${said.slice(-500)}`)));
    child.stderr?.on("data", (chunk: Buffer) => {
      said += String(chunk);
      const found = /DevTools listening on (ws:\/\/\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
  });
  return [child, address];
}

async function end(child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
  if (child.pid) process.kill(-child.pid, "SIGKILL");
  await ended;
}
