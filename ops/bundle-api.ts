// Writes what the image of the API holds, and nothing else:   node --import tsx ops/bundle-api.ts FOLDER
// The processes as one file each with the packages that they use, and beside them, under the paths of this repository, the files
// that they read. Why bundled: docs/decisions/0014-bundled-api-image.md.
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { vendorFiles } from "../api/static-files.ts";
import { projectRoot } from "./config.ts";

const entries = ["api/main.ts", "ops/migrate.ts", "ops/secrets.ts"];
const filesRead = ["package.json", "LICENSE", "db/migrations", "web/static", "api/docs/api-docs.js"];
/** Machine code that Node loads by itself, with the package of this platform beside it. */
const native = "@node-rs";

async function main(folder: string | undefined): Promise<void> {
  if (folder === undefined)
    throw new Error("no folder was named: node --import tsx ops/bundle-api.ts FOLDER");
  const target = resolve(folder);
  for (const entry of entries) await build(options(entry, target));
  for (const path of filesRead) copy(path, target);
  for (const path of vendored()) copy(path, target);
  copy(`node_modules/${native}`, target);
}

function options(entry: string, target: string): BuildOptions {
  return {
    absWorkingDir: projectRoot,
    entryPoints: [entry],
    outfile: join(target, entry.replace(/\.ts$/, ".js")),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    external: [`${native}/*`],
    // Packages in CommonJS ask for Node's own modules with a `require` that a module does not have.
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
    keepNames: true,
    sourcemap: "linked",
    sourcesContent: false,
    plugins: [ownPlaces(dirname(entry))],
    logLevel: "warning",
  };
}

/** Each of our modules still sees its own place, from which it finds the files that it reads. */
function ownPlaces(from: string): Plugin {
  return {
    name: "own-places",
    setup({ onLoad }) {
      onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
        if (path.includes(`${sep}node_modules${sep}`)) return undefined;
        const place = relative(join(projectRoot, from), path).split(sep).join("/");
        const contents = readFileSync(path, "utf8").replaceAll(
          "import.meta.url",
          `new URL(${JSON.stringify(place)}, import.meta.url).href`,
        );
        return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
      });
    },
  };
}

/** What pages load of libraries, and what says where in the library it is. */
function vendored(): string[] {
  const { resolve: find } = createRequire(import.meta.url);
  const files = Object.values(vendorFiles()).filter((path) => path.includes(`${sep}node_modules${sep}`));
  return [...new Set(files)].flatMap((path) => {
    const manifest = manifestOf(path);
    const { name } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string };
    return [path, manifest, find(name)].map((file) => relative(projectRoot, file));
  });
}

function manifestOf(path: string): string {
  const folder = dirname(path);
  const manifest = join(folder, "package.json");
  return existsSync(manifest) && "version" in JSON.parse(readFileSync(manifest, "utf8"))
    ? manifest
    : manifestOf(folder);
}

/** @param path from the root of the project */
function copy(path: string, target: string): void {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(join(projectRoot, path), join(target, path), { recursive: true, dereference: true });
}

await main(process.argv[2]);
