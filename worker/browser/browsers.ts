import { limits } from "../../db/domain/limits.ts";
import type { Driver } from "./driver/driver.ts";
import { killGroup, type Launched, launchBrowser, shutDown } from "./launch.ts";
import { ProcessWatch, type ServiceLoss } from "./process-watch.ts";
import type { BrowserOptions } from "./protocol.ts";

const usesMax = 100;
const ageMsMax = 30 * 60_000;
const idleMsMax = 60_000;
/** Idle browsers of other organizations are closed before there are more than these. */
const browsersMax = 3;

/** A browser that is kept between attempts. Only attempts of one organization ever use it. */
type Warm = {
  key: string;
  launched: Launched;
  /** Null for one that is no Chromium of this machine. */
  watch: ProcessWatch | null;
  bornAt: number;
  uses: number;
  users: Set<Lease>;
  /** Taken already by the attempt that it was started for. */
  isReserved: boolean;
  /** Takes no new attempts; closed when the last one has left. */
  isRetired: boolean;
  isGone: boolean;
  idleTimer: NodeJS.Timeout | null;
};

/** An attempt's hold on a browser. `release` must be called once, `isHealthy` false when the browser did not obey. */
export type Lease = {
  browser: Driver;
  /** Null for a browser that runs elsewhere. */
  pid: number | null;
  /** What watches its processes, if anything does. */
  watch: ProcessWatch | null;
  /** The part of the browser that has died while it was held; null when none has, or nothing watches. */
  lostService(): ServiceLoss | null;
  release(isHealthy: boolean): void;
};

const warm = new Set<Warm>();
const starting = new Map<string, Promise<Warm>>();
const closing = new Set<Promise<void>>();

/**
 * A browser for an attempt: the warm one of its organization or a new one. `onCrash` is called when it goes away while it
 * is held.
 * @throws AttemptFault `browser-start-failed`.
 */
export async function leaseBrowser(
  organizationId: string,
  options: BrowserOptions,
  onCrash: () => void,
): Promise<Lease> {
  const key = JSON.stringify([
    organizationId,
    options.name,
    options.endpoint ?? options.executablePath,
    options.isHeaded ?? false,
    options.isHeld ?? false,
    options.sandbox,
    options.profilesDirectory,
    options.pageMemoryBytesMax,
  ]);
  if (isForOne(options)) return hold(findUsable(key, true) ?? (await startFor(key, options)), onCrash);
  return hold(findUsable(key, false) ?? (await startOnce(key, options)), onCrash);
}

/**
 * Of the windows of a Firefox one has the focus, and pages in the others hear nothing of what takes it or loses it: attempts at
 * the same time have one each. One that runs elsewhere takes a single line from us, which they share.
 */
function isForOne({ name, endpoint }: BrowserOptions): boolean {
  return name === "firefox" && endpoint === undefined;
}

function findUsable(key: string, isForOne: boolean): Warm | null {
  const now = performance.now();
  for (const browser of warm) {
    if (browser.key !== key || browser.isRetired) continue;
    if (isForOne && (browser.users.size > 0 || browser.isReserved)) continue;
    if (browser.uses < usesMax && now - browser.bornAt < ageMsMax && browser.launched.driver.isConnected) {
      return browser;
    }
    retire(browser);
  }
  return null;
}

/** Attempts that come while a browser of theirs starts wait for that one. */
function startOnce(key: string, options: BrowserOptions): Promise<Warm> {
  return starting.get(key) ?? underway(key, start(key, options, false));
}

let startsForOne = 0;

function startFor(key: string, options: BrowserOptions): Promise<Warm> {
  return underway(`${key} ${++startsForOne}`, start(key, options, true));
}

function underway(name: string, start: Promise<Warm>): Promise<Warm> {
  const started = start.finally(() => starting.delete(name));
  starting.set(name, started);
  return started;
}

