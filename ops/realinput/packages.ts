import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../config.ts";
import { ensureBun } from "../setup/tools.mjs";

const execute = promisify(execFile);
const installBoundMs = 280_000;
const files = ["package.json", "bun.lock"] as const;

/**
 * The folder in which the applications are installed as the lockfile here says; they are fetched when they are not there.
 * @throws with the package manager's words when they can't be fetched
 */
export async function ensureApplications(): Promise<string> {
  const home = join(projectRoot, ".verdict");
  const sources = files.map((name) => new URL(`./${name}`, import.meta.url));
  const contents = await Promise.all(sources.map((source) => readFile(source)));
  const hash = contents.reduce((sum, content) => sum.update(content), createHash("sha256")).digest("hex");
  const place = join(home, "real-input", hash.slice(0, 12));
  if (await exists(place)) return place;
  const bun = await ensureBun(projectRoot, home);
  // Into a folder of its own and renamed when whole: an interrupted install leaves nothing that looks finished.
  const draft = `${place}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await Promise.all(sources.map((source, index) => copyFile(source, join(draft, files[index] ?? ""))));
    const flags = ["install", "--frozen-lockfile", "--ignore-scripts", "--linker", "hoisted"];
    await execute(bun, flags, { cwd: draft, timeout: installBoundMs, maxBuffer: 10_000_000 });
    await rename(draft, place).catch(async (error: unknown) => {
      // Another process may have been first.
      if (!(await exists(place))) throw error;
    });
    return place;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
