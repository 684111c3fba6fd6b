// A browser: the one that was named, an installed one, Puppeteer's, or the distribution's.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { run, SetupError, say } from "./process.mjs";
import { lock } from "./process-lock.mjs";
import { indent } from "./tools.mjs";

const downloadTimeoutMs = 300_000;
const stallMs = 20_000;
const aptTimeoutMs = 420_000;

// The headless shell first: it needs half the processor time of a full browser.
const shells = ["chrome-headless-shell", "chromium-headless-shell", "headless_shell"];
const full = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
];
const folders = ["/usr/bin", "/usr/local/bin", "/snap/bin", "/opt/google/chrome"];
const macApps = ["Google Chrome", "Chromium"].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

/**
 * Environment for the command: PUPPETEER_EXECUTABLE_PATH (for headless runs) and, when there is a full browser too,
 * VERDICT_CHROMIUM_PATH. Without any browser it says what to do and returns nothing: the rest still works.
 */
export async function ensureBrowser(root, home, node) {
  const named = process.env.PUPPETEER_EXECUTABLE_PATH;
  if (named) {
    if (isExecutable(named)) return {};
    throw new SetupError(
      `PUPPETEER_EXECUTABLE_PATH is "${named}", which is not an executable file: correct it, or unset it to let a browser be found.`,
    );
  }
  const found = await findBrowsers(home);
  if (found !== null) return found;
  const release = await lock(join(home, "tools", "browser.lock"), {
    waitMs: downloadTimeoutMs + aptTimeoutMs,
    onWait: () => say("Waiting for another set-up that fetches a browser"),
  });
  try {
    return (await findBrowsers(home)) ?? (await fetchBrowser(root, home, node));
  } finally {
    release();
  }
}

async function fetchBrowser(root, home, node) {
  const reasons = [];
  for (const attempt of [() => puppeteerDownload(root, node), distributionPackage]) {
    const reason = await attempt();
    if (reason !== null) reasons.push(reason);
    const found = await findBrowsers(home);
    if (found !== null) return found;
  }
  say(
    `No browser was found and none could be fetched, so tests cannot run in one yet. Install Chrome or Chromium (on Debian: apt-get install chromium chromium-headless-shell), or set PUPPETEER_EXECUTABLE_PATH to one.\n${indent(reasons.join("\n"))}`,
  );
  return {};
}

const firefoxes = ["firefox-esr", "firefox"];

/**
 * Environment for the tests, which also run in Firefox: FIREFOX_PATH. Without one they say that they are skipped; nothing else
 * needs it.
 */
export async function ensureFirefox(home) {
  const named = process.env.FIREFOX_PATH;
  if (named) {
    if (isExecutable(named)) return {};
    throw new SetupError(
      `FIREFOX_PATH is "${named}", which is not an executable file: correct it, or unset it to let Firefox be found.`,
    );
  }
  const proven = new Proven(join(home, "tools", "browsers.json"));
  const find = () => firstWorking([...onPath(firefoxes), ...inPuppeteerCache(["firefox"])], proven);
  const found = await find();
  if (found !== null) return { FIREFOX_PATH: found };
  const release = await lock(join(home, "tools", "browser.lock"), {
    waitMs: downloadTimeoutMs + aptTimeoutMs,
    onWait: () => say("Waiting for another set-up that fetches a browser"),
  });
  try {
    const reason = await distributionFirefox();
    const fetched = await find();
    if (fetched !== null) return { FIREFOX_PATH: fetched };
    say(
      `No Firefox was found and none could be fetched, so tests in it are skipped. Install it (on Debian: apt-get install firefox-esr), or set FIREFOX_PATH to one.\n${indent(reason ?? "")}`,
    );
    return {};
  } finally {
    release();
  }
}

/** The best working browsers among the installed ones and Puppeteer's, or null. */
async function findBrowsers(home) {
  const proven = new Proven(join(home, "tools", "browsers.json"));
  const shell = await firstWorking([...onPath(shells), ...inPuppeteerCache(shells)], proven);
  const chromium = await firstWorking([...onPath(full), ...macApps, ...inPuppeteerCache(full)], proven);
  const best = shell ?? chromium;
  if (best === null) return null;
  return {
    PUPPETEER_EXECUTABLE_PATH: best,
    ...(chromium === null ? {} : { VERDICT_CHROMIUM_PATH: chromium }),
  };
}

