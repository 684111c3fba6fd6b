// A lock held by a living process: a file with the holder's pid and start time in it. It is plain JavaScript
// without dependencies because set-up uses it before there is anything else.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const breakerAgeMsMax = 30_000;

/**
 * Takes the lock if nobody alive holds it.
 * @param {string} file
 * @returns {{ taken: true, release: () => void } | { taken: false, holder: number }}
 */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({
    pid: process.pid,
    started: startOf(process.pid),
    token: randomBytes(6).toString("hex"),
  });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  // The content is there before the name is: link() is the one atomic step.
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let round = 0; round < 3; round++) {
      try {
        linkSync(draft, file);
        return { taken: true, release: () => releaseIfMine(file, mine) };
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const theirs = readOrNull(file);
      if (theirs === null) continue;
      const holder = aliveHolder(theirs);
      if (holder !== null) return { taken: false, holder };
      removeStale(file, theirs);
    }
    return { taken: false, holder: 0 };
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Takes the lock, waiting for its holder for at most `waitMs`.
 * @param {string} file
 * @param {{ waitMs: number, onWait?: (holder: number) => void }} options
 * @returns {Promise<() => void>} releases it
 */
export async function lock(file, { waitMs, onWait }) {
  const deadline = Date.now() + waitMs;
  for (let told = false; ; ) {
    const result = tryLock(file);
    if (result.taken) return result.release;
    if (Date.now() > deadline) {
      throw new Error(
        `Waited ${Math.round(waitMs / 1000)} s for process ${result.holder}, which holds ${file}. End that process, or remove the file if it is not about Verdict.`,
      );
    }
    if (!told) onWait?.(result.holder);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * A text that differs between two processes with the same pid, or null when the pid is not alive.
 * @param {number} pid
 * @returns {string | null}
 */
export function startOf(pid) {
  if (process.platform === "linux") return linuxStartOf(pid);
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      timeout: 5000,
    });
    return text.trim() || null;
  } catch {
    return null; // ps says by its exit code that there is no such process
  }
}

function linuxStartOf(pid) {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return null;
  const boot = readOrNull("/proc/sys/kernel/random/boot_id") ?? "";
  return `${boot.trim()}:${fields[19]}`;
}

function aliveHolder(content) {
  try {
    const { pid, started } = JSON.parse(content);
    return Number.isInteger(pid) && startOf(pid) === started ? pid : null;
  } catch {
    return null; // not ours, or damaged: nobody can hold it
  }
}

/**
 * Removes a dead holder's file. Only the maker of the folder named after that very content may do so, and looks
 * again inside: otherwise two starters could both see the old file and the second remove the first one's new lock.
 */
function removeStale(file, content) {
  const breaker = `${file}.stale-${Buffer.from(content).toString("base64url").slice(-24)}`;
  try {
    mkdirSync(breaker);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    if (ageMs(breaker) > breakerAgeMsMax) rmSync(breaker, { recursive: true, force: true });
    return;
  }
  try {
    releaseIfMine(file, content);
  } finally {
    rmdirSync(breaker);
  }
}

function releaseIfMine(file, content) {
  if (readOrNull(file) === content) rmSync(file, { force: true });
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0; // gone meanwhile
  }
}

function readOrNull(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return null;
    throw error;
  }
}
