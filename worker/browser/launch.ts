import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { connectChromium, isHeadlessShell, startChromium } from "./driver/chromium-launch.ts";
import type { Driver } from "./driver/driver.ts";
import { connectFirefox, startFirefox } from "./driver/firefox/launch.ts";
import { AttemptFault } from "./failure.ts";
import type { BrowserOptions } from "./protocol.ts";

const launchTimeoutMs = { chromium: 20_000, firefox: 40_000 };
const closeTimeoutMs = 3_000;

export type Launched = {
  driver: Driver;
  /** Null for a browser that runs elsewhere: there is nothing here to kill or to remove then. */
  process: ChildProcess | null;
  pid: number | null;
  profile: string | null;
};

/**
 * Starts a browser on a fresh profile, as the leader of its own process group, or connects to one that runs elsewhere.
 * @throws AttemptFault `browser-start-failed`, `browser-unreachable`; nothing of it is left then.
 */
export async function launchBrowser(options: BrowserOptions): Promise<Launched> {
  if (options.isHeld && options.endpoint !== undefined) {
    const message = "what a browser that runs elsewhere reaches can't be held: not with EGRESS=deny-private";
    throw new AttemptFault("egress-not-held", message);
  }
  // Puppeteer keeps the signal and kills the browser whenever it fires: it must not outlive the start.
  const tooLong = new AbortController();
  const timeoutMs = launchTimeoutMs[options.name];
  const timer = setTimeout(() => tooLong.abort(new Error(`not up within ${timeoutMs} ms`)), timeoutMs);
  try {
    return options.endpoint === undefined
      ? await start(options, tooLong.signal)
      : await connect(options, options.endpoint, tooLong.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function start(options: BrowserOptions, tooLong: AbortSignal): Promise<Launched> {
  let profile: string | null = null;
  try {
    await mkdir(options.profilesDirectory, { recursive: true });
    profile = await mkdtemp(join(options.profilesDirectory, "browser-"));
    const begin = options.name === "firefox" ? startFirefox : startChromium;
    const started = await begin({
      options,
      profile,
      environment: environment(profile, isHeadlessShell(options)),
      timeoutMs: launchTimeoutMs[options.name],
      tooLong,
    });
    return { ...started, pid: started.process.pid ?? null, profile };
  } catch (cause) {
    if (profile) await removeProfile(profile);
    throw new AttemptFault("browser-start-failed", `the browser did not start: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

async function connect(options: BrowserOptions, endpoint: string, tooLong: AbortSignal): Promise<Launched> {
  try {
    const join = options.name === "firefox" ? connectFirefox : connectChromium;
    return { driver: await join(endpoint, tooLong), process: null, pid: null, profile: null };
  } catch (cause) {
    // The address may hold a key of the farm.
    const where = URL.parse(endpoint)?.host ?? "its address";
    const why = reasonOf(cause).replaceAll(endpoint, where);
    throw new AttemptFault("browser-unreachable", `the remote browser at ${where} can't be had: ${why}`);
  }
}

/** Closes a browser, by force when it does not go by itself, and removes its profile. Never throws. */
export async function shutDown({ driver, pid, profile }: Launched): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, closeTimeoutMs);
  await Promise.race([driver.close().catch(() => undefined), late]);
  clearTimeout(timer);
  if (pid !== null) killGroup(pid);
  if (profile !== null) await removeProfile(profile);
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

/**
 * The browser gets a home of its own and nothing of the worker's environment but what a process needs to run. Temporary files that
 * it has no time to remove when it is killed go with its profile; where it listens on a socket in that folder (all but the shell)
 * the path would grow too long for one.
 */
function environment(profile: string, keepsTemporaryFiles: boolean): Record<string, string> {
  const kept = [
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
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
  if (keepsTemporaryFiles) result.TMPDIR = profile;
  return result;
}

function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause))
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, 5)
    .join("; ");
}
