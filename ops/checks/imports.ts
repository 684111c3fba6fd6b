import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** Folders that a file's folder may import, the nearest rule wins. Packages are free unless named below. */
const law: readonly { folder: string; may: readonly string[] }[] = [
  { folder: "db/domain", may: ["db/domain"] },
  { folder: "db", may: ["db"] },
  { folder: "worker/browser", may: ["worker/browser", "db/domain"] },
  { folder: "worker", may: ["worker", "db"] },
  { folder: "web", may: ["web", "db/domain", "db/services"] },
  { folder: "api", may: ["api", "db/domain", "db/services", "web/index.tsx"] },
  { folder: "cli", may: ["cli", "db/domain"] },
  { folder: "ops", may: ["api", "cli", "db", "ops", "web", "worker"] },
];

/** Entry points put the parts together: they may also reach for `ops` and the whole of `db`. */
const entryPoint = /^(api|worker|cli|ops)\/main\.ts$/;
const alsoForEntryPoints = ["ops", "db"];

/** Packages that stay out of folders: the database out of pages, routes, thread and CLI. */
const packagesOut: readonly { folders: readonly string[]; packages: readonly string[] }[] = [
  { folders: ["web", "api", "cli", "worker/browser", "db/domain"], packages: ["drizzle-orm", "postgres"] },
  { folders: ["web", "cli", "worker/browser", "db", "db/domain"], packages: ["ioredis"] },
  { folders: ["worker/browser", "db/domain"], packages: ["@aws-sdk/client-s3", "openai", "piscina"] },
  { folders: ["web", "api", "cli", "db"], packages: ["puppeteer", "puppeteer-core", "piscina"] },
];
/** api/app.ts runs on Web standards alone; only entry points know the server. */
const onlyInEntryPoints = ["@hono/node-server"];

/** Tests and their helpers may import anything. */
const isFree = (file: string) => /\.test\.tsx?$/.test(file) || /(^|\/)testing\//.test(file);

const specifiers = [
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/gm,
  /^\s*import\s*["']([^"']+)["']/gm,
  /\bimport\(\s*["']([^"']+)["']\s*\)/g,
];

/** Every breach of the import law, as `file: what`. `files` are repository paths with forward slashes. */
export function importBreaches(root: string, files: readonly string[]): string[] {
  return files
    .filter((file) => /\.(tsx?|mts)$/.test(file) && !isFree(file))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      return importsOf(text).flatMap((specifier) => breach(root, file, specifier) ?? []);
    });
}

/** The module names in a file's import and export statements. */
export function importsOf(text: string): string[] {
  const code = text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  return specifiers.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ""));
}

function breach(root: string, file: string, specifier: string): string | null {
  const isEntryPoint = entryPoint.test(file);
  if (specifier.startsWith(".")) return relativeBreach(root, file, specifier, isEntryPoint);
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (onlyInEntryPoints.includes(name)) {
    return isEntryPoint || file.startsWith("ops/") ? null : `${file}: only an entry point may import ${name}`;
  }
  const rule = packagesOut.find((candidate) => candidate.packages.includes(name));
  if (rule === undefined || isEntryPoint) return null;
  const folder = law.find((candidate) => file.startsWith(`${candidate.folder}/`))?.folder ?? "";
  const isOut = packagesOut.some((out) => out.packages.includes(name) && out.folders.includes(folder));
  return isOut ? `${file}: ${folder} may not import ${name}` : null;
}

function relativeBreach(root: string, file: string, specifier: string, isEntryPoint: boolean): string | null {
  const target = posix.normalize(posix.join(dirname(file), specifier));
  if (!existsSync(join(root, target))) return `${file}: ${specifier} does not exist (write the extension)`;
  const rule = law.find((candidate) => file.startsWith(`${candidate.folder}/`));
  if (rule === undefined) return null;
  const may = isEntryPoint ? [...rule.may, ...alsoForEntryPoints] : rule.may;
  const isAllowed = may.some((allowed) => target === allowed || target.startsWith(`${allowed}/`));
  return isAllowed ? null : `${file}: ${rule.folder} may not import ${target} (it may: ${may.join(", ")})`;
}
