import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const neverOurs = new Set([".git", "node_modules", ".verdict", "dist", "bench-results"]);

/** The repository's files with forward slashes: what git would commit, or without git everything that is ours. */
export function repositoryFiles(root: string): string[] {
  try {
    const listing = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 20_000,
      maxBuffer: 50_000_000,
    });
    const files = listing.split("\0").filter((file) => file !== "" && isFile(join(root, file)));
    if (files.length > 0) return files.sort();
  } catch {
    // no git, or not a repository (an unpacked archive): look ourselves
  }
  return walk(root, "").sort();
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (neverOurs.has(entry.name)) return [];
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(root, path) : entry.isFile() ? [path] : [];
  });
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // deleted, but not yet committed as such
  }
}
