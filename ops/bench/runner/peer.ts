import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../config.ts";
import { ensureBun } from "../../setup/tools.mjs";

const execute = promisify(execFile);
const installBoundMs = 280_000;
const files = ["package.json", "bun.lock"] as const;

/**
 * The folder in which Playwright Test is installed as the lockfile says; it is fetched when it is not there. Its browsers are
 * not: it is given the same one as we use.
 * @throws with the package manager's words when it can't be fetched
 */
export async function ensurePeer(home: string): Promise<string> {
  const sources = files.map((name) => new URL(`../runner-peer/${name}`, import.meta.url));
  const contents = await Promise.all(sources.map((source) => readFile(source)));
  const hash = contents.reduce((sum, content) => sum.update(content), createHash("sha256")).digest("hex");
  const place = join(home, "bench", `runner-${hash.slice(0, 12)}`);
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