async function start(key: string, options: BrowserOptions, isReserved: boolean): Promise<Warm> {
  await makeRoom(key);
  const launched = await launchBrowser(options);
  const browser: Warm = {
    key,
    launched,
    watch: processWatch(launched, options),
    bornAt: performance.now(),
    uses: 0,
    users: new Set(),
    isReserved,
    isRetired: false,
    isGone: false,
    idleTimer: null,
  };
  warm.add(browser);
  launched.driver.onLost(() => lost(browser));
  // The line to a killed browser stays open for as long as children of it live.
  launched.process?.once("exit", () => lost(browser));
  if (!launched.driver.isConnected) lost(browser);
  return browser;
}

function processWatch({ driver, pid }: Launched, options: BrowserOptions): ProcessWatch | null {
  if (pid === null || driver.name !== "chromium") return null;
  return new ProcessWatch(pid, options.pageMemoryBytesMax ?? limits.pageMemoryBytesMax);
}

async function makeRoom(key: string): Promise<void> {
  const idle = [...warm]
    .filter((browser) => browser.users.size === 0 && !browser.isReserved && browser.key !== key)
    .sort((a, b) => a.bornAt - b.bornAt);
  while (warm.size >= browsersMax && idle.length > 0) {
    const oldest = idle.shift();
    if (oldest) retire(oldest);
  }
  await Promise.all(closing);
}

const crashHandlers = new WeakMap<Lease, () => void>();

function hold(browser: Warm, onCrash: () => void): Lease {
  if (browser.idleTimer) clearTimeout(browser.idleTimer);
  browser.idleTimer = null;
  browser.isReserved = false;
  browser.uses++;
  browser.watch?.start();
  const { launched, watch } = browser;
  const heldSince = performance.now();
  const lease: Lease = {
    browser: launched.driver,
    pid: launched.pid,
    watch,
    lostService: () => watch?.lossSince(heldSince) ?? null,
    release: (isHealthy) => {
      if (!browser.users.delete(lease)) return;
      if (!isHealthy || lease.lostService() !== null) browser.isRetired = true;
      rest(browser);
    },
  };
  crashHandlers.set(lease, onCrash);
  browser.users.add(lease);
  // It may have died between its start and now.
  if (browser.isGone) queueMicrotask(onCrash);
  return lease;
}

/** Nobody uses it: it is closed now or, when it may be needed again, a while later. */
function rest(browser: Warm): void {
  if (browser.users.size > 0 || browser.isGone) return;
  browser.watch?.stop();
  if (browser.isRetired || browser.uses >= usesMax || performance.now() - browser.bornAt >= ageMsMax) {
    retire(browser);
    return;
  }
  browser.idleTimer = setTimeout(() => retire(browser), idleMsMax);
  browser.idleTimer.unref();
}

function retire(browser: Warm): void {
  browser.isRetired = true;
  if (browser.users.size === 0) close(browser);
}

function lost(browser: Warm): void {
  if (browser.isGone) return;
  close(browser);
  for (const lease of browser.users) crashHandlers.get(lease)?.();
}

function close(browser: Warm): void {
  if (browser.isGone) return;
  browser.isGone = true;
  browser.isRetired = true;
  browser.watch?.stop();
  if (browser.idleTimer) clearTimeout(browser.idleTimer);
  warm.delete(browser);
  const closed = shutDown(browser.launched).finally(() => closing.delete(closed));
  closing.add(closed);
}

/** Closes every browser of this thread, used or not, and waits until none is left. To be run before the thread ends. */
export async function closeBrowsers(): Promise<void> {
  await Promise.allSettled(starting.values());
  for (const browser of [...warm]) close(browser);
  while (closing.size > 0) await Promise.all(closing);
}

/** The process groups of the browsers of this thread. */
export function browserPids(): number[] {
  return [...warm].flatMap(({ launched }) => launched.pid ?? []);
}

// A thread that ends without having been asked must not leave browsers behind; there is no time for manners then.
process.on("exit", () => {
  for (const pid of browserPids()) killGroup(pid);
});
