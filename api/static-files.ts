import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, sep } from "node:path";
import type { Asset, Assets } from "./deps.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};

type Options = {
  /** Folders whose files are served under their own names, below this prefix. */
  folders: readonly { path: string; prefix?: string }[];
  /** Single files by the name they are served under. */
  files: Readonly<Record<string, string>>;
};

/**
 * The static files: a list made at the start. A request names an entry of the list and never a path, so there is nothing to
 * climb out of. A file is read when it is first asked for, and again when `refresh` is set.
 */
export async function openStaticFiles(options: Options & { refresh?: boolean }): Promise<Assets> {
  const files = new Map<string, string>(Object.entries(options.files));
  for (const { path, prefix = "" } of options.folders) {
    for (const name of filesIn(path)) files.set(`${prefix}${name}`, join(path, name));
  }
  const loaded = new Map<string, Asset>();
  const load = async (name: string): Promise<Asset | null> => {
    const path = files.get(name);
    const contentType = contentTypes[extname(name)];
    if (path === undefined || contentType === undefined) return null;
    const known = loaded.get(name);
    if (known && options.refresh !== true) return known;
    const bytes = new Uint8Array(await (path.endsWith(".css") ? readStyles(path) : readFile(path)));
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
    const asset = { bytes, contentType, hash };
    loaded.set(name, asset);
    return asset;
  };
  await Promise.all([...files.keys()].map(load));
  return {
    read: load,
    url: (name) => `/static/${name}?v=${loaded.get(name)?.hash ?? "0"}`,
  };
}

/** A style sheet with those that it imports by a relative name in their place: a page asks for one file. */
async function readStyles(path: string): Promise<Buffer> {
  const text = await readFile(path, "utf8");
  const parts = text.split(/^@import "([\w./-]+)";$/m);
  // Every second part is the name of an import.
  const texts = parts.map((part, index) =>
    index % 2 === 0 ? part : readFile(join(dirname(path), part), "utf8"),
  );
  return Buffer.from((await Promise.all(texts)).join(""));
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && contentTypes[extname(entry.name)] !== undefined)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((name) => name.split(sep).join("/"));
}

/** The files of libraries that pages load, by the names they are served under. */
export function vendorFiles(): Record<string, string> {
  const { resolve } = createRequire(import.meta.url);
  const rrweb = dirname(resolve("rrweb"));
  return {
    "vendor/htmx.min.js": resolve("htmx.org/dist/htmx.min.js"),
    "vendor/rrweb.js": join(rrweb, "rrweb.umd.min.cjs"),
    "vendor/rrweb.css": join(rrweb, "style.min.css"),
    "vendor/swagger-ui.css": resolve("swagger-ui-dist/swagger-ui.css"),
    "vendor/swagger-ui-bundle.js": resolve("swagger-ui-dist/swagger-ui-bundle.js"),
  };
}
