import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { projectRoot } from "../config.ts";
import { ensureBun } from "../setup/tools.mjs";

const execute = promisify(execFile);
const installBoundMs = 280_000;
const files = ["package.json", "bun.lock"] as const;

/**
 * The folder in which the peers are installed as the lockfile here says; they are fetched when they are not there.
 * @throws with the package manager's words when they can't be fetched
 */
export async function ensurePeers(home: string): Promise<string> {
  const sources = files.map((name) => new URL(`./${name}`, import.meta.url));
  const contents = await Promise.all(sources.map((source) => readFile(source)));
  const hash = contents.reduce((sum, content) => sum.update(content), createHash("sha256")).digest("hex");
  const place = join(home, "bench", hash.slice(0, 12));
  if (existsSync(place)) return place;
  const bun = await ensureBun(projectRoot, home);
  // Into a folder of its own and renamed when whole: an interrupted install leaves nothing that looks finished.
  const draft = `${place}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await Promise.all(sources.map((source, index) => copyFile(source, join(draft, files[index] ?? ""))));
    const flags = ["install", "--frozen-lockfile", "--ignore-scripts", "--linker", "hoisted"];
    await execute(bun, flags, { cwd: draft, timeout: installBoundMs, maxBuffer: 10_000_000 });
    await rename(draft, place).catch((error: unknown) => {
      // Another process may have been first.
      if (!existsSync(place)) throw error;
    });
    return place;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Loads an installed peer. Its types are not here: the caller says what it uses of it. */
export async function loadPeer<T>(place: string, name: string): Promise<T> {
  const path = createRequire(join(place, "package.json")).resolve(name);
  return (await import(pathToFileURL(path).href)) as T;
}
