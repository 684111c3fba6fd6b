import type { ChildProcess } from "node:child_process";
import { statfs } from "node:fs/promises";
import { basename } from "node:path";
import puppeteer, { type Browser } from "puppeteer";
import { limits } from "../../../db/domain/limits.ts";
import type { BrowserOptions } from "../protocol.ts";
import { chromiumDriver } from "./chromium.ts";
import type { Driver } from "./driver.ts";
import type { Started, StartOptions } from "./start.ts";

/** Chromium's own default share of /dev/shm; with less, pages crash. */
const sharedMemoryBytesMin = 512 * 1024 * 1024;

const featuresOff = [
  "BackForwardCache",
  // After a click these hold back timers and pictures of the next document for half a second, until it is painted.
  "DeferRendererTasksAfterInput",
  "PaintHolding",
];

const settings = {
  defaultViewport: null,
  protocolTimeout: limits.stepTimeoutMsMax + 30_000,
  // We listen on sessions of our own; Puppeteer need not hear the same.
  networkEnabled: false,
  issuesEnabled: false,
} as const;

export async function startChromium(start: StartOptions): Promise<Started> {
  const { options, profile, environment, timeoutMs, tooLong } = start;
  const browser = await puppeteer.launch({
    ...settings,
    executablePath: options.executablePath,
    headless: headlessOf(options),
    pipe: true,
    userDataDir: profile,
    args: await flags(options),
    ignoreDefaultArgs: ["--disable-dev-shm-usage"],
    env: environment,
    timeout: timeoutMs,
    signal: tooLong,
    waitForInitialPage: false,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  keepPipesQuiet(browser);
  return { driver: await chromiumDriver(browser, () => browser.close()), process: processOf(browser) };
}

/** A browser that runs elsewhere, or a farm that gives one for each connection. It is left, never ended. */
export async function connectChromium(endpoint: string, tooLong: AbortSignal): Promise<Driver> {
  const connected = puppeteer.connect({ ...settings, browserWSEndpoint: endpoint });
  const { promise: late, reject } = Promise.withResolvers<never>();
  tooLong.addEventListener("abort", () => reject(tooLong.reason), { once: true });
  try {
    const browser = await Promise.race([connected, late]);
    return await chromiumDriver(browser, () => browser.disconnect());
  } catch (error) {
    connected.then(
      (browser) => browser.disconnect(),
      () => undefined,
    );
    throw error;
  }
}

function processOf(browser: Browser): ChildProcess {
  const child = browser.process();
  if (child?.pid === undefined) throw new Error("the browser has no process");
  return child;
}

/**
 * Puppeteer stops listening to the pipes when the process ends, and the reset of a pipe may come after that: an error that
 * nobody hears would end the whole thread. That the browser is gone is told by its process.
 */
function keepPipesQuiet(browser: Browser): void {
  for (const pipe of browser.process()?.stdio ?? []) pipe?.on("error", () => undefined);
}

function headlessOf({ executablePath, isHeaded = false }: BrowserOptions): "shell" | boolean {
  return isHeadlessShell({ executablePath }) ? "shell" : !isHeaded;
}

/** The small Chromium that has no windows. */
export function isHeadlessShell({ executablePath }: Pick<BrowserOptions, "executablePath">): boolean {
  return /headless[-_]shell/.test(basename(executablePath));
}

/**
 * Nothing goes anywhere but by the proxy of a context. What belongs to none has a proxy that is not there; what would ask a
 * resolver is told that there is no such name, and WebRTC has no way but proxies. `<-loopback>` takes back Chromium's rule that
 * this machine is reached directly.
 */
const held = [
  "--proxy-server=http://127.0.0.1:9",
  "--proxy-bypass-list=<-loopback>",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  // The one is heard by Chromium, the other by its headless shell, and neither hears the other's.
  "--webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--dns-prefetch-disable",
];

async function flags({ sandbox, isHeld = false }: BrowserOptions): Promise<string[]> {
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
  if (isHeld) result.push(...held);
  if (!sandbox) result.push("--no-sandbox");
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