async function firstWorking(candidates, proven) {
  for (const path of candidates) if (isExecutable(path) && (await proven.works(path))) return path;
  return null;
}

/** Remembers which files printed a version, so that later starts need not ask again. */
class Proven {
  constructor(file) {
    this.file = file;
    try {
      this.known = JSON.parse(readFileSync(file, "utf8"));
    } catch {
      this.known = {}; // not there yet, or damaged: everything is asked again
    }
  }

  async works(path) {
    const { mtimeMs, size } = statSync(path);
    const mark = `${mtimeMs}:${size}`;
    if (this.known[path] === mark) return true;
    // Some distributions ship a script that only tells where to get the browser; a download may lack libraries.
    const { ok } = await run(path, ["--version", "--no-sandbox"], { timeoutMs: 20_000 });
    if (!ok) return false;
    this.known[path] = mark;
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, `${JSON.stringify(this.known, null, 2)}\n`);
    return true;
  }
}

function onPath(names) {
  const places = new Set([...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...folders]);
  return names.flatMap((name) => [...places].map((folder) => join(folder, name)));
}

function puppeteerCache() {
  return process.env.PUPPETEER_CACHE_DIR ?? join(homedir(), ".cache", "puppeteer");
}

/** Puppeteer's layout: chrome/<platform>-<version>/chrome-<platform>/chrome, the newest version first. */
function inPuppeteerCache(names) {
  const list = (folder) => (existsSync(folder) ? readdirSync(folder).sort().reverse() : []);
  return names.flatMap((name) => {
    const product = join(puppeteerCache(), name);
    return list(product).flatMap((version) =>
      statSync(join(product, version)).isDirectory()
        ? list(join(product, version)).map((inner) => join(product, version, inner, name))
        : [],
    );
  });
}

async function puppeteerDownload(root, node) {
  say("No browser found: fetching Chrome's headless shell with Puppeteer");
  const manifest = createRequire(join(root, "package.json")).resolve("puppeteer/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8"));
  const script = join(dirname(manifest), typeof bin === "string" ? bin : bin.puppeteer);
  let bytes = -1;
  let grewAt = Date.now();
  const stalled = () => {
    const now = folderBytes(puppeteerCache());
    if (now !== bytes) grewAt = Date.now();
    bytes = now;
    return Date.now() - grewAt > stallMs;
  };
  const args = [script, "browsers", "install", "chrome-headless-shell"];
  const { ok, output } = await run(node, args, { timeoutMs: downloadTimeoutMs, cwd: root, stalled });
  return ok ? null : `Puppeteer's download: ${reasonIn(output)}`;
}

async function distributionPackage() {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync("/usr/bin/apt-get")) {
    return "The distribution's package: needs root and apt-get.";
  }
  say("Installing Chromium from the distribution's packages (this can take a few minutes)");
  const install = await packages();
  const both = await install("chromium", "chromium-headless-shell", "fonts-liberation");
  const result = both.ok ? both : await install("chromium", "fonts-liberation");
  return result.ok ? null : `apt-get: ${reasonIn(result.output)}`;
}

async function distributionFirefox() {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync("/usr/bin/apt-get")) {
    return "The distribution's package: needs root and apt-get.";
  }
  say("Installing Firefox from the distribution's packages (this can take a few minutes)");
  const install = await packages();
  const esr = await install("firefox-esr");
  const result = esr.ok ? esr : await install("firefox");
  return result.ok ? null : `apt-get: ${reasonIn(result.output)}`;
}

/** What installs packages, their lists brought up to date. */
async function packages() {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { timeoutMs: aptTimeoutMs, env };
  await run("apt-get", ["update"], options);
  return (...names) => run("apt-get", ["install", "-y", "--no-install-recommends", ...names], options);
}

/** The telling lines of a program's output: those that speak of an error, else the last ones. */
function reasonIn(output) {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
  const telling = lines.filter((line) => /error|^E:|fail|\(.* (took longer|made no progress)/i.test(line));
  return (telling.length > 0 ? telling : lines).slice(-2).join(" ").slice(0, 500);
}

function folderBytes(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + folderBytes(path);
    try {
      return sum + statSync(path).size;
    } catch {
      return sum; // renamed or removed while we looked
    }
  }, 0);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
