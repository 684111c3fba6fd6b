import { mkdir, mkdtemp, rm, statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import puppeteer, { type Browser } from "puppeteer";
import { limits } from "../../db/domain/limits.ts";
import { AttemptFault } from "./failure.ts";
import type { BrowserOptions } from "./protocol.ts";

const launchTimeoutMs = 20_000;
const closeTimeoutMs = 3_000;
/** Chromium's own default share of /dev/shm; with less, pages crash. */
const sharedMemoryBytesMin = 512 * 1024 * 1024;

const featuresOff = [
  "BackForwardCache",
  // After a click these hold back timers and pictures of the next document for half a second, until it is painted.
  "DeferRendererTasksAfterInput",
  "PaintHolding",
];

export type Launched = { browser: Browser; pid: number; version: string; profile: string };

/**
 * Starts a browser on a fresh profile, as the leader of its own process group.
 * @throws AttemptFault `browser-start-failed`; nothing of it is left then.
 */
export async function launchBrowser(options: BrowserOptions): Promise<Launched> {
  let profile: string | null = null;
  // Puppeteer keeps the signal and kills the browser whenever it fires: it must not outlive the start.
  const tooLong = new AbortController();
  const timer = setTimeout(
    () => tooLong.abort(new Error(`not up within ${launchTimeoutMs} ms`)),
    launchTimeoutMs,
  );
  try {
    await mkdir(options.profilesDirectory, { recursive: true });
    profile = await mkdtemp(join(options.profilesDirectory, "browser-"));
    const browser = await puppeteer.launch({
      executablePath: options.executablePath,
      headless: isHeadlessShell(options.executablePath) ? "shell" : true,
      pipe: true,
      userDataDir: profile,
      args: await flags(options),
      ignoreDefaultArgs: ["--disable-dev-shm-usage"],
      env: environment(profile),
      defaultViewport: null,
      timeout: launchTimeoutMs,
      signal: tooLong.signal,
      protocolTimeout: limits.stepTimeoutMsMax + 30_000,
      waitForInitialPage: false,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      // We listen on sessions of our own; Puppeteer need not hear the same.
      networkEnabled: false,
      issuesEnabled: false,
    });
    keepPipesQuiet(browser);
    const pid = browser.process()?.pid;
    if (pid === undefined) throw new Error("the browser has no process");
    return { browser, pid, version: await browser.version(), profile };
  } catch (cause) {
    if (profile) await removeProfile(profile);
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new AttemptFault("browser-start-failed", `the browser did not start: ${firstLines(text)}`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Puppeteer stops listening to the pipes when the process ends, and the reset of a pipe may come after that: an error that
 * nobody hears would end the whole thread. That the browser is gone is told by its process.
 */
function keepPipesQuiet(browser: Browser): void {
  for (const pipe of browser.process()?.stdio ?? []) pipe?.on("error", () => undefined);
}

/** Closes a browser, by force when it does not go by itself, and removes its profile. Never throws. */
export async function shutDown({ browser, pid, profile }: Launched): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, closeTimeoutMs);
  await Promise.race([browser.close().catch(() => undefined), late]);
  clearTimeout(timer);
  killGroup(pid);
  await removeProfile(profile);
}

/** Kills a browser with all of its children. Without effect when they are gone. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function removeProfile(profile: string): Promise<void> {
  // The last children may still write while they die; what stays is swept when the worker starts.
  await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => undefined);
}

function isHeadlessShell(executablePath: string): boolean {
  return /headless[-_]shell/.test(basename(executablePath));
}

async function flags(options: BrowserOptions): Promise<string[]> {
  const result = [
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-quic",
    "--no-pings",
    "--no-default-browser-check",
    "--no-service-autorun",
    `--disable-features=${featuresOff.join(",")}`,
    "--disable-back-forward-cache",
    "--deny-permission-prompts",
  ];
  if (!options.sandbox) result.push("--no-sandbox");
  if (await isSharedMemorySmall()) result.push("--disable-dev-shm-usage");
  return result;
}

async function isSharedMemorySmall(): Promise<boolean> {
  try {
    const { blocks, bsize } = await statfs("/dev/shm");
    return blocks * bsize < sharedMemoryBytesMin;
  } catch {
    // There is none here.
    return true;
  }
}

/** The browser gets a home of its own and nothing of the worker's environment but what a process needs to run. */
function environment(profile: string): Record<string, string> {
  const kept = [
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "FONTCONFIG_PATH",
    "FONTCONFIG_FILE",
    "LD_LIBRARY_PATH",
  ];
  const result: Record<string, string> = {
    HOME: profile,
    XDG_CONFIG_HOME: join(profile, "xdg-config"),
    XDG_CACHE_HOME: join(profile, "xdg-cache"),
  };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

function firstLines(text: string): string {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, 5)
    .join("; ");
}
