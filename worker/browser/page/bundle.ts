import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

let script: string | undefined;

/**
 * The script for the isolated world of every document, as one expression without imports. Taken from `dist/page-engine.js`
 * where that was built, which is how it goes in production, unless the sources here are newer; otherwise built, once per process.
 */
export function pageScript(): string {
  script ??= prebuilt() ?? buildPageScript();
  return script;
}

function buildPageScript(): string {
  return bundled(join(here, "entry.ts"));
}

/**
 * A script for an isolated world, from its entry file, as one expression without imports.
 * @throws when esbuild is not installed or finds a fault in the sources.
 */
export function bundled(entryFile: string, options: { minify?: boolean } = {}): string {
  // Required late: the production image has the built file, and no esbuild.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const built = buildSync({
    entryPoints: [entryFile],
    bundle: true,
    minify: options.minify ?? false,
    write: false,
    format: "iife",
    target: ["chrome110", "firefox115"],
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
  });
  const [file] = built.outputFiles;
  if (!file) throw new Error("esbuild has written no page script");
  return file.text;
}

/** The built file: beside the built output, or in `dist` at the root of the project. */
function prebuilt(): string | null {
  const candidates = [join(here, "page-engine.js"), join(here, "../../../dist/page-engine.js")];
  const path = candidates.find((candidate) => existsSync(candidate));
  if (!path || statSync(path).mtimeMs < newestSourceMs()) return null;
  return readFileSync(path, "utf8");
}

function newestSourceMs(): number {
  if (!existsSync(join(here, "entry.ts"))) return 0;
  const sources = readdirSync(here).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  return Math.max(...sources.map((name) => statSync(join(here, name)).mtimeMs));
}
