import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { killGroup, startOf } from "./processes.ts";

/** A folder without an owner's file is one that is just being made, or was left by a worker that died doing so. */
const unfinishedMsMax = 60_000;

/**
 * What a worker has outside of its own memory: profiles of browsers, and files that name its browsers' processes. Below
 * `VERDICT_HOME/run`, a folder for each worker, so that what a killed one left can be found.
 */
export type RunFolder = {
  profilesDirectory: string;
  /** Remembers a browser, by the process that leads its group. */
  note(pid: number): void;
  /** Those that are still there; the others are forgotten. */
  browsers(): number[];
  kill(pid: number): void;
  /** Remembers another process of ours that leads a group, such as one that makes a film, until it has ended. */
  noteChild(pid: number): void;
  forgetChild(pid: number): void;
  /** Kills all that is left and removes the folder. */
  remove(): Promise<void>;
};

/** Makes the folder of a worker. @throws when the data folder can't be written. */
export async function openRunFolder(home: string, workerId: string): Promise<RunFolder> {
  const parent = join(home, "run");
  await mkdir(parent, { recursive: true });
  const path = join(parent, `${process.pid}-${workerId}`);
  const draft = await mkdtemp(join(parent, ".new-"));
  await writeFile(join(draft, "owner"), processFile(process.pid));
  await mkdir(join(draft, "profiles"));
  await rename(draft, path);
  const known = new Map<number, string>();
  const fileOf = (pid: number) => join(path, `browser-${pid}`);
  const isAlive = (pid: number) => known.has(pid) && startOf(pid) === known.get(pid);
  const forget = (pid: number) => {
    known.delete(pid);
    rmSync(fileOf(pid), { force: true });
  };
  const folder: RunFolder = {
    profilesDirectory: join(path, "profiles"),
    note(pid) {
      const start = startOf(pid);
      if (start === null || known.get(pid) === start) return;
      known.set(pid, start);
      writeFileSync(fileOf(pid), processFile(pid));
    },
    browsers() {
      for (const pid of known.keys()) if (!isAlive(pid)) forget(pid);
      return [...known.keys()];
    },
    kill(pid) {
      // The leader may be gone while its children live; the group keeps its number until the last one has left.
      const start = startOf(pid);
      if (known.has(pid) && (start === null || start === known.get(pid))) killGroup(pid);
    },
    noteChild(pid) {
      writeFileSync(join(path, `child-${pid}`), processFile(pid));
    },
    forgetChild(pid) {
      rmSync(join(path, `child-${pid}`), { force: true });
    },
    async remove() {
      for (const pid of known.keys()) folder.kill(pid);
      known.clear();
      await removeTree(path);
    },
  };
  return folder;
}

/** Removes what workers on this machine left that were killed: their browsers and other processes, if any still live, and their folders. */
export async function sweepRunFolders(home: string): Promise<{ folders: number; browsers: number }> {
  const parent = join(home, "run");
  await mkdir(parent, { recursive: true });
  let folders = 0;
  let browsers = 0;
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (!isLeft(path)) continue;
    browsers += killBrowsersOf(path);
    await removeTree(path);
    folders++;
  }
  return { folders, browsers };
}

function isLeft(path: string): boolean {
  const owner = readProcessFile(join(path, "owner"));
  if (owner) return startOf(owner.pid) !== owner.start;
  try {
    return Date.now() - statSync(path).mtimeMs > unfinishedMsMax;
  } catch {
    return false;
  }
}

function killBrowsersOf(path: string): number {
  let killed = 0;
  for (const name of readdirSync(path)) {
    if (!/^(browser|child)-/.test(name)) continue;
    const browser = readProcessFile(join(path, name));
    if (!browser || startOf(browser.pid) !== browser.start) continue;
    killGroup(browser.pid);
    killed++;
  }
  return killed;
}

function processFile(pid: number): string {
  return JSON.stringify({ pid, start: startOf(pid) });
}

function readProcessFile(path: string): { pid: number; start: string } | null {
  try {
    const { pid, start } = JSON.parse(readFileSync(path, "utf8")) as { pid: unknown; start: unknown };
    // Groups 0 and 1 are never a browser's: a damaged file must not make us kill our own.
    return typeof pid === "number" && pid > 1 && typeof start === "string" ? { pid, start } : null;
  } catch {
    return null;
  }
}

/** Browsers that are dying may still write for a moment. */
async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
