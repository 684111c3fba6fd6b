import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "../home.ts";
import type { Account } from "./account.ts";
import type { Place } from "./place.ts";

const startBoundMs = 120_000; // recovery after a crash replays the log first
const fastStopBoundMs = 3_000;
const quickStopBoundMs = 1_500;

export type ServerOptions = {
  place: Place;
  account: Account;
  port: number;
  /** Extra `-c name=value` settings. */
  settings: Readonly<Record<string, string>>;
};

/** A running postmaster and its last lines of log. */
export type Server = { process: ChildProcess; log: () => string };

/** The port was taken: the caller tries another one. */
export class PortTakenError extends Error {}

/**
 * Starts the postmaster and waits until it takes connections.
 * @throws PortTakenError, or StartError with the server's own last words
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await startOnce(options);
    } catch (error) {
      // After a killed postmaster its children need a moment to notice and let go of the shared memory.
      const isTransient =
        error instanceof StartError && error.message.includes("pre-existing shared memory block");
      if (!isTransient || Date.now() > deadline) throw error;
      await delay(250);
    }
  }
}

async function startOnce({ place, account, port, settings }: ServerOptions): Promise<Server> {
  const program = join(place.binaries, "postgres");
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const args = ["-D", place.dataFolder, "-p", String(port), ...flags];
  const [command, ...before] = tiedToParent();
  const child = spawn(command ?? program, command === undefined ? args : [...before, program, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    // A group of its own: Ctrl-C in the terminal must reach the workers first, not the database.
    detached: true,
    cwd: place.dataFolder,
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" },
    ...(account ?? {}),
  });
  let log = "";
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-20_000);
      if (log.includes("database system is ready to accept connections")) resolve();
    });
    child.once("error", reject);
    child.once("close", () => reject(endedEarly(log, port)));
  });
  const timer = setTimeout(() => child.kill("SIGQUIT"), startBoundMs);
  try {
    await ready;
  } finally {
    clearTimeout(timer);
  }
  return { process: child, log: () => log };
}

function endedEarly(log: string, port: number): Error {
  if (/could not bind|Address already in use/.test(log)) return new PortTakenError(`port ${port} is taken`);
  return new StartError(
    `The embedded PostgreSQL did not start. It said:\n${log.trim().replace(/^/gm, "  ")}`,
  );
}

/** Linux can end the server when we are killed without a chance to stop it; elsewhere the next start does it. */
function tiedToParent(): string[] {
  if (process.platform !== "linux") return [];
  try {
    execFileSync("setpriv", ["--pdeathsig", "INT", "true"], { stdio: "ignore", timeout: 5_000 });
    return ["setpriv", "--pdeathsig", "INT"];
  } catch {
    return []; // no setpriv, or one (busybox) without this
  }
}

/** Stops within five seconds: connections are ended, then the hard way that recovers at the next start. */
export async function stopServer(server: Server): Promise<void> {
  const child = server.process;
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGINT");
  if (await settlesWithin(gone, fastStopBoundMs)) return;
  child.kill("SIGQUIT");
  if (await settlesWithin(gone, quickStopBoundMs)) return;
  child.kill("SIGKILL");
  await gone;
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const bound = new AbortController();
  const late = delay(ms, false, { signal: bound.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  bound.abort();
  return settled;
}

/**
 * What is left of an earlier server on this data folder: a living orphan is stopped, a dead one's file removed.
 * The file must go even if its pid exists: that may be a zombie nobody reaps, or another program by now, and
 * PostgreSQL would refuse to start for either. It may only go when no process works in the folder any more.
 * @throws StartError when the orphan does not stop
 */
export async function clearLeftovers(dataFolder: string): Promise<void> {
  const file = join(dataFolder, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  for (const [signal, boundMs] of [
    ["SIGINT", fastStopBoundMs],
    ["SIGQUIT", quickStopBoundMs],
  ] as const) {
    if (processesIn(dataFolder, pid).includes(pid)) process.kill(pid, signal);
    // Children of a killed server notice by themselves and go.
    if (!(await isFreeWithin(dataFolder, pid, boundMs))) continue;
    rmSync(file, { force: true });
    return;
  }
  throw new StartError(
    `An embedded PostgreSQL from an earlier start (process ${processesIn(dataFolder, pid).join(", ")}) does not stop: end it, then start again.`,
  );
}

async function isFreeWithin(dataFolder: string, pid: number, ms: number): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await delay(50)) {
    if (processesIn(dataFolder, pid).length === 0) return true;
  }
  return false;
}

/** Living processes of a server on this folder: each of them works in it. Without /proc only the first is known. */
function processesIn(dataFolder: string, postmaster: number): number[] {
  if (process.platform !== "linux") return commandLineOf(postmaster).includes(dataFolder) ? [postmaster] : [];
  const real = realpathSync(dataFolder);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && workingFolderOf(name) === real)
    .map(Number);
}

function workingFolderOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null; // gone, a zombie, or somebody else's
  }
}

function commandLineOf(pid: number): string {
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8", timeout: 5_000 });
  } catch {
    return ""; // ps says by its exit code that there is no such process
  }
}
